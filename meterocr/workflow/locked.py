"""Locked premises: the visit, the request for a photo, and the provisional bill where none comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date
from decimal import Decimal

from meterocr.billing.bill import Bill
from meterocr.billing.canonical import Json
from meterocr.errors import BillError, MeteringError, NotFoundError, TariffError
from meterocr.metering.reading import Reading, Source
from meterocr.workflow.bills import issue_drafts, position_of
from meterocr.workflow.drafts import billed_quantity, day_of, provisional_draft
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import Store, UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Position, Rating
from meterocr.workflow.values.readings import NewReading
from meterocr.workflow.values.runs import Refusal
from meterocr.workflow.values.visits import ClosedVisit, Visit
from meterocr.workflow.wording import MessageKind

MOST_IN_A_YEAR = 2
AVERAGED = 3
_PORTION = 500


def mark_visit(uow: UnitOfWork, visit: Visit) -> bool:
    """Premises were locked. Who has a phone is asked for a photo; says whether somebody was.

    Raises:
        NotFoundError: there is no such connection.
    """
    number = visit.consumer_number
    uow.book.lock([number])
    uow.visits.add(visit)
    uow.log.write(visit.act, "visit", number, {"closes": visit.closes.isoformat()})
    phone = uow.phones.live(number)
    if phone is None:
        return False
    key = f"visit:{number}:{visit.act.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    payload: Json = {"closes": visit.closes.isoformat()}
    recipient = phone.registration.phone
    row = OutboxRow(key, MessageKind.PHOTO_REQUEST, recipient, number, payload, expires=visit.closes)
    uow.outbox.add([row], visit.act.at)
    return True


def issue_provisional(uow: UnitOfWork, consumer_number: str, rating: Rating, act: Act) -> Bill:
    """A bill up to today from the average of the last three actual ones; the next actual bill takes it back.

    Raises:
        BillError: two were issued in this financial year, there is no actual bill yet, or there is a reading to bill.
        MeteringError, TariffError: as :func:`~meterocr.billing.bill.make_bill`.
        NotFoundError: there is no such connection, or no meter at it.
    """
    position = position_of(uow, consumer_number)
    start, end = financial_year(act.day)
    issued = uow.bills.provisional_between(consumer_number, start, end)
    if issued >= MOST_IN_A_YEAR:
        raise BillError(
            f"connection {consumer_number}: expected at most {MOST_IN_A_YEAR} provisional bills from {start} to {end}, "
            f"got {issued}: somebody has to read the meter"
        )
    uow.readings.add([NewReading(consumer_number, _provisional_reading(position, act))])
    draft = provisional_draft(position_of(uow, consumer_number), rating, on=act.day)
    (bill,) = issue_drafts(uow, [draft], {consumer_number: position.phone}, rating, act)
    uow.log.write(act, "issue", bill.number, {"provisional": True})
    return bill


@dataclass(frozen=True, slots=True)
class WindowsClosed:
    """What came of visits whose window has closed.

    Attributes:
        bills: provisional ones that were issued.
        read: a reading came after all.
        undecided: a photo came, and waits for a person; they are looked at again.
        refusals: no provisional bill can be made: somebody has to read the meter.
    """

    bills: int = 0
    read: int = 0
    undecided: int = 0
    refusals: tuple[Refusal, ...] = ()


def close_windows(store: Store, rating: Rating, act: Act) -> WindowsClosed:
    """Provisional bills for locked premises from which no photo came in time. Each visit is settled once.

    Every visit is a transaction of its own, so it can be stopped at any point and begun again, and several may run.
    """
    closed, after = WindowsClosed(), 0
    while True:
        with store.read() as uow:
            visits = uow.visits.closed(act.at, _PORTION, after)
        for visit in visits:
            closed = _close(store, visit, rating, act, closed)
        if len(visits) < _PORTION:
            return closed
        after = visits[-1].id


def _close(store: Store, closed: ClosedVisit, rating: Rating, act: Act, so_far: WindowsClosed) -> WindowsClosed:
    number = closed.visit.consumer_number
    try:
        with store.write() as uow:
            uow.book.lock([number])
            if any(not s.reading.provisional and s.reading.at >= closed.visit.act.at for s in uow.readings.of(number)):
                return replace(so_far, read=so_far.read + uow.visits.settle(closed.id, "read"))
            if uow.submissions.undecided(number):
                return replace(so_far, undecided=so_far.undecided + 1)
            if not uow.visits.settle(closed.id, "provisional"):  # another process was faster
                return so_far
            issue_provisional(uow, number, rating, act)
            return replace(so_far, bills=so_far.bills + 1)
    except (BillError, MeteringError, NotFoundError, TariffError) as error:
        refusal = Refusal(number, str(error))
    with store.write() as uow:
        uow.visits.settle(closed.id, f"refused: {refusal.reason}")
        uow.log.write(act, "no_provisional", number, {"reason": refusal.reason})
    return replace(so_far, refusals=(*so_far.refusals, refusal))


def financial_year(day: date) -> tuple[date, date]:
    """First day, and first day of the next one: from 1 April."""
    year = day.year if day.month >= 4 else day.year - 1
    return date(year, 4, 1), date(year + 1, 4, 1)


def _provisional_reading(position: Position, act: Act) -> Reading:
    number, meter = position.connection.consumer_number, position.connection.meter
    register = meter.register(billed_quantity(meter))
    readings = [stored.reading for stored in position.readings if stored.reading.quantity is register.quantity]
    actual = [bill for bill in position.bills if not bill.provisional][-AVERAGED:]
    if not actual:
        raise BillError(f"connection {number}: expected an actual bill to go by, got none")
    if any(not reading.provisional and day_of(reading) > day_of(readings[0]) for reading in readings):
        raise BillError(f"connection {number}: expected no reading since the last bill, got one: bill that")
    last = readings[-1]
    days = (act.day - day_of(last)).days
    if days < 1:
        raise BillError(f"connection {number}: expected a day after {day_of(last)}, got {act.day}")
    billed = sum((bill.units for bill in actual), Decimal(0))
    units = billed * days / sum(bill.period.days for bill in actual)
    value = last.value + round(units / register.multiplying_factor, register.decimals)
    return Reading(meter.serial_number, register.quantity, value, act.at, Source.PROVISIONAL)
