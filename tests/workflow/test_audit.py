"""Whatever is changed behind the office's back, the audit of the bills that were made from it says so."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from meterocr.billing.ledger import Adjustment, AdjustmentKind
from meterocr.billing.money import Money, total
from meterocr.errors import BillError
from meterocr.metering.meter import Meter, Register
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from meterocr.readout_json import readout_of
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.store.schema import APPEND_ONLY
from meterocr.workflow.audit import Audit, audit_bill
from meterocr.workflow.bills import issue_bill, proof_of, reverse_bill
from meterocr.workflow.intake import Desk, submit
from meterocr.workflow.onward import bill_submission
from meterocr.workflow.payments import pay_bill, receive_payment
from meterocr.workflow.register import exchange_meter
from meterocr.workflow.review import correct, reopen
from meterocr.workflow.values.connections import Installation
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.values.readings import NewReading
from tests.store.book import RATING, UNTIL, at, issue_one, put_connection, put_reading
from tests.workflow.test_intake import desk, doubtful, incoming

__all__ = ["desk"]


def tamper(store: SqlStore, *statements: str) -> None:
    """As somebody with the database's password, who takes the triggers away first."""
    with store.write() as uow:
        db = uow.connection
        for table in APPEND_ONLY:
            if db.dialect.name == "postgresql":
                db.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            else:
                for action in ("update", "delete"):
                    db.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{action}"))
        for statement in statements:
            db.execute(text(statement))


def audit(store: SqlStore, number: str) -> Audit:
    with store.read() as uow:
        return audit_bill(uow, PhotoFolder(Path("none")), number)


@pytest.fixture
def second(store: SqlStore) -> str:
    """The second bill of C-1, with what was left of the first one, and a correction."""
    first = issue_one(store, units=450)
    with store.write() as uow:
        receive_payment(uow, Payment(first.number, "upi-1", Money(100_000), online=True, act=at(1.2)))
        put_reading(uow, "C-1", 1650, 2)
        item = Adjustment(AdjustmentKind.CORRECTION, first.number, Money(-5000), "by hand")
        uow.bills.add_entry("C-1", "by-hand", item, at(1.2))
        made = issue_bill(uow, "C-1", UNTIL, RATING, at(2))
    assert total(each.amount for each in made.ledger.arrears) == first.total - Money(100_000)
    return made.number


def test_a_bill_with_a_ledger_is_proven_whatever_comes_later(store: SqlStore, second: str) -> None:
    assert audit(store, second).proven
    with store.write() as uow:
        receive_payment(uow, Payment("2024-0000001", "upi-2", Money(700), online=True, act=at(2.1)))
        receive_payment(uow, Payment(second, "upi-3", Money(800), online=True, act=at(2.1)))
        put_reading(uow, "C-1", 1800, 3)
        third = issue_bill(uow, "C-1", UNTIL, RATING, at(3))
    assert [audit(store, number).differences for number in ("2024-0000001", second, third.number)] == [()] * 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments SET amount_paise = 1",
        "DELETE FROM payments",
        "UPDATE entries SET amount_paise = -6000",
        "UPDATE entries SET reason = 'by somebody'",
        "DELETE FROM entry_uses",
    ],
)
def test_a_ledger_that_was_changed(store: SqlStore, second: str, statement: str) -> None:
    tamper(store, statement)
    (difference,) = audit(store, second).differences
    assert difference.startswith("bill: byte ")


KEPT = [
    "bills SET total_paise = total_paise - 100000",
    "bills SET current_paise = current_paise - 5",
    "bills SET due_on = '2025-08-01'",
    "bills SET due_on = '2024-08-01'",
    "bills SET issued_on = '2024-09-09'",
    "bills SET units = '1'",
    "bills SET provisional = NOT provisional",
    "bills SET period_start = '2024-06-01'",
    "bills SET period_end = '2024-07-30'",
    "bills SET consumer_number = 'C-2'",
    "bills SET tariff = 'other'",
    "bills SET submissions = '[99]'",
    "live_bills SET provisional = true",
    "live_bills SET period_start = '2024-06-01'",
    "live_bills SET closing = 1",
    "bill_events SET day = '2024-07-15'",
]


