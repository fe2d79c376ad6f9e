"""What is refused, what a bill freezes, and the steps of its life; what bills come to is in test_golden_bills.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal

import pytest

from meterocr.billing.account import Area
from meterocr.billing.bill import Bill, State, issue, make_bill, pay, reverse
from meterocr.billing.canonical import canonical_bytes
from meterocr.billing.estimate import Customer, estimate
from meterocr.billing.ledger import EMPTY, Arrears, Ledger, Replaced
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.tariff_file import TariffText, parse_tariff
from meterocr.errors import BillError, TariffError
from meterocr.metering.meter import Supply
from meterocr.metering.reading import Source
from meterocr.readout import Quantity
from tests.billing.conftest import JBVNL, JBVNL_NO_DUTY, MONTH, WITH_OPERATOR, connection, consumed

DAY = date(2024, 9, 1)
JULY = Period(date(2024, 7, 1), date(2024, 7, 31))


def draft(units: str = "201", ledger: Ledger = EMPTY) -> Bill:
    return make_bill(connection(), consumed(units), JBVNL_NO_DUTY, MONTH, ledger)


def issued() -> Bill:
    return issue(draft(), number="B-1", on=DAY)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: make_bill(connection(), consumed("1", JULY), JBVNL, MONTH),
            BillError,
            "expected the consumption of 2024-08-01 to 2024-08-31, got that of 2024-07-01 to 2024-07-31",
        ),
        (
            lambda: make_bill(connection(), replace(consumed("1"), quantity=Quantity.KW), JBVNL, MONTH),
            BillError,
            "expected consumption in kwh or kvah, got kw",
        ),
        (lambda: draft("-1"), BillError, "expected a consumption of at least 0 units, got -1"),
        (
            lambda: draft(ledger=Ledger(replaces=(Replaced("P-1", JULY, Money(1)),))),
            BillError,
            "expected provisional bill P-1 to lie within 2024-08-01 to 2024-08-31, got 2024-07-01 to 2024-07-31",
        ),
        (
            lambda: make_bill(
                connection(),
                consumed("1", MONTH, Source.PROVISIONAL),
                JBVNL,
                MONTH,
                Ledger(replaces=(Replaced("P-1", MONTH, Money(1)),)),
            ),
            BillError,
            "expected actual readings to replace bill P-1, got a provisional one",
        ),
        (
            lambda: draft(ledger=Ledger(arrears=(Arrears("B-0", Money(100), 3),))),
            TariffError,
            "expected a rate late_payment for domestic, urban, 2024-08-01 to 2024-08-31, got none",
        ),
        (lambda: make_bill(connection("farm"), consumed("1"), JBVNL, MONTH), TariffError, "got 'farm'"),
        (
            lambda: make_bill(connection("commercial"), consumed("1"), JBVNL, MONTH),
            TariffError,
            "expected a rate fixed",
        ),
    ],
)
def test_refused(make: Callable[[], Bill], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_steps() -> None:
    bill = draft()
    assert (bill.state, bill.number) == (State.DRAFT, "")
    for done, state in [
        (issued(), State.ISSUED),
        (pay(issued(), reference="UPI 7", on=DAY), State.PAID),
        (reverse(issued(), reason="wrong meter", on=DAY), State.REVERSED),
        (reverse(pay(issued(), reference="UPI 7", on=DAY), reason="wrong meter", on=DAY), State.REVERSED),
    ]:
        assert (done.state, done.number) == (state, "B-1")
        assert done.to_dict() == bill.to_dict()
    assert bill.state is State.DRAFT


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda: issue(issued(), number="B-2", on=DAY), "bill B-1: expected it draft to be issued, got issued"),
        (lambda: pay(draft(), reference="", on=DAY), r"bill \(draft\): expected it issued to be paid, got draft"),
        (lambda: reverse(draft(), reason="x", on=DAY), "expected it issued or paid to be reversed, got draft"),
        (
            lambda: reverse(reverse(issued(), reason="x", on=DAY), reason="x", on=DAY),
            "expected it issued or paid to be reversed, got reversed",
        ),
        (
            lambda: pay(reverse(issued(), reason="x", on=DAY), reference="", on=DAY),
            "expected it issued to be paid, got reversed",
        ),
        (lambda: issue(draft(), number=" ", on=DAY), "expected a bill number, got ' '"),
        (lambda: reverse(issued(), reason="", on=DAY), "expected a reason for the reversal, got ''"),
    ],
)
def test_steps_that_are_not_allowed(step: Callable[[], Bill], message: str) -> None:
    with pytest.raises(BillError, match=message):
        step()


def test_a_bill_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        issued().lines = ()  # type: ignore[misc]


def test_as_values() -> None:
    bill = draft(ledger=Ledger(arrears=(Arrears("B-0", Money(50_000), 0),)))
    told = json.loads(canonical_bytes(bill.to_dict()))
    assert told == bill.to_dict()
    assert (told["current_paise"], told["total_paise"], told["units"]) == (102_460, 152_460, "201")
    assert told["tariff"] == {"name": "jbvnl", "sha256": JBVNL_NO_DUTY.digest}
    assert told["ledger"]["arrears"] == [{"bill": "B-0", "amount": 50_000, "overdue_days": 0}]
    assert told["consumption"]["advances"][0]["closing"]["value"] == "1201"
    assert told["lines"][0] == {
        "code": "energy",
        "formula": "201 units x Rs 6.65",
        "amount_paise": 133_665,
        "from": "2024-08-01",
        "to": "2024-08-31",
    }


def test_made_again_it_is_the_same_to_the_byte() -> None:
    assert canonical_bytes(draft().to_dict()) == canonical_bytes(draft().to_dict())


def test_no_rebate_is_offered_on_nothing() -> None:
    assert draft("100").rebates == ()


def test_estimate_needs_the_load_only_where_a_charge_depends_on_it() -> None:
    home = Customer("domestic", Area.URBAN)
    bill = estimate(home, Decimal(201), JBVNL_NO_DUTY, MONTH)
    assert bill.total == Money(102_460)
    assert bill.consumption.provisional
    shop = Customer("commercial", Area.URBAN)
    with pytest.raises(BillError, match="expected the sanctioned load in kW for commercial, urban, got none"):
        estimate(shop, Decimal(620), WITH_OPERATOR, MONTH)
    with_load = replace(shop, supply=Supply(Decimal(5)))
    assert estimate(with_load, Decimal(620), WITH_OPERATOR, MONTH).total == Money(510_084)


def test_a_subsidy_by_the_unit_is_at_most_the_charges() -> None:
    tables = (
        "[[energy]]\nslabs = [{ from = 0, rate = 1 }]",
        "[[meter_rent]]\nrate = 10",
        "[[duty]]\nkind = 'percent_net'\nrate = 6",
        "[[subsidy]]\nbands = [{ up_to = 400, relief = 'per_unit', rate = 2.05 }]",
    )
    common = "category = ['domestic']\nsource = 's'\nconfidence = 'order'"
    top = "schema = 1\nname = 'cheap'\ncategory.domestic = { requires = [] }"
    cheap = parse_tariff(TariffText("cheap.toml", "\n".join([top, *(f"{table}\n{common}" for table in tables)])))
    bill = make_bill(connection(), consumed("50"), cheap, MONTH)
    assert [(line.code.value, line.formula, str(line.amount)) for line in bill.lines] == [
        ("energy", "50 units x Rs 1.00", "50.00"),
        ("meter_rent", "Rs 10.00 x 1 month", "10.00"),
        ("subsidy", "50 units x Rs 2.05, at most Rs 50.00", "-50.00"),
    ]
