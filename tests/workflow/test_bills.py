"""Bills from readings: issue, pay, reverse, what comes over from the last one, proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from meterocr.billing.bill import State
from meterocr.billing.line import LineCode
from meterocr.billing.money import Money, total
from meterocr.billing.period import Period
from meterocr.errors import BillError, ConflictError, NotFoundError
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Source
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill, issue_bills, reverse_bill
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.payments import pay_bill, receive_payment
from meterocr.workflow.register import exchange_meter, record_reading, withdraw_reading
from meterocr.workflow.values.connections import Installation
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.values.phones import PhoneEntry
from meterocr.workflow.values.readings import NewReading
from meterocr.workflow.wording import MessageKind
from tests.store.book import RATING, UNTIL, at, issue_one, meter_of, put_connection, put_reading, reading
from tests.workflow.people import registration

AUGUST = Period(date(2024, 7, 1), date(2024, 7, 31))


def test_a_bill_with_its_message(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        uow.phones.add(PhoneEntry(registration("C-1")))
        put_reading(uow, "C-1", 1201, 1)
        bill = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
    assert (bill.number, bill.state, bill.period) == ("2024-0000001", State.ISSUED, AUGUST)
    with store.read() as uow:
        stored = uow.bills.get(bill.number)
        assert stored.bill == bill
        assert stored.due == date(2024, 8, 15)
        assert uow.bills.find("C-1", AUGUST) == bill.number
        assert uow.outbox.waiting(10) == [
            OutboxRow(
                "bill:2024-0000001",
                MessageKind.BILL,
                "+919812345678",
                "C-1",
                {"bill": bill.number, "total_paise": bill.total.paise},
            )
        ]


def test_nothing_to_bill(store: SqlStore) -> None:
    issue_one(store)
    with (
        pytest.raises(BillError, match="connection C-1: expected a reading after 2024-07-31, got none"),
        store.write() as uow,
    ):
        issue_bill(uow, "C-1", UNTIL, RATING, at(1))
    with pytest.raises(NotFoundError, match="expected connections that are registered, got C-9"), store.write() as uow:
        issue_bill(uow, "C-9", UNTIL, RATING, at(1))


def test_numbers_have_no_gaps(store: SqlStore) -> None:
    with store.write() as uow:
        for name in ("C-1", "C-2", "C-3"):
            put_connection(uow, name)
        put_reading(uow, "C-1", 1100, 1)
        put_reading(uow, "C-3", 1100, 1)
    with pytest.raises(ZeroDivisionError), store.write() as uow:
        print(issue_bill(uow, "C-1", UNTIL, RATING, at(1)), 1 / 0)
    with store.write() as uow:
        done = issue_bills(uow, ["C-1", "C-2", "C-3"], UNTIL, RATING, at(1))
    assert [bill.number for bill in done.bills] == ["2024-0000001", "2024-0000002"]
    assert [refusal.consumer_number for refusal in done.refusals] == ["C-2"]
    with store.write() as uow:
        put_reading(uow, "C-2", 1100, 1)
        put_connection(uow, "C-4")
        put_reading(uow, "C-4", 1100, 1)
        assert issue_bill(uow, "C-2", UNTIL, RATING, at(5)).number == "2024-0000003"
        assert issue_bill(uow, "C-4", UNTIL, RATING, at(7)).number == "2025-0000001"


def test_unpaid_is_in_the_next_bill_and_paid_is_not(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        put_reading(uow, "C-1", 1401, 1.4)
        second = issue_bill(uow, "C-1", UNTIL, RATING, at(1.4))
    assert second.total == second.current + first.total
    with store.write() as uow:
        assert pay_bill(uow, second.number, "upi", at(1.5)).state is State.PAID
        put_reading(uow, "C-1", 1601, 2.4)
        third = issue_bill(uow, "C-1", UNTIL, RATING, at(2.4))
    early, _ = second.rebates  # it was paid three days after it was issued
    assert third.total == third.current - early.amount
    with pytest.raises(BillError, match="expected something that is left to pay, got none"), store.write() as uow:
        pay_bill(uow, second.number, "upi", at(3))


def test_paying_an_older_bill_is_a_credit(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        put_reading(uow, "C-1", 1401, 1.4)
        second = issue_bill(uow, "C-1", UNTIL, RATING, at(1.4))
        pay_bill(uow, first.number, "cash", at(1.5))
        put_reading(uow, "C-1", 1601, 1.8)
        third = issue_bill(uow, "C-1", UNTIL, RATING, at(1.8))
    assert third.total == third.current + second.total - first.total
    with store.write() as uow:  # a credit is used once
        put_reading(uow, "C-1", 1701, 2.2)
        fourth = issue_bill(uow, "C-1", UNTIL, RATING, at(2.2))
    late = [line.amount for line in fourth.lines if line.code is LineCode.LATE_PAYMENT]  # nine days, for the second
    assert fourth.total == fourth.current + third.total + total(late)
    assert late == [Money(653)]


def test_reversed_and_billed_anew(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        pay_bill(uow, first.number, "upi", at(1))
        assert reverse_bill(uow, first.number, "misread", at(1)).state is State.REVERSED
        wrong = uow.readings.of("C-1")[-1]
        withdraw_reading(uow, "C-1", wrong.id, "misread", at(1))
        record_reading(uow, reading("C-1", 1150, 1), at(1))
        again = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
    assert again.consumption.units == 150
    assert again.total == again.current - first.total  # what was paid for the first one
    with store.read() as uow:
        assert uow.bills.get(first.number).bill.state is State.REVERSED
        assert uow.bills.find("C-1", again.period) == again.number


def test_the_log_has_the_reason_of_a_reversal(store: SqlStore) -> None:
    bill = issue_one(store, units=500)
    with store.write() as uow:
        receive_payment(uow, Payment(bill.number, "upi", bill.total, online=True, act=at(1)))
        assert uow.bills.rebated(bill.number)
        reverse_bill(uow, bill.number, "misread", at(1.1))
        (line,) = [line for line in uow.log.about(bill.number, 5) if line.what == "reverse"]
    assert line.detail == {"reason": "misread"}


def test_what_cannot_be_reversed(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        put_reading(uow, "C-1", 1401, 1.4)
        issue_bill(uow, "C-1", UNTIL, RATING, at(1.4))
    for number, reason, error, message in [
        (first.number, "x", BillError, "expected the connection's last bill"),
        ("2024-0000002", " ", BillError, "expected a reason"),
        ("2024-9", "x", NotFoundError, "expected a bill that was issued, got '2024-9'"),
    ]:
        with pytest.raises(error, match=message), store.write() as uow:
            reverse_bill(uow, number, reason, at(2))


def test_what_a_live_bill_is_made_from_cannot_be_withdrawn(store: SqlStore, tmp_path: Path) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1900, 0.2)  # a misread, which no bill uses
        exchange_meter(uow, Installation("C-1", meter_of("new"), at(0.5).at), Decimal(1090), Decimal(5), at(0.5))
        uow.readings.add([_of_new(60, 1)])
        first = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
        exchange_meter(uow, Installation("C-1", meter_of("third"), at(1.5).at), Decimal(90), Decimal(0), at(1.5))
        last = issue_bill(uow, "C-1", UNTIL, RATING, at(1.5))  # closed by what the third meter began with
        opening, misread, removed, installed, closing, *exchanged = (each.id for each in uow.readings.of("C-1"))
        with pytest.raises(NotFoundError, match="expected a reading of connection C-1, got 999"):
            withdraw_reading(uow, "C-1", 999, "x", at(2))
    for used, bill in [(each, first) for each in (opening, removed, installed)] + [(each, last) for each in exchanged]:
        message = f"expected a reading that no bill is made from, got {used}: reverse bill {bill.number} first"
        with pytest.raises(ConflictError, match=message), store.write() as uow:
            withdraw_reading(uow, "C-1", used, "x", at(2))
    with pytest.raises(ConflictError), store.write() as uow:
        withdraw_reading(uow, "C-1", closing, "x", at(2))  # which opens the second one as well
    with store.write() as uow:
        withdraw_reading(uow, "C-1", misread, "x", at(2))
        assert audit_bill(uow, PhotoFolder(tmp_path), first.number).proven
        reverse_bill(uow, last.number, "x", at(2))
        reverse_bill(uow, first.number, "x", at(2))
        withdraw_reading(uow, "C-1", opening, "x", at(2))
        with pytest.raises(NotFoundError):
            withdraw_reading(uow, "C-1", opening, "x", at(2))


def test_a_bill_never_begins_with_what_nobody_saw(store: SqlStore) -> None:
    billed = [(1200, 1, Source.METER_READER), (1400, 2, Source.PROVISIONAL)]
    with store.write() as uow:
        put_connection(uow, "C-1")
        uow.readings.add(replace(reading("C-1", *each), billed=True) for each in billed)
        put_reading(uow, "C-1", 2000, 3)
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(3)).consumption.units == 800


def test_a_misread_in_between_is_not_billed(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1900, 0.5)
        put_reading(uow, "C-1", 1201, 1)
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(1)).consumption.units == 201


def test_a_counter_that_cannot_have_gone_through_zero_is_not_billed(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 12_480, 1)  # a misread of 12080
        wrong = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
        record_reading(uow, reading("C-1", 12_300, 2), at(2))
    message = (
        r"connection C-1: expected at least 12480 on meter M-C-1, as on 2024-07-31, got 12300 on 2024-08-30: through "
        r"zero that is 999820 units, and the load allows 2160: correct the reading, or reverse the bill that"
    )
    with pytest.raises(BillError, match=message), store.write() as uow:
        issue_bill(uow, "C-1", UNTIL, RATING, at(2))
    with store.write() as uow:
        (refusal,) = issue_bills(uow, ["C-1"], UNTIL, RATING, at(2)).refusals
        assert refusal.reason.startswith("connection C-1: expected at least 12480")
        reverse_bill(uow, wrong.number, "misread", at(2))
        withdraw_reading(uow, "C-1", uow.readings.of("C-1")[1].id, "misread", at(2))
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(2)).consumption.units == 11_300


@pytest.mark.parametrize(("overload", "billed"), [("1.5", 120), ("1", 0)])
def test_a_counter_that_went_through_zero_is_billed(store: SqlStore, overload: str, billed: int) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1", shows=999_990)
        put_reading(uow, "C-1", 110, 2 / 30)  # 2 kW come to 96 units in two days, and to 144 with the overload
        rating = replace(RATING, policy=Policy(overload=Decimal(overload)))
        done = issue_bills(uow, ["C-1"], UNTIL, rating, at(1))
    assert sum(bill.consumption.units for bill in done.bills) == billed
    assert len(done.refusals) == (not billed)


def test_a_meter_exchange(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        new = Installation("C-1", meter_of("new"), at(0.5).at)
        exchange_meter(uow, new, Decimal(1090), Decimal(5), at(0.5))
        uow.readings.add([_of_new(60, 1)])
        bill = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
        assert bill.consumption.units == 90 + 55
        uow.readings.add([_of_new(100, 1.5)])
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(1.5)).consumption.units == 40


def test_replay_gives_the_same_bytes(store: SqlStore, tmp_path: Path) -> None:
    bill = issue_one(store)
    with store.read() as uow:
        audit = audit_bill(uow, PhotoFolder(tmp_path), bill.number)
        assert (audit.proven, audit.head) == (True, uow.bills.get(bill.number).head)
    with store.write() as uow:
        uow.connection.execute(text("UPDATE readings SET value = '1199' WHERE value = '1201'"))
    with store.read() as uow:
        audit = audit_bill(uow, PhotoFolder(tmp_path), bill.number)
    assert audit.differences == ("reading: expected 1201 of 2024-07-31T06:30:00+00:00 in the store, got none",)


def test_a_credit_balance_goes_on(store: SqlStore) -> None:
    first = issue_one(store, units=450)
    with store.write() as uow:
        pay_bill(uow, first.number, "upi", at(1))
        reverse_bill(uow, first.number, "misread", at(1))
        withdraw_reading(uow, "C-1", uow.readings.of("C-1")[-1].id, "misread", at(1))
        put_reading(uow, "C-1", 1100, 1)
        second = issue_bill(uow, "C-1", UNTIL, RATING, at(1))
        assert second.total == -first.total
        put_reading(uow, "C-1", 1200, 2)
        third = issue_bill(uow, "C-1", UNTIL, RATING, at(2))
    assert third.total == third.current - first.total
    assert [line.code for line in third.lines if line.amount < Money(0)][-1] is LineCode.CREDIT
    with pytest.raises(BillError, match="expected something to pay"), store.write() as uow:
        pay_bill(uow, third.number, "x", at(2))


def _of_new(value: int, month: float) -> NewReading:
    new = reading("C-1", value, month)
    return replace(new, reading=replace(new.reading, serial_number="M-new"))
