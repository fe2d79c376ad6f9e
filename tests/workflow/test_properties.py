"""Whatever happens to a connection, not a paisa is lost or counted twice."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterocr.billing.bill import State
from meterocr.billing.ledger import Credit
from meterocr.billing.line import LineCode
from meterocr.billing.money import NOTHING, Money, total
from meterocr.errors import BillError
from meterocr.store.database import SqlUnitOfWork, migrate, open_store
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.locked import issue_provisional
from meterocr.workflow.payments import pay_bill, receive_payment
from meterocr.workflow.register import withdraw_reading
from meterocr.workflow.unpaid import unpaid_of
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.values.payments import Payment
from tests.billing.conftest import WITH_OPERATOR
from tests.store.book import at, put_connection, put_reading

UNTIL = date(2034, 1, 1)
RATING = Rating(WITH_OPERATOR)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("actual"), st.integers(0, 600)),
        st.tuples(st.just("provisional"), st.just(0)),
        st.tuples(st.just("pay"), st.integers(0, 5)),
        st.tuples(st.just("part"), st.integers(1, 300_000)),
        st.tuples(st.just("online"), st.integers(1, 300_000)),
        st.tuples(st.just("reverse"), st.just(0)),
    ),
    max_size=14,
)


def step(uow: SqlUnitOfWork, what: str, number: int, month: int) -> None:
    """One thing that happens; what is refused changes nothing."""
    position = uow.bills.positions(["C-1"])["C-1"]
    live = position.bills
    if what == "actual":
        shown = [stored.reading.value for stored in uow.readings.of("C-1") if not stored.reading.provisional]
        put_reading(uow, "C-1", int(max(shown)) + number, month)
        issue_bill(uow, "C-1", UNTIL, RATING, at(month))
    elif what == "provisional":
        issue_provisional(uow, "C-1", RATING, at(month))
    elif what == "pay" and live:
        pay_bill(uow, live[max(len(live) - 1 - number, 0)].number, "upi", at(month))
    elif what in {"part", "online"} and live:
        bill = live[max(len(live) - 1 - number % 3, 0)].number
        act = at(month - 0.9 if what == "online" else month)  # three days after the step before: early
        receive_payment(uow, Payment(bill, f"{month}", Money(number), what == "online", act))
    elif what == "reverse" and live:
        reverse_bill(uow, live[-1].number, "wrong", at(month))
        if not live[-1].provisional:  # one that is takes its reading with it
            withdraw_reading(uow, "C-1", uow.readings.of("C-1")[-1].id, "wrong", at(month))


def owed_by_the_store(uow: SqlUnitOfWork) -> Money:
    position = uow.bills.positions(["C-1"])["C-1"]
    entries = [-e.item.amount if isinstance(e.item, Credit) else e.item.amount for e in position.entries]
    last = [bill.unpaid or min(bill.total, NOTHING) for bill in position.bills[-1:]]
    return total([*entries, *last])


def owed_by_the_bills(uow: SqlUnitOfWork) -> Money:
    """What each bill that counts is for by itself, less everything that was paid, and rebates of bills that count."""
    owed = NOTHING
    for bill in uow.bills.since(date(2024, 1, 1), UNTIL):
        owed -= total(payment.amount for payment in uow.bills.payments(bill.number))
        if bill.state is not State.REVERSED:
            taken_over = total(a.amount for a in bill.ledger.arrears) - total(c.amount for c in bill.ledger.credits)
            taken_over += total(a.amount for a in bill.ledger.adjustments) + bill.ledger.surcharge
            owed += bill.total - taken_over - uow.bills.rebated(bill.number)
    return owed


def check_what_is_unpaid(uow: SqlUnitOfWork) -> None:
    """What the next bill would carry over is what is unpaid; surcharges are no more than were charged."""
    position = uow.bills.positions(["C-1"])["C-1"]
    unpaid = unpaid_of(position.unsettled)
    assert unpaid.total == total(bill.unpaid for bill in position.bills[-1:])
    assert all(each.amount > NOTHING for each in unpaid.charges)
    assert [each.bill for each in unpaid.charges] == sorted({each.bill for each in unpaid.charges})
    charged = [line.amount for each in position.unsettled for line in each.lines if line.code is LineCode.LATE_PAYMENT]
    assert NOTHING <= unpaid.surcharges <= total(charged)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_not_a_paisa_is_lost(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/meterocr.db"
        migrate(url)
        store = open_store(url)
        with store.write() as uow:
            put_connection(uow, "C-1")
        for month, (what, number) in enumerate(steps, 1):
            try:
                with store.write() as uow:
                    step(uow, what, number, month)
            except BillError:
                pass
            with store.read() as uow:
                assert owed_by_the_store(uow) == owed_by_the_bills(uow)
                check_what_is_unpaid(uow)
        with store.read() as uow:
            bills = list(uow.bills.since(date(2024, 1, 1), UNTIL))
            assert all(audit_bill(uow, PhotoFolder(Path(folder)), bill.number).proven for bill in bills)
        store.close()
