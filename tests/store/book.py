"""A small book of connections for the tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from meterocr.billing.account import Area, Consumer
from meterocr.billing.bill import Bill
from meterocr.metering.meter import Meter, Register, Supply
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.ports import Store, UnitOfWork
from meterocr.workflow.register import install_meter
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.readings import NewReading
from tests.billing.conftest import WITH_OPERATOR

START = datetime(2024, 7, 1, 6, 30, tzinfo=UTC)  # noon in India
MONTH = timedelta(30)
RATING = Rating(WITH_OPERATOR)
ACT = Act("office", START + MONTH)
UNTIL = date(2024, 12, 31)


def at(month: float, by: str = "office") -> Act:
    """``month``: months of 30 days after ``START``."""
    return Act(by, START + MONTH * month)


def meter_of(number: str, *, digits: int = 6) -> Meter:
    return Meter(f"M-{number}", (Register(Quantity.KWH, digits),))


def entry(number: str, book: str = "B-1") -> ConnectionEntry:
    return ConnectionEntry(number, f"K-{number}", "domestic", Area.URBAN, Supply(Decimal(2)), book)


def put_connection(uow: UnitOfWork, number: str, book: str = "B-1", shows: int = 1000) -> None:
    """A connection with a meter that shows 1000 at the start."""
    uow.book.add_consumers([(f"K-{number}", Consumer(f"Consumer {number}", "Dhanbad"))])
    uow.book.add_connections([entry(number, book)])
    install_meter(uow, Installation(number, meter_of(number), START), Decimal(shows), at(0))


def reading(number: str, value: int, month: float, source: Source = Source.METER_READER) -> NewReading:
    return NewReading(number, Reading(f"M-{number}", Quantity.KWH, Decimal(value), at(month).at, source))


def put_reading(uow: UnitOfWork, number: str, value: int, month: float) -> None:
    uow.readings.add([reading(number, value, month)])


def issue_one(store: Store, number: str = "C-1", units: int = 201) -> Bill:
    """A new connection with its first bill."""
    with store.write() as uow:
        put_connection(uow, number)
        put_reading(uow, number, 1000 + units, 1)
        return issue_bill(uow, number, UNTIL, RATING, ACT)
