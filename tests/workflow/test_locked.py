"""Locked premises: a visit, a request, provisional bills, and the actual one that takes them back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from meterocr.billing.account import Consumer
from meterocr.billing.line import LineCode
from meterocr.errors import BillError, ConflictError
from meterocr.metering.meter import Meter, Register
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.locked import WindowsClosed, close_windows, financial_year, issue_provisional, mark_visit
from meterocr.workflow.register import exchange_meter
from meterocr.workflow.values.connections import Installation
from meterocr.workflow.values.phones import PhoneEntry
from meterocr.workflow.values.readings import NewReading
from meterocr.workflow.values.runs import Refusal
from meterocr.workflow.values.visits import Visit
from tests.store.book import RATING, UNTIL, at, entry, issue_one, put_connection, put_reading
from tests.workflow.people import registration

NO_PHOTOS = PhotoFolder(Path("none"))


def test_a_photo_is_asked_for(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_connection(uow, "C-2")
        uow.phones.add(PhoneEntry(registration("C-1")))
        visits = [Visit(number, at(1, "mitra-7"), at(1).at + timedelta(3)) for number in ("C-1", "C-2")]
        assert [mark_visit(uow, visit) for visit in visits] == [True, False]
        (message,) = uow.outbox.waiting(10)
    assert (message.kind, message.recipient) == ("photo_request", "+919812345678")
    assert message.payload == {"closes": "2024-08-03T06:30:00+00:00"}
    assert message.expires == at(1).at + timedelta(3)
    with pytest.raises(ConflictError), store.write() as uow:
        mark_visit(uow, visits[0])


def test_two_provisional_bills_and_then_an_actual_one(store: SqlStore) -> None:
    issue_one(store, units=210)  # 7 a day
    with store.write() as uow:
        first, second = (issue_provisional(uow, "C-1", RATING, at(month)) for month in (2, 3))
    assert [bill.consumption.units for bill in (first, second)] == [210, 210]
    assert all(bill.consumption.provisional for bill in (first, second))
    with pytest.raises(BillError, match="expected at most 2 provisional bills from 2024-04-01"), store.write() as uow:
        issue_provisional(uow, "C-1", RATING, at(4))
    with store.write() as uow:
        put_reading(uow, "C-1", 1210 + 900, 4)
        actual = issue_bill(uow, "C-1", UNTIL, RATING, at(4))
    assert (actual.period.start, actual.consumption.units) == (first.period.start, 900)
    taken_back = [line.amount for line in actual.lines if line.code is LineCode.REPLACED]
    assert taken_back == [-first.current, -second.current]
    with store.write() as uow:  # reversed, it frees what it had replaced
        reverse_bill(uow, actual.number, "x", at(4))
        again = issue_bill(uow, "C-1", UNTIL, RATING, at(4))
        assert [r.bill for r in again.ledger.replaces] == [first.number, second.number]
        put_reading(uow, "C-1", 1210 + 1000, 5)
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(5)).ledger.replaces == ()


def test_the_average_is_of_the_last_three(store: SqlStore) -> None:
    issue_one(store, units=900)
    with store.write() as uow:
        for month, value in ((2, 2000), (3, 2200), (4, 2290)):
            put_reading(uow, "C-1", value, month)
            issue_bill(uow, "C-1", UNTIL, RATING, at(month))
        assert issue_provisional(uow, "C-1", RATING, at(4.5)).consumption.units == round(Decimal(390) / 90 * 15)


def test_what_gets_no_provisional_bill(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
    with pytest.raises(BillError, match="expected an actual bill to go by, got none"), store.write() as uow:
        issue_provisional(uow, "C-1", RATING, at(1))
    issue_one(store, "C-2")
    with pytest.raises(BillError, match="expected a day after 2024-07-31, got 2024-07-31"), store.write() as uow:
        issue_provisional(uow, "C-2", RATING, at(1))
    with store.write() as uow:
        put_reading(uow, "C-2", 1300, 1.5)
    with pytest.raises(BillError, match="expected no reading since the last bill"), store.write() as uow:
        issue_provisional(uow, "C-2", RATING, at(2))


def test_a_reversed_provisional_bill_takes_its_reading_with_it(store: SqlStore) -> None:
    issue_one(store, units=210)
    with store.write() as uow:
        first, second = (issue_provisional(uow, "C-1", RATING, at(month)) for month in (2, 3))
        computed = [stored.id for stored in uow.readings.of("C-1")][-2:]
        reverse_bill(uow, second.number, "x", at(3))
        assert [stored.id for stored in uow.readings.of("C-1")][-1] == computed[0]
        again = issue_provisional(uow, "C-1", RATING, at(3))
        assert (again.period, again.consumption.units) == (second.period, 210)
        reverse_bill(uow, again.number, "x", at(3))
        reverse_bill(uow, first.number, "x", at(3))
        assert issue_provisional(uow, "C-1", RATING, at(3)).consumption.units == 420
        reversed_bills = [audit_bill(uow, NO_PHOTOS, bill.number) for bill in (first, second, again)]
    assert all(audit.proven for audit in reversed_bills)
    rows = "SELECT count(*), count(withdrawn_at) FROM readings WHERE source = 'provisional'"
    with store.read() as uow:
        assert tuple(uow.connection.execute(text(rows)).one()) == (4, 3)


def test_an_actual_bill_that_is_reversed_keeps_its_reading(store: SqlStore) -> None:
    first = issue_one(store, units=210)
    with store.write() as uow:
        reverse_bill(uow, first.number, "x", at(1))
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(1)).consumption.units == 210


def test_after_a_bill_that_closed_on_the_day_of_an_exchange(store: SqlStore) -> None:
    issue_one(store, units=210)
    with store.write() as uow:
        new = Installation("C-1", Meter("M-2", (Register(Quantity.KWH, 6),)), at(2).at)
        exchange_meter(uow, new, Decimal(1420), Decimal(0), at(2))
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(2)).consumption.units == 210
        provisional = issue_provisional(uow, "C-1", RATING, at(3))
        assert (provisional.consumption.units, provisional.period.start) == (210, at(2).day)
        uow.readings.add([NewReading("C-1", Reading("M-2", Quantity.KWH, Decimal(400), at(4).at, Source.REVIEWER))])
        actual = issue_bill(uow, "C-1", UNTIL, RATING, at(4))
    assert (actual.consumption.units, [r.bill for r in actual.ledger.replaces]) == (400, [provisional.number])


def visit(number: str, month: float) -> Visit:
    return Visit(number, at(month, "mitra-7"), at(month).at + timedelta(3))


def test_closed_windows_lead_to_provisional_bills_once(store: SqlStore) -> None:
    for number in ("C-1", "C-2", "C-3", "C-4"):
        issue_one(store, number, units=210)
    with store.write() as uow:
        put_connection(uow, "C-5")  # without a bill to go by
        for number in ("C-1", "C-2", "C-3", "C-5"):
            mark_visit(uow, visit(number, 2))
        mark_visit(uow, visit("C-4", 2.05))  # still open
        put_reading(uow, "C-2", 1500, 2.05)  # somebody was there the day after
        uow.connection.execute(text(PHOTO), {"number": "C-3", "at": at(2.05).at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")})
    closed = close_windows(store, RATING, at(2.12))
    assert (closed.bills, closed.read, closed.undecided) == (1, 1, 1)
    assert [(r.consumer_number, r.reason) for r in closed.refusals] == [
        ("C-5", "connection C-5: expected an actual bill to go by, got none")
    ]
    assert close_windows(store, RATING, at(2.12)) == WindowsClosed(undecided=1)
    with store.read() as uow:
        assert [len(uow.bills.positions([n])[n].bills) for n in ("C-1", "C-2", "C-3", "C-4")] == [2, 1, 1, 1]
        assert uow.bills.positions(["C-1"])["C-1"].bills[-1].provisional
    with store.write() as uow:
        uow.connection.execute(text("UPDATE submissions SET waiting = false"))
    assert close_windows(store, RATING, at(2.12)) == WindowsClosed(bills=1)


def test_a_visit_where_no_meter_hangs_stops_nobody_else(store: SqlStore) -> None:
    issue_one(store, "C-2", units=210)
    with store.write() as uow:
        uow.book.add_consumers([("K-C-1", Consumer("Asha Devi", "Dhanbad"))])
        uow.book.add_connections([entry("C-1")])
        for number in ("C-1", "C-2"):
            mark_visit(uow, visit(number, 2))
    refusal = Refusal("C-1", "expected a meter at connection C-1, got none")
    assert close_windows(store, RATING, at(2.2)) == WindowsClosed(bills=1, refusals=(refusal,))
    assert close_windows(store, RATING, at(2.2)) == WindowsClosed()


def test_the_third_one_in_a_year_is_for_a_person(store: SqlStore) -> None:
    issue_one(store, units=210)
    found = []
    for month in (2, 3, 4):
        with store.write() as uow:
            mark_visit(uow, visit("C-1", month))
        found.append(close_windows(store, RATING, at(month + 0.2)))
    assert [closed.bills for closed in found] == [1, 1, 0]
    assert "expected at most 2 provisional bills from 2024-04-01" in found[2].refusals[0].reason
    assert close_windows(store, RATING, at(5)) == WindowsClosed()


PHOTO = (
    "INSERT INTO submissions (key, consumer_number, sha256, perceptual_hash, band_0, band_1, band_2, band_3, band_4, "
    "received, capture, readout, verification, verdict, reasons, text, suggested, waiting) VALUES ('k', :number, '', "
    "'', 0, 0, 0, 0, 0, :at, '', '', '', 'review', '', '', '', true)"
)


@pytest.mark.parametrize(
    ("day", "start"), [(date(2025, 3, 31), 2024), (date(2025, 4, 1), 2025), (date(2025, 1, 1), 2024)]
)
def test_the_financial_year(day: date, start: int) -> None:
    assert financial_year(day) == (date(start, 4, 1), date(start + 1, 4, 1))
