"""Bills under old rates against corrected ones."""

from __future__ import annotations

from datetime import date

import pytest

from meterocr.billing.bill import Bill, issue, make_bill, pay, reverse
from meterocr.billing.ledger import EMPTY, Ledger, Replaced
from meterocr.billing.money import NOTHING, Money
from meterocr.billing.period import Period
from meterocr.billing.rerate import rerate
from meterocr.billing.tariff_file import TariffText, parse_tariff
from meterocr.errors import TariffError
from meterocr.metering.reading import Source
from tests.billing.conftest import JBVNL, OPERATOR, WITH_OPERATOR, connection, consumed

DAY = date(2026, 4, 1)
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 3))  # 30 days

# The duty ruling of 5 January 2026: billed on as 6 % of net, where it should have been 0.20 a unit.
STILL_PERCENT = parse_tariff(
    TariffText("jbvnl.toml", (OPERATOR.parents[2] / "meterocr/billing/tariffs/jbvnl.toml").read_text(encoding="utf-8")),
    overrides=[
        TariffText(
            "old.toml",
            'schema = 1\nname = "old"\n[[duty]]\ncategory = ["domestic"]\nfrom = 2026-01-05\nkind = "percent_net"\n'
            'rate = 6\nsource = "s"\nconfidence = "operator"\n',
        )
    ],
)


def bill(number: str, units: str, source: Source = Source.PHOTO, ledger: Ledger = EMPTY) -> Bill:
    made = make_bill(connection(), consumed(units, FEBRUARY, source), STILL_PERCENT, FEBRUARY, ledger)
    return issue(made, number=number, on=DAY)


def test_duty_ruling() -> None:
    # 450: net 3182.50, 6 % = 190.95; should be 90.00: -100.95. 350: net 1780.00, 106.80; should be 70.00: -36.80.
    # 100: zero before and after.
    bills = [bill("B-1", "450"), pay(bill("B-2", "350"), reference="cash", on=DAY), bill("B-3", "100")]
    done = rerate(bills, WITH_OPERATOR)
    assert [(d.bill.number, d.amount) for d in done.differences] == [("B-1", Money(-10_095)), ("B-2", Money(-3_680))]
    assert [d.corrected for d in done.differences] == [Money(327_250), Money(185_000)]
    assert (done.total, done.same, done.left_out) == (Money(-13_775), 1, 0)
    adjustments = done.adjustments("duty from 5 January 2026")
    assert [(number, a.bill, a.amount) for number, a in adjustments.items()] == [
        ("B-1", "B-1", Money(-10_095)),
        ("B-2", "B-2", Money(-3_680)),
    ]
    corrected = make_bill(
        connection(), consumed("450", FEBRUARY), WITH_OPERATOR, FEBRUARY, Ledger(adjustments=(adjustments["B-1"],))
    )
    assert corrected.total == Money(327_250 - 10_095)


def test_the_same_tariff_changes_nothing() -> None:
    done = rerate([bill("B-1", "450"), bill("B-2", "350")], STILL_PERCENT)
    assert (done.differences, done.total, done.same) == ((), NOTHING, 2)


def test_what_was_adjusted_is_not_adjusted_again() -> None:
    done = rerate([bill("B-1", "450")], WITH_OPERATOR, adjusted={"B-1": Money(-10_095)})
    assert (done.differences, done.same) == ((), 1)
    (rest,) = rerate([bill("B-1", "450")], WITH_OPERATOR, adjusted={"B-1": Money(-10_000)}).differences
    assert rest.amount == Money(-95)


def test_only_bills_that_count_are_looked_at() -> None:
    draft = make_bill(connection(), consumed("450", FEBRUARY), STILL_PERCENT, FEBRUARY)
    reversed_bill = reverse(bill("B-1", "450"), reason="x", on=DAY)
    done = rerate([draft, reversed_bill, bill("P-1", "450", Source.PROVISIONAL)], WITH_OPERATOR)
    assert (done.differences, done.same, done.left_out) == ((), 0, 3)


def test_a_replaced_provisional_bill_is_corrected_through_the_actual_one() -> None:
    provisional = bill("P-1", "450", Source.PROVISIONAL)
    replaced = Ledger(replaces=(Replaced("P-1", FEBRUARY, provisional.current),))
    actual = bill("B-1", "470", ledger=replaced)
    done = rerate([provisional, actual], WITH_OPERATOR)
    right = make_bill(connection(), consumed("470", FEBRUARY), WITH_OPERATOR, FEBRUARY).total
    assert provisional.total + actual.total + done.total == right


def test_a_missing_rate_is_refused() -> None:
    with pytest.raises(TariffError, match="expected a rate duty"):
        rerate([bill("B-1", "450")], JBVNL)
