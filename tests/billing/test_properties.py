"""What holds for every bill: sums, cliffs, re-rating."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterocr.billing.account import Area
from meterocr.billing.bill import Bill, issue, make_bill
from meterocr.billing.ledger import Arrears, Credit, Ledger, Replaced
from meterocr.billing.money import NOTHING, Money
from meterocr.billing.period import Period
from meterocr.billing.rerate import rerate
from meterocr.metering.reading import Source
from tests.billing.conftest import JBVNL_NO_DUTY, WITH_OPERATOR, connection, consumed

CLIFFS = (200, 400)  # units a month after which one more costs far more: the zero bill ends, the subsidy ends
DEAREST_UNIT = Money(1000)  # every unit that crosses no cliff costs less than that
FIRST = date(2024, 7, 1)  # the first day that all of the test tariff's rates hold

CATEGORIES = st.sampled_from(["domestic", "commercial", "irrigation", "lt_industrial", "ht_industrial"])
AREAS = st.sampled_from([area.value for area in Area])
DAYS = st.integers(1, 62)
STARTS = st.integers(0, 1000).map(lambda days: FIRST + timedelta(days))
UNITS = st.one_of(st.integers(0, 1500), st.integers(0, 20_000).map(lambda tenths: Decimal(tenths) / 10))
PERIODS = st.builds(lambda start, days: Period(start, start + timedelta(days)), STARTS, DAYS)
few = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(few, max_examples=10_000)


@st.composite
def histories(draw: st.DrawFn) -> list[Bill]:
    """Bills of one connection, one after the other: some provisional and then replaced, some unpaid, some in credit."""
    whose = connection(draw(CATEGORIES), draw(AREAS), draw(st.sampled_from(["0.5", "2", "3.73", "100"])))
    start = draw(STARTS)
    bills: list[Bill] = []
    provisional: list[Bill] = []
    for number in range(draw(st.integers(1, 4))):
        end = start + timedelta(draw(DAYS))
        guessed = draw(st.booleans())
        first = provisional[0].period.start if provisional and not guessed else start
        period = Period(first, end)
        replaces = tuple(Replaced(b.number, b.period, b.current) for b in provisional if not guessed)
        overdue = draw(st.integers(0, 40)) if whose.category == "domestic" else 0
        unpaid = bills[-1].total if bills and draw(st.booleans()) else NOTHING
        charges = min(unpaid, bills[-1].current) if bills else NOTHING
        arrears = (Arrears(bills[-1].number, charges, overdue),) if charges > NOTHING else ()
        surcharge = max(unpaid - charges, NOTHING)
        credits_ = (Credit("in advance", -unpaid),) if unpaid < NOTHING else ()
        used = consumed(draw(UNITS), period, Source.PROVISIONAL if guessed else Source.PHOTO)
        made = make_bill(whose, used, WITH_OPERATOR, period, Ledger(arrears, credits_, (), replaces, surcharge))
        bills.append(issue(made, number=f"B-{number}", on=end))
        provisional = [*provisional, bills[-1]] if guessed else []
        start = end
    return bills


def check(bills: list[Bill]) -> None:
    for bill in bills:
        told = bill.amounts()
        lines = told["lines"]
        assert isinstance(lines, list)
        assert sum(line["amount_paise"] for line in lines) == told["total_paise"] == bill.total.paise
        taken_over = sum(a.amount.paise for a in bill.ledger.arrears) - sum(c.amount.paise for c in bill.ledger.credits)
        taken_over -= sum(r.current.paise for r in bill.ledger.replaces)
        taken_over += bill.ledger.surcharge.paise
        late = sum(line.amount.paise for line in bill.lines if line.code == "late_payment")
        assert bill.total.paise == bill.current.paise + taken_over + late
        assert bill.current >= NOTHING
        days = [line.period for line in bill.lines if line.code.current]
        assert (bill.period.start, bill.period.end) == (days[0].start, days[-1].end)
    done = rerate(bills, WITH_OPERATOR)
    assert (done.differences, done.total) == ((), NOTHING)


@few
@given(histories())
def test_histories(bills: list[Bill]) -> None:
    check(bills)


@pytest.mark.slow
@many
@given(histories())
def test_ten_thousand_histories(bills: list[Bill]) -> None:
    check(bills)


def total(category: str, area: str, units: int, period: Period) -> Money:
    return make_bill(connection(category, area), consumed(units, period), WITH_OPERATOR, period).total


def check_more_costs_no_less(category: str, area: str, period: Period, units: int, more: int) -> None:
    assert total(category, area, units, period) <= total(category, area, units + more, period)


MORE = (CATEGORIES, AREAS, PERIODS, st.integers(0, 1500), st.integers(1, 300))


@few
@given(*MORE)
def test_more_units_never_cost_less(category: str, area: str, period: Period, units: int, more: int) -> None:
    check_more_costs_no_less(category, area, period, units, more)


@pytest.mark.slow
@many
@given(*MORE)
def test_more_units_ten_thousand_times(category: str, area: str, period: Period, units: int, more: int) -> None:
    check_more_costs_no_less(category, area, period, units, more)


def check_cliffs(category: str, area: str, period: Period, data: st.DataObject) -> None:
    thresholds = [Fraction(cliff * period.days, 30) for cliff in CLIFFS]
    near = st.sampled_from([int(threshold) + by for threshold in thresholds for by in (-1, 0, 1)])
    units = data.draw(st.one_of(near, st.integers(0, 1500)))
    step = total(category, area, units + 1, period) - total(category, area, units, period)
    cliff = category == "domestic" and any(units <= threshold < units + 1 for threshold in thresholds)
    assert (step > DEAREST_UNIT) == cliff


@few
@given(CATEGORIES, AREAS, PERIODS, st.data())
def test_cliffs_are_where_they_are_listed(category: str, area: str, period: Period, data: st.DataObject) -> None:
    check_cliffs(category, area, period, data)


@pytest.mark.slow
@many
@given(CATEGORIES, AREAS, PERIODS, st.data())
def test_cliffs_ten_thousand_times(category: str, area: str, period: Period, data: st.DataObject) -> None:
    check_cliffs(category, area, period, data)


@few
@given(st.integers(0, 1000), st.integers(1, 62))
def test_urban_domestic_by_another_way(units: int, days: int) -> None:
    def paise(rupees: Fraction) -> int:
        exact = Decimal(rupees.numerator * 100) / Decimal(rupees.denominator)
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP))

    period = Period(date(2024, 8, 1), date(2024, 8, 1) + timedelta(days))
    months = Fraction(days, 30)
    gross = paise(Fraction("6.65") * units) + paise(100 * months)
    subsidy = gross if units <= 200 * months else paise(Fraction("2.05") * units) if units <= 400 * months else 0
    assert make_bill(connection(), consumed(units, period), JBVNL_NO_DUTY, period).total == Money(gross - subsidy)
