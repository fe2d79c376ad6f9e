"""Stored bills under corrected rates, and the lines on the next bills."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from meterocr.billing.money import Money
from meterocr.errors import ConflictError
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.register import withdraw_reading
from meterocr.workflow.rerating import Bin, Correction, adjust, corrections, distribution
from meterocr.workflow.values.bills import Rating
from tests.billing.conftest import WITH_OPERATOR
from tests.billing.test_rerate import STILL_PERCENT
from tests.store.book import at, put_connection, put_reading

UNTIL = date(2026, 12, 31)
OLD = Rating(STILL_PERCENT)


@pytest.fixture
def bill_number(store: SqlStore) -> str:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1000, 580 / 30)
        issue_bill(uow, "C-1", UNTIL, Rating(WITH_OPERATOR), at(580 / 30))
        put_reading(uow, "C-1", 1450, 610 / 30)
        return issue_bill(uow, "C-1", UNTIL, OLD, at(610 / 30)).number


def found(store: SqlStore) -> list[Correction]:
    with store.read() as uow:
        return list(corrections(uow, date(2026, 2, 10), UNTIL, WITH_OPERATOR))


def test_duty_ruling(store: SqlStore, bill_number: str) -> None:
    # 450 units: net 3182.50, 6 % = 190.95; should be 90.00
    assert found(store) == [Correction("C-1", bill_number, Money(-10_095))]
    with store.write() as uow:
        assert adjust(uow, found(store), WITH_OPERATOR, "duty from 5 January 2026", at(611 / 30)) == 1
    assert found(store) == []
    with store.write() as uow:
        put_reading(uow, "C-1", 1550, 624 / 30)
        following = issue_bill(uow, "C-1", UNTIL, Rating(WITH_OPERATOR), at(624 / 30))
        assert [line.formula for line in following.lines if line.code == "adjustment"] == [
            f"bill {bill_number}: duty from 5 January 2026"
        ]
        reverse_bill(uow, following.number, "x", at(624 / 30))  # the adjustment waits for the next one again
        again = issue_bill(uow, "C-1", UNTIL, Rating(WITH_OPERATOR), at(624 / 30))
        assert again.total == following.total


@pytest.mark.parametrize("taken_before", [False, True])
def test_the_correction_of_a_bill_that_is_reversed_goes_with_it(
    store: SqlStore, bill_number: str, tmp_path: Path, *, taken_before: bool
) -> None:
    new = Rating(WITH_OPERATOR)
    with store.write() as uow:
        adjust(uow, found(store), WITH_OPERATOR, "duty from 5 January 2026", at(611 / 30))
        if taken_before:
            put_reading(uow, "C-1", 1550, 612 / 30)
            following = issue_bill(uow, "C-1", UNTIL, new, at(612 / 30))
            reverse_bill(uow, following.number, "x", at(612 / 30))
            withdraw_reading(uow, "C-1", uow.readings.of("C-1")[-1].id, "x", at(612 / 30))
        old = uow.bills.get(bill_number).bill
        reverse_bill(uow, bill_number, "wrong tariff", at(612 / 30))
        again = issue_bill(uow, "C-1", UNTIL, new, at(612 / 30))
    assert (old.total, again.total) == (Money(337_345), Money(327_250))
    assert [(line.amount.paise, line.formula) for line in again.lines if line.code == "adjustment"] == [
        (-10_095, f"bill {bill_number}: duty from 5 January 2026"),
        (10_095, f"bill {bill_number}: correction of a bill that was reversed"),
    ]
    assert found(store) == []
    with store.read() as uow:
        assert audit_bill(uow, PhotoFolder(tmp_path), again.number).proven


def test_not_twice(store: SqlStore, bill_number: str) -> None:
    twice = [Correction("C-1", bill_number, Money(-10_095))]
    with store.write() as uow:
        adjust(uow, twice, WITH_OPERATOR, "r", at(30))
    with pytest.raises(ConflictError), store.write() as uow:
        adjust(uow, twice, WITH_OPERATOR, "r", at(30))


def test_how_corrections_are_spread() -> None:
    bins = distribution([Money(paise) for paise in (-250, -1, 0, 99, 10_000)], most=12)
    assert [(b.start.paise, b.end.paise, b.count) for b in bins if b.count] == [
        (-1000, 0, 2),
        (0, 1000, 2),
        (10_000, 11_000, 1),
    ]
    assert len(bins) == 12
    assert distribution([]) == ()
    assert distribution([Money(7)] * 3) == (Bin(Money(7), Money(8), 3),)
