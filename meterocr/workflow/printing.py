"""From a stored bill to the sheet that is printed: the same sheet for the same bill, whenever it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from meterocr.billing.bill import Bill
from meterocr.errors import MeteringError
from meterocr.metering.consumption import consumption
from meterocr.metering.history import History
from meterocr.readout import Quad
from meterocr.workflow.drafts import day_of
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.ports.photos import Photos
from meterocr.workflow.sheet import MAX_MONTHS, MonthUnits, Payee, Sheet, Utility
from meterocr.workflow.values.bills import LiveBill

Cut = Callable[[bytes, Quad], bytes]
"""From the bytes of a photo and the corners of its display to a picture of the display, PNG or JPEG."""


@dataclass(frozen=True, slots=True)
class Stationery:
    """What sheets are made with, beside the store.

    Attributes:
        payee: as in :class:`Sheet`.
    """

    photos: Photos
    cut: Cut
    utility: Utility
    payee: Payee | None


def sheet_of(uow: UnitOfWork, stationery: Stationery, number: str) -> Sheet:
    """A bill as it is printed, with the display in the photo that closed it and the months before it.

    Raises:
        NotFoundError: there is no such bill.
        BillError: it is reversed.
        StoreError: its photo is gone or altered.
        PhotoError: its photo cannot be decoded any more.
    """
    stored = uow.bills.get(number)
    bill = stored.bill
    consumer_number = bill.connection.consumer_number
    live = uow.bills.positions([consumer_number])[consumer_number].bills
    history = uow.readings.history(consumer_number, bill.consumption.quantity)
    # One that is not printed is refused before its photo is looked for.
    blank = Sheet(bill, stationery.utility, stored.due, stored.head, stationery.payee)
    return replace(blank, strip=_strip(uow, stationery, bill), months=months_up_to(bill.period.end, live, history))


def _strip(uow: UnitOfWork, stationery: Stationery, bill: Bill) -> bytes:
    """The display as it was photographed; empty where no photo closed the bill."""
    closing = bill.consumption.advances[-1].closing
    key = closing.serial_number, closing.quantity, closing.at
    for stored in uow.readings.of(bill.connection.consumer_number):
        reading = stored.reading
        if (reading.serial_number, reading.quantity, reading.at) == key and stored.submission is not None:
            submission = uow.submissions.get(stored.submission).submission
            corners = json.loads(submission.readout)["quad"]
            if corners is None:  # a person read what no display was found in
                return b""
            a, b, c, d = ((x, y) for x, y in corners)
            return stationery.cut(stationery.photos.get(submission.sha256), Quad((a, b, c, d)))
    return b""


def months_up_to(end: date, live: tuple[LiveBill, ...], history: History) -> tuple[MonthUnits, ...]:
    """What was billed up to a day (exclusive); before the first bill here, what the readings say."""
    billed = [each for each in live if each.period.end <= end and not each.replaced]
    start = min((each.period.start for each in billed), default=end)
    months = _months_read(history, start)
    months += (MonthUnits(_last_day(each.period.end), each.units, each.provisional) for each in billed)
    by_day = {month.month: month for month in months}
    return tuple(by_day[day] for day in sorted(by_day)[-MAX_MONTHS:])


def _months_read(history: History, until: date) -> list[MonthUnits]:
    """What was consumed between the actual readings up to a day."""
    read = [reading for reading in history.readings if not reading.provisional and day_of(reading) <= until]
    months: list[MonthUnits] = []
    for opening, closing in pairwise(read):
        try:
            used = consumption([opening, closing], history.meters)
        except MeteringError:  # of the same day, or a meter that was exchanged
            continue
        months.append(MonthUnits(_last_day(used.end), used.units))
    return months


def _last_day(end: date) -> date:
    return end - timedelta(1)
