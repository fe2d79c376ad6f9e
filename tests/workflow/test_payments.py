"""Money in parts, too much of it, and the rebates that it earns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from meterocr.billing.bill import Bill, RebateCode, State
from meterocr.billing.line import LineCode
from meterocr.billing.money import Money
from meterocr.errors import BillError, ConflictError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.payments import pay_bill, receive_payment
from meterocr.workflow.register import withdraw_reading
from meterocr.workflow.values.payments import Payment
from tests.store.book import ACT, RATING, UNTIL, at, issue_one, put_reading

DAY = 1 / 30
NUMBER = "2024-0000001"


def paid(paise: int, day: float = 10, *, online: bool = False, reference: str = "r-1", number: str = NUMBER) -> Payment:
    """``day``: days after the bill was issued; it is due after 15."""
    return Payment(number, reference, Money(paise), online, at(1 + day * DAY))


def following(store: SqlStore, day: float = 20) -> Bill:
    with store.write() as uow:
        put_reading(uow, "C-1", 1301, 1 + day * DAY)
        return issue_bill(uow, "C-1", UNTIL, RATING, at(1 + day * DAY))


def test_what_is_left_goes_to_the_next_bill(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        receipt = receive_payment(uow, paid(40_000))
    assert (receipt.left, receipt.credit, receipt.rebates) == (first.total - Money(40_000), Money(0), ())
    assert receipt.bill.state is State.ISSUED
    second = following(store)
    assert [a.amount for a in second.ledger.arrears] == [receipt.left]
    with store.write() as uow:  # the rest, of a bill that is taken over: a credit
        rest = receive_payment(uow, paid(receipt.left.paise, 21, reference="r-2"))
    assert (rest.bill.state, rest.credit) == (State.PAID, receipt.left)


def test_in_parts_and_too_much(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        assert receive_payment(uow, paid(100)).left == first.total - Money(100)
        done = receive_payment(uow, paid(first.total.paise, reference="r-2"))
        assert (done.left, done.credit, done.bill.state) == (Money(0), Money(100), State.PAID)
        more = receive_payment(uow, paid(50, reference="r-3"))
        assert (more.left, more.credit) == (Money(0), Money(50))
    second = following(store)
    assert second.total == second.current - Money(150)


def test_the_same_payment_twice_is_a_conflict(store: SqlStore) -> None:
    issue_one(store)
    with store.write() as uow:
        receive_payment(uow, paid(100))
    with pytest.raises(ConflictError), store.write() as uow:
        receive_payment(uow, paid(100))
    with store.read() as uow:
        assert [payment.amount for payment in uow.bills.payments(NUMBER)] == [Money(100)]


@pytest.mark.parametrize(
    ("parts", "earned"),
    [
        ([(1, 5, False)], {RebateCode.EARLY}),
        ([(1, 6, False)], set()),
        ([(1, 5, True)], {RebateCode.EARLY, RebateCode.ONLINE}),
        ([(1, 15, True)], {RebateCode.ONLINE}),
        ([(1, 16, True)], set()),
        ([(2, 1, True), (2, 5, True)], {RebateCode.EARLY, RebateCode.ONLINE}),
        ([(2, 1, True), (2, 6, True)], {RebateCode.ONLINE}),
        ([(2, 1, False), (2, 6, True)], set()),
        ([(2, 1, True)], set()),
    ],
)
def test_rebates_that_are_earned_are_credits(
    store: SqlStore, parts: list[tuple[int, float, bool]], earned: set[RebateCode]
) -> None:
    first = issue_one(store)
    amounts = {rebate.code: rebate.amount for rebate in first.rebates}
    assert set(amounts) == set(RebateCode)
    half = first.total.paise // 2
    with store.write() as uow:
        for place, (of, day, online) in enumerate(parts):
            paise = first.total.paise if of == 1 else half if place == 0 else first.total.paise - half
            receipt = receive_payment(uow, paid(paise, day, online=online, reference=f"r-{place}"))
    expected = Money(sum(amounts[code].paise for code in earned))
    assert Money(sum(credit.amount.paise for credit in receipt.rebates)) == expected
    second = following(store, 14 if receipt.left else 20)
    credited = [line.formula for line in second.lines if line.code is LineCode.CREDIT]
    assert len(credited) == len(earned)
    assert second.total == second.current + receipt.left - expected


def test_a_reversed_bill_gives_back_what_came_and_takes_back_the_rebate(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        receive_payment(uow, paid(first.total.paise, 1))
        reverse_bill(uow, NUMBER, "misread", at(1.1))
        withdraw_reading(uow, "C-1", uow.readings.of("C-1")[-1].id, "misread", at(1.1))
        put_reading(uow, "C-1", 1201, 1.1)
        again = issue_bill(uow, "C-1", UNTIL, RATING, at(1.1))
    assert again.total == again.current - first.total
    with pytest.raises(BillError, match="expected one that counts, got one that was reversed"), store.write() as uow:
        receive_payment(uow, paid(1, reference="r-9"))


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        ("2024-9", NotFoundError, "expected a bill that was issued, got '2024-9'"),
        (NUMBER, BillError, "expected something to pay, got a total of Rs 0.00"),
    ],
)
def test_refused_payments(store: SqlStore, number: str, error: type[Exception], message: str) -> None:
    issue_one(store, units=100)  # subsidised to nothing
    with pytest.raises(error, match=message), store.write() as uow:
        receive_payment(uow, paid(1, number=number))
    with pytest.raises(error, match=message), store.write() as uow:
        pay_bill(uow, number, "r", ACT)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": Money(0)}, "expected a payment above zero, got 0.00"),
        ({"amount": Money(-1)}, "expected a payment above zero"),
        ({"reference": " "}, "expected a reference"),
    ],
)
def test_payments_that_are_none(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(paid(1), **changes)


def test_pay_bill_pays_what_is_left(store: SqlStore) -> None:
    first = issue_one(store)
    with store.write() as uow:
        receive_payment(uow, paid(100))
        assert pay_bill(uow, NUMBER, "r-2", at(1.5)).state is State.PAID
        assert sum(p.amount.paise for p in uow.bills.payments(NUMBER)) == first.total.paise
    assert first.consumption.units == Decimal(201)
