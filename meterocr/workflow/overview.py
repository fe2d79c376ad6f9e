"""What a consumer sees of a connection: consumption by month, and what became of each photo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from meterocr.billing.account import ServiceConnection
from meterocr.errors import MeteringError
from meterocr.metering.consumption import consumption
from meterocr.metering.reading import Source
from meterocr.metering.verification import Verdict
from meterocr.workflow.drafts import billed_quantity, day_of
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.printing import months_up_to
from meterocr.workflow.sheet import MonthUnits
from meterocr.workflow.values.bills import LiveBill
from meterocr.workflow.values.readings import StoredReading

MOST_PHOTOS = 20


class Fate(StrEnum):
    """What became of a photo."""

    RETAKE = "retake"
    REVIEW = "review"  # a person has to decide
    ACCEPTED = "accepted"  # it gave a reading
    CHECKED = "checked"  # a person read it
    BILLED = "billed"
    REJECTED = "rejected"  # by a person


@dataclass(frozen=True, slots=True)
class Overview:
    """A connection as its consumer sees it.

    Attributes:
        readings: that count, oldest first.
        bills: the latest live ones, newest first.
        photos: newest first.
    """

    connection: ServiceConnection
    readings: tuple[StoredReading, ...]
    bills: tuple[LiveBill, ...]
    months: tuple[MonthUnits, ...]
    photos: tuple[StoredSubmission, ...]

    def reading_of(self, submission: int) -> StoredReading | None:
        """The reading that a photo gave."""
        return next((each for each in self.readings if each.submission == submission), None)

    def bill_of(self, submission: int) -> LiveBill | None:
        """The actual bill that the photo's reading closed; where it closed none, the one that begins with it."""
        reading = self.reading_of(submission)
        if reading is None:
            return None
        day = day_of(reading.reading)
        actual = [bill for bill in self.bills if not bill.provisional]
        closed = next((bill for bill in actual if bill.period.end == day), None)
        return closed or next((bill for bill in actual if bill.period.start == day), None)

    def fate(self, stored: StoredSubmission) -> Fate:
        """What became of a photo."""
        if stored.waiting:
            return Fate.REVIEW
        reading = self.reading_of(stored.id)
        if reading is not None:
            by = Fate.CHECKED if reading.reading.source is Source.REVIEWER else Fate.ACCEPTED
            return by if self.bill_of(stored.id) is None else Fate.BILLED
        return Fate.RETAKE if stored.submission.verdict is Verdict.RETAKE else Fate.REJECTED


@dataclass(frozen=True, slots=True)
class Used:
    """Units since the reading before."""

    units: Decimal
    since: date


def overview_of(uow: UnitOfWork, consumer_number: str, today: date) -> Overview:
    """Where a connection stands.

    Raises:
        NotFoundError: there is no such connection, or no meter at it.
    """
    connection = uow.book.connection(consumer_number)
    live = uow.bills.positions([consumer_number])[consumer_number].bills
    history = uow.readings.history(consumer_number, billed_quantity(connection.meter))
    return Overview(
        connection,
        tuple(uow.readings.of(consumer_number)),
        live[::-1],
        months_up_to(today, live, history),
        tuple(uow.submissions.of(consumer_number, MOST_PHOTOS)),
    )


def used(uow: UnitOfWork, consumer_number: str, reading: StoredReading) -> Used | None:
    """What a reading says was consumed; ``None`` where the readings before do not tell."""
    quantity = reading.reading.quantity
    history = uow.readings.history(consumer_number, quantity)
    before = [each for each in history.readings if each.at < reading.reading.at and not each.provisional]
    if not before:
        return None
    try:
        made = consumption([before[-1], reading.reading], history.meters)
    except MeteringError:
        return None
    return Used(made.units, made.start)
