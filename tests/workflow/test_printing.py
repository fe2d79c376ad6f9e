"""From a stored bill to its sheet."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterocr.errors import BillError, NotFoundError
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quad, Quantity
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.evidence import Sight
from meterocr.workflow.intake import Desk, Incoming, submit
from meterocr.workflow.locked import issue_provisional
from meterocr.workflow.printing import Stationery, sheet_of
from meterocr.workflow.sheet import Payee, Utility
from meterocr.workflow.values.readings import NewReading
from tests.metering.conftest import readout
from tests.store.book import MONTH, RATING, START, UNTIL, at, put_connection, put_reading

UTILITY = Utility("U", "यू", "A", "1912")


def look(photo: bytes) -> Sight:
    return Sight(readout("001350", sha256=hashlib.sha256(photo).hexdigest()), 7)


def cut(photo: bytes, quad: Quad) -> bytes:
    return b"\xff\xd8\xff" + photo + repr(quad.bounds).encode()


@pytest.fixture
def stationery(tmp_path: Path) -> Stationery:
    return Stationery(PhotoFolder(tmp_path / "photos"), cut, UTILITY, Payee("utility@bank", "U"))


@pytest.fixture
def connected(store: SqlStore) -> SqlStore:
    """One month that was read and billed, and a second one that a photo closes."""
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1150, 1)
        issue_bill(uow, "C-1", UNTIL, RATING, at(1))
    return store


def photographed(store: SqlStore, stationery: Stationery) -> str:
    incoming = Incoming("k-1", "C-1", b"photo", at(1.5).at, at(2.5).at)
    submit(Desk(store, stationery.photos, look, RATING.tariff), incoming, at(2))
    with store.write() as uow:
        return issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number


def sheet(store: SqlStore, stationery: Stationery, number: str) -> Any:
    with store.read() as uow:
        return sheet_of(uow, stationery, number)


def test_closed_by_a_photo(connected: SqlStore, stationery: Stationery) -> None:
    number = photographed(connected, stationery)
    made = sheet(connected, stationery, number)
    assert (made.bill.number, made.utility, made.payee) == (number, UTILITY, Payee("utility@bank", "U"))
    assert made.due == made.issued + timedelta(15)
    assert made.strip.startswith(b"\xff\xd8\xffphoto(")
    assert [(m.month, m.units) for m in made.months] == [
        ((START + MONTH).date() - timedelta(1), 150),
        ((START + 2 * MONTH).date() - timedelta(1), 200),
    ]
    assert made == sheet(connected, stationery, number)


def test_an_earlier_bill_stays_as_it_was(connected: SqlStore, stationery: Stationery) -> None:
    photographed(connected, stationery)
    made = sheet(connected, stationery, "2024-0000001")
    assert (made.strip, [month.units for month in made.months]) == (b"", [150])


def test_readings_from_before_the_first_bill(store: SqlStore, stationery: Stationery) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        for month in range(1, 15):
            put_reading(uow, "C-1", 1000 + 10 * month * month, month)
        last = Reading("M-C-1", Quantity.KWH, Decimal(3000), at(15).at, Source.METER_READER)
        uow.readings.add([NewReading("C-1", last, billed=True)])
        put_reading(uow, "C-1", 3100, 16)
        number = issue_bill(uow, "C-1", date(2026, 1, 1), RATING, at(16)).number
    units = [month.units for month in sheet(store, stationery, number).months]
    assert units == [*(10 * (2 * month - 1) for month in range(5, 15)), 40, 100]


def test_provisional_without_a_photo(connected: SqlStore, stationery: Stationery) -> None:
    with connected.write() as uow:
        number = issue_provisional(uow, "C-1", RATING, at(2)).number
    made = sheet(connected, stationery, number)
    assert (made.strip, [month.provisional for month in made.months]) == (b"", [False, True])


def test_what_is_not_printed(connected: SqlStore, stationery: Stationery) -> None:
    with connected.write() as uow:
        reverse_bill(uow, "2024-0000001", "wrong", at(1.5))
    with pytest.raises(BillError, match="expected an issued bill to print, got 2024-0000001 that is reversed"):
        sheet(connected, stationery, "2024-0000001")
    with pytest.raises(NotFoundError, match="got 'B-9'"):
        sheet(connected, stationery, "B-9")