@pytest.mark.parametrize("change", KEPT)
@pytest.mark.parametrize("early", [False, True])
def test_what_is_kept_beside_a_bill(store: SqlStore, change: str, *, early: bool) -> None:
    """Of the first bill, before (``early``) or after the second one is made from it: both audits say so."""
    first = issue_one(store, units=450)
    with store.write() as uow:
        put_connection(uow, "C-2")
        uow.connection.execute(text("INSERT INTO tariffs VALUES ('other', '{}')"))
    statement = f"UPDATE {change} WHERE number = '2024-0000001'"
    if early:
        tamper(store, statement)
    with store.write() as uow:
        put_reading(uow, "C-1", 1650, 2)
        try:
            second = issue_bill(uow, "C-1", UNTIL, RATING, at(2))
        except BillError:
            assert "provisional" in change or "period" in change
            second = None
    if not early:
        tamper(store, statement)
    assert not audit(store, first.number).proven
    if second is not None:
        assert any(each.startswith(f"bill {first.number}: ") for each in audit(store, second.number).differences)


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("UPDATE bill_events SET day = '2024-08-15' WHERE state = 'paid'", "bill_events.day of paid: expected 2024-"),
        ("UPDATE bill_events SET note = 'r-9' WHERE state = 'paid'", "payments: expected one that is paid on 2024-"),
        ("DELETE FROM bill_events WHERE state = 'paid'", "payments: expected one that is paid on 2024-08-06 with r-1 "),
        ("DELETE FROM payments", "payments: expected no bill that is paid by what came in, got one that is paid on "),
        ("UPDATE bill_events SET day = '2024-08-15' WHERE state = 'reversed'", "bill_events.day of reversed: expected"),
        ("DELETE FROM bill_events WHERE state = 'reversed'", "live_bills: expected a row, as the last step is paid"),
        (
            "UPDATE bill_events SET note = '9' WHERE state = 'issued'",
            "bill 2024-0000001: expected that it was issued as",
        ),
        ("DELETE FROM bill_events WHERE state = 'issued'", "bill 2024-0000001: expected that it was issued as its"),
    ],
)
def test_the_steps_of_a_bill(store: SqlStore, statement: str, difference: str) -> None:
    first = issue_one(store, units=450)
    with store.write() as uow:
        pay_bill(uow, first.number, "r-1", at(1.2))
        reverse_bill(uow, first.number, "misread", at(1.3))
    assert audit(store, first.number).proven
    tamper(store, statement)
    assert [each for each in audit(store, first.number).differences if each.startswith(difference)]


def test_a_bill_that_is_live_and_reversed(store: SqlStore) -> None:
    first = issue_one(store)
    tamper(store, "INSERT INTO bill_events SELECT 9, number, 'reversed', day, 'x', by, at FROM bill_events")
    assert audit(store, first.number).differences == ("live_bills: expected no row, as the last step is reversed",)


def test_a_proof_of_before_the_dates_were_in_it(store: SqlStore) -> None:
    first = issue_one(store)
    with store.read() as uow:
        stored = uow.bills.get(first.number)
    head = proof_of(stored.bill, stored.content.encode(), [], None)[-1].hash
    assert head != stored.head
    tamper(store, f"UPDATE bills SET head = '{head}'")  # noqa: S608 # made here
    assert audit(store, first.number).proven


def submitted(desk: Desk, store: SqlStore, *statements: str) -> Audit:
    """The audit of a bill that was made after somebody changed what it is made from."""
    submit(desk, incoming(), at(2))
    tamper(store, *statements)
    with store.write() as uow:
        number = issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number
    with store.read() as uow:
        return audit_bill(uow, desk.photos, number)


def test_a_reading_that_is_not_what_the_photo_shows(desk: Desk, store: SqlStore) -> None:
    found = submitted(desk, store, "UPDATE readings SET value = '1340' WHERE value = '1350'")
    assert found.differences == ("reading: expected 001350 of photo 1 on the bill, got 1340",)


