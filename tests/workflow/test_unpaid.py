"""What is unpaid of which bill, and the surcharges on it: 500 units are Rs 3,630.50 a month, and due after 15 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from meterocr.billing.bill import Bill, make_bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Credit
from meterocr.billing.line import LineCode
from meterocr.billing.money import NOTHING, Money, rupees, total
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow import drafts
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.locked import issue_provisional
from meterocr.workflow.payments import receive_payment
from meterocr.workflow.unpaid import unpaid_of
from meterocr.workflow.values.payments import Payment
from tests.store.book import RATING, at, put_connection, put_reading

UNTIL = date(2034, 1, 1)
MONTHLY = rupees("3,630.50")


@pytest.fixture
def issued(store: SqlStore) -> SqlStore:
    """A connection without bills."""
    with store.write() as uow:
        put_connection(uow, "C-1")
    return store


def bill(store: SqlStore, month: float, units: int = 500) -> Bill:
    """The next one."""
    with store.write() as uow:
        shown = max(stored.reading.value for stored in uow.readings.of("C-1") if not stored.reading.provisional)
        put_reading(uow, "C-1", int(shown) + units, month)
        return issue_bill(uow, "C-1", UNTIL, RATING, at(month))


def pay(store: SqlStore, number: str, amount: Money, month: float) -> None:
    with store.write() as uow:
        receive_payment(uow, Payment(number, f"{month}", amount, online=False, act=at(month)))


def late(made: Bill) -> list[Money]:
    """The surcharges that it charges."""
    return [line.amount for line in made.lines if line.code is LineCode.LATE_PAYMENT]


def owed(made: Bill) -> dict[str, Money]:
    """By bill, the charges that it carries over; and the surcharges."""
    arrears: dict[str, Money] = {}
    for each in made.ledger.arrears:
        arrears[each.bill[-1]] = arrears.get(each.bill[-1], NOTHING) + each.amount
    return arrears | {"surcharge": made.ledger.surcharge}


def audited(store: SqlStore) -> bool:
    with store.read() as uow:
        bills = list(uow.bills.since(date(2024, 1, 1), UNTIL))
        return all(audit_bill(uow, PhotoFolder(Path("none")), each.number).proven for each in bills)


def test_no_surcharge_on_surcharges_and_none_missing(issued: SqlStore) -> None:
    bills = [bill(issued, month) for month in (1, 2, 3, 4)]
    # 3630.50 x 1.5 % = 54.4575 a month: 54.46, and 27.22875 for half of it: 27.23
    assert [late(each) for each in bills] == [
        [],
        [rupees("27.23")],
        [rupees("54.46"), rupees("27.23")],
        [rupees("108.92"), rupees("27.23")],  # 2 x 3630.50 x 1.5 % = 108.915
    ]
    assert owed(bills[2]) == {"1": MONTHLY, "2": MONTHLY, "surcharge": rupees("27.23")}
    assert owed(bills[3]) == {"1": MONTHLY, "2": MONTHLY, "3": MONTHLY, "surcharge": rupees("108.92")}
    for before, after in pairwise(bills):
        assert total(owed(after).values()) == before.total
    told = [(line.code, line.formula) for line in bills[3].lines if not line.code.current]
    assert told == [
        (LineCode.ARREARS, f"unpaid of 2 bills, {bills[0].number} to {bills[1].number}"),
        (LineCode.LATE_PAYMENT, "Rs 7,261.00 x 1.5 % a month x 30/30 months"),
        (LineCode.ARREARS, f"unpaid of bill {bills[2].number}"),
        (LineCode.LATE_PAYMENT, "Rs 3,630.50 x 1.5 % a month x 15/30 months"),
        (LineCode.UNPAID_SURCHARGE, "of earlier bills"),
    ]
    assert audited(issued)


def test_bills_at_short_intervals_charge_each_day_once(issued: SqlStore) -> None:
    bills = [bill(issued, number * 14 / 30, 200) for number in range(1, 7)]
    days = [{each.bill: each.overdue_days for each in made.ledger.arrears} for made in bills]
    first = bills[0].number  # due on day 29; the bills are of the days 14, 28, 42, 56, 70 and 84
    assert [of.get(first) for of in days] == [None, 0, 13, 14, 14, 14]
    assert [of.get(bills[1].number) for of in days] == [None, None, 0, 13, 14, 14]


def test_however_long_nobody_pays_the_lines_are_few(issued: SqlStore) -> None:
    bills = [bill(issued, month) for month in range(1, 17)]
    carried = [line for line in bills[-1].lines if not line.code.current]
    assert [each.amount for each in bills[-1].ledger.arrears] == [each.current for each in bills[:-1]]
    assert (len(carried), bills[-1].total) == (5, bills[-1].current + total(line.amount for line in carried))
    assert audited(issued)


def test_money_settles_surcharges_first_and_then_the_oldest_bill(issued: SqlStore) -> None:
    for month in (1, 2):
        bill(issued, month)
    third = bill(issued, 3)  # 3 x 3630.50, and 27.23 + 54.46 + 27.23 = 108.92 of surcharges
    pay(issued, third.number, rupees("100.00"), 3.1)
    pay(issued, third.number, rupees("1,008.92"), 3.2)
    fourth = bill(issued, 4)
    assert owed(fourth) == {"1": MONTHLY - rupees("1,000.00"), "2": MONTHLY, "3": MONTHLY, "surcharge": NOTHING}
    assert late(fourth) == [rupees("93.92"), rupees("27.23")]  # 6261.00 x 1.5 % = 93.915
    pay(issued, fourth.number, fourth.total - rupees("10.00"), 4.1)
    assert owed(bill(issued, 5)) == {"4": rupees("10.00"), "surcharge": NOTHING}
    assert audited(issued)


def test_what_came_in_for_an_older_bill_bears_no_surcharge(issued: SqlStore) -> None:
    first = bill(issued, 1)
    bill(issued, 2)
    pay(issued, first.number, rupees("2,000.00"), 2.1)  # which the second one has taken over: a credit
    third = bill(issued, 3)
    assert owed(third) == {"1": MONTHLY, "2": MONTHLY, "surcharge": rupees("27.23")}
    # less 27.23 of surcharge, 1972.77 are for the first one: 1657.73 x 1.5 % = 24.866
    assert late(third) == [rupees("24.87"), rupees("27.23")]
    assert third.total == third.current + 2 * MONTHLY + rupees("79.33") - rupees("2,000.00")
    # and the credit has settled the surcharges of 79.33, and 1920.67 of the first one
    assert owed(bill(issued, 4)) == {"1": rupees("1,709.83"), "2": MONTHLY, "3": MONTHLY, "surcharge": NOTHING}
    assert audited(issued)


def test_adjustments(issued: SqlStore) -> None:
    first = bill(issued, 1)
    bill(issued, 2)
    with issued.write() as uow:
        for amount in (rupees("-630.50"), rupees("100.00")):
            item = Adjustment(AdjustmentKind.CORRECTION, first.number, amount, "by hand")
            uow.bills.add_entry("C-1", f"{amount}", item, at(2))
    third = bill(issued, 3)
    # 630.50 settles 27.23 of surcharge and 603.27 of the first one: 3027.23 x 1.5 % = 45.408
    assert late(third) == [rupees("45.41"), rupees("27.23")]
    fourth = bill(issued, 4)  # the third one's own charges have 100.00 more
    assert owed(fourth)["3"] == MONTHLY + rupees("100.00")
    assert total(owed(fourth).values()) == third.total
    assert audited(issued)


def test_a_reversed_bill_takes_its_surcharges_with_it(issued: SqlStore) -> None:
    bill(issued, 1)
    second = bill(issued, 2)
    with issued.write() as uow:
        reverse_bill(uow, second.number, "misread", at(2))
        again = issue_bill(uow, "C-1", UNTIL, RATING, at(2 + 10 / 30))
    assert (late(second), late(again)) == ([rupees("27.23")], [rupees("45.38")])  # 25 days: 45.38125
    assert owed(bill(issued, 3)) == {"1": MONTHLY, "3": MONTHLY, "surcharge": rupees("45.38")}
    assert audited(issued)


def test_what_an_actual_bill_takes_back_is_no_longer_unpaid(issued: SqlStore) -> None:
    bill(issued, 1)
    with issued.write() as uow:
        provisional = issue_provisional(uow, "C-1", RATING, at(2))
    assert provisional.current == MONTHLY
    actual = bill(issued, 3, 1000)
    assert owed(actual) == {"1": MONTHLY, "2": MONTHLY, "surcharge": rupees("27.23")}
    after = bill(issued, 4)
    assert owed(after) == {"1": MONTHLY, "3": actual.current, "surcharge": rupees("108.92")}
    assert total(owed(after).values()) == actual.total
    assert audited(issued)


def test_what_was_paid_of_a_provisional_bill_is_for_the_actual_one(issued: SqlStore) -> None:
    first = bill(issued, 1)
    pay(issued, first.number, first.total, 1.4)
    with issued.write() as uow:
        provisional = issue_provisional(uow, "C-1", RATING, at(2))
    pay(issued, provisional.number, rupees("1,000.00"), 2.1)
    actual = bill(issued, 3, 1000)
    assert owed(actual) == {"2": rupees("2,630.50"), "surcharge": NOTHING}
    assert late(actual) == [rupees("19.73")]  # 2630.50 x 1.5 % x 15/30 = 19.729, which the 1,000.00 settle first
    assert owed(bill(issued, 4)) == {"3": actual.current - rupees("980.27"), "surcharge": NOTHING}
    assert audited(issued)


def test_bills_of_schema_1_are_proven_and_go_on(issued: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """They carried all over as one amount, and a surcharge on surcharges."""
    with monkeypatch.context() as before:
        now, made = drafts.ledger_of, make_bill
        before.setattr(drafts, "ledger_of", lambda taken, on: now(taken, on, schema=1))
        before.setattr(drafts, "make_bill", lambda *given: replace(made(*given), schema=1))
        old = [bill(issued, month) for month in (1, 2, 3)]
    assert [late(each) for each in old] == [[], [rupees("27.23")], [rupees("54.66")]]  # 7288.23 x 1.5 % x 15/30
    assert owed(old[2]) == {"2": old[1].total, "surcharge": NOTHING}
    with issued.write() as uow:
        credit = Credit("in advance", rupees("81.89"))
        uow.bills.add_entry("C-1", "advance", credit, at(3))
    new = bill(issued, 4)
    assert ([each.schema for each in old], new.schema) == ([1, 1, 1], 2)
    assert owed(new) == {"1": MONTHLY, "2": MONTHLY, "3": MONTHLY, "surcharge": rupees("81.89")}
    assert total(owed(new).values()) == old[2].total
    assert late(new) == [rupees("108.92"), rupees("27.23")]
    assert audited(issued)


def test_of_nothing_nothing_is_unpaid() -> None:
    assert unpaid_of([]).total == NOTHING