def test_a_reading_that_is_not_what_a_person_decided(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    with store.write() as uow:
        correct(uow, stored.id, Decimal(1350), at(2))
    tamper(store, "UPDATE readings SET value = '1340' WHERE value = '1350'")
    with store.write() as uow:
        number = issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number
    with store.read() as uow:
        found = audit_bill(uow, desk.photos, number)
    assert found.differences == (f"reading: expected 1350 of photo {stored.id} on the bill, got 1340",)


@pytest.mark.parametrize("name", ["detector_sha256", "recognizer_sha256", "recognizer"])
def test_a_model_that_is_not_the_one_that_read_it(desk: Desk, store: SqlStore, name: str) -> None:
    assert submitted(desk, store).proven
    with store.read() as uow:
        values = json.loads(uow.submissions.get(1).submission.readout)
    values["models"][name] = "another"
    with store.write() as uow:
        uow.connection.execute(text("UPDATE submissions SET readout = :r"), {"r": json.dumps(values)})
    with store.read() as uow:
        found = audit_bill(uow, desk.photos, "2024-0000001")
    assert found.differences[0].startswith("chain: expected the head ")
    assert getattr(readout_of(values).models, name) == "another"


def test_a_bill_of_before_the_digests_is_still_proven(desk: Desk, store: SqlStore) -> None:
    submit(desk, incoming(), at(2))
    with store.write() as uow:
        made = uow.submissions.get(1).submission
        readout, verification = json.loads(made.readout), json.loads(made.verification)
        readout["models"] = {role: readout["models"][role] for role in ("detector", "recognizer")}
        del verification["policy_sha256"]
        old = {"r": json.dumps(readout), "v": json.dumps(verification)}
        uow.connection.execute(text("UPDATE submissions SET readout = :r, verification = :v"), old)
        number = issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number
        assert readout_of(readout).models.detector_sha256 == ""
    with store.read() as uow:
        assert audit_bill(uow, desk.photos, number).proven


def test_what_a_person_decides_after_a_reversal_is_no_part_of_the_bill(desk: Desk, store: SqlStore) -> None:
    stored = submit(desk, incoming(), at(2))
    with store.write() as uow:
        first = bill_submission(uow, stored.id, RATING, at(2))
        reverse_bill(uow, first.number, "misread", at(2.1))
        reopen(uow, stored.id, "misread", at(2.1))
        correct(uow, stored.id, Decimal(1360), at(2.1))
        second = bill_submission(uow, stored.id, RATING, at(2.1))
    with store.read() as uow:
        assert [audit_bill(uow, desk.photos, bill.number).differences for bill in (first, second)] == [(), ()]
    tamper(store, "UPDATE reviews SET value = '1350'")
    with store.read() as uow:
        assert audit_bill(uow, desk.photos, first.number).proven
        assert audit_bill(uow, desk.photos, second.number).differences[0].startswith("chain: expected the head ")


def test_what_a_person_decides_while_a_run_goes_on_is_part_of_its_bills(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    with store.write() as uow:
        correct(uow, stored.id, Decimal(1350), at(2.1))
        number = issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number  # the run began before
    with store.read() as uow:
        assert audit_bill(uow, desk.photos, number).proven
    tamper(store, "DELETE FROM reviews")
    with store.read() as uow:
        assert audit_bill(uow, desk.photos, number).differences[0].startswith("chain: expected the head ")


def test_bills_around_an_exchange_of_the_meter_are_proven(store: SqlStore) -> None:
    first = issue_one(store, units=100)
    with store.write() as uow:
        new = Installation("C-1", Meter("N-1", (Register(Quantity.KWH, 6),)), at(2).at)
        exchange_meter(uow, new, Decimal(1200), Decimal(5), at(2))
        last_of_the_old = issue_bill(uow, "C-1", UNTIL, RATING, at(2))
        uow.readings.add([NewReading("C-1", Reading("N-1", Quantity.KWH, Decimal(105), at(3).at, Source.METER_READER))])
        first_of_the_new = issue_bill(uow, "C-1", UNTIL, RATING, at(3))
    assert (last_of_the_old.consumption.units, first_of_the_new.consumption.units) == (100, 100)
    for bill in (first, last_of_the_old, first_of_the_new):
        assert audit(store, bill.number).differences == ()
    tamper(store, "UPDATE live_bills SET closing = closing - 1 WHERE number = '2024-0000002'")  # the old meter's
    assert audit(store, last_of_the_old.number).differences == ()  # of the same day, and on the bill
    tamper(store, "UPDATE live_bills SET closing = closing - 1 WHERE number = '2024-0000002'")
    assert not audit(store, last_of_the_old.number).proven


def test_all_bills_that_are_unpaid_are_held_against_what_is_kept_of_them(store: SqlStore) -> None:
    first = issue_one(store, units=450)
    with store.write() as uow:
        put_reading(uow, "C-1", 1900, 2)
        issue_bill(uow, "C-1", UNTIL, RATING, at(2))
    tamper(store, "UPDATE bills SET due_on = '2024-08-01' WHERE number = '2024-0000001'")
    with store.write() as uow:
        put_reading(uow, "C-1", 2350, 3)
        third = issue_bill(uow, "C-1", UNTIL, RATING, at(3))
    found = audit(store, third.number).differences
    assert found
    assert all(difference.startswith(f"bill {first.number}: ") for difference in found)
