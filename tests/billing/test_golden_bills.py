"""Bills that were worked out by hand, with the arithmetic beside them: tests/golden/bills/*.toml."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterocr.billing.bill import Bill, make_bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Arrears, Credit, Ledger, Replaced
from meterocr.billing.money import rupees
from meterocr.billing.period import Period
from meterocr.billing.tariff import Table
from meterocr.billing.tariff_file import load_tariff
from meterocr.metering.consumption import Advance, Consumption
from meterocr.metering.reading import Source
from meterocr.readout import Quantity
from tests.billing.conftest import GOLDEN, connection, consumed, reading

BILLS = sorted((GOLDEN / "bills").glob("*.toml"))


def ledger(given: dict[str, Any]) -> Ledger:
    return Ledger(
        tuple(Arrears(a["bill"], rupees(a["amount"]), a["overdue_days"]) for a in given.get("arrears", [])),
        tuple(Credit(c["reason"], rupees(c["amount"])) for c in given.get("credits", [])),
        tuple(
            Adjustment(AdjustmentKind(a["kind"]), a["bill"], rupees(a["amount"]), a["reason"])
            for a in given.get("adjustments", [])
        ),
        tuple(Replaced(r["bill"], Period(r["from"], r["to"]), rupees(r["current"])) for r in given.get("replaces", [])),
        rupees(given.get("surcharge", "0.00")),
    )


def consumption(given: dict[str, Any], period: Period) -> Consumption:
    if "advance" not in given:
        source = Source.PROVISIONAL if given.get("provisional") else Source.PHOTO
        return consumed(Decimal(str(given["units"])), period, source)
    advances = tuple(
        Advance(
            reading(Decimal(a["opening"]), period.start, serial=a["meter"]),
            reading(Decimal(a["closing"]), period.end, serial=a["meter"]),
            Decimal(a["units"]),
            rolled_over=a.get("rolled_over", False),
        )
        for a in given["advance"]
    )
    return replace(consumed("0", period), quantity=Quantity(given.get("quantity", "kwh")), advances=advances)


def made(given: dict[str, Any]) -> Bill:
    tariff = load_tariff(overrides=[GOLDEN / given["override"]] if "override" in given else [])
    if given.get("without_duty"):
        tariff = tariff.without(Table.DUTY)
    period = Period(given["from"], given["to"])
    whose = connection(given["category"], given["area"], str(given["load_kw"]))
    return make_bill(whose, consumption(given, period), tariff, period, ledger(given))


@pytest.mark.parametrize("path", BILLS, ids=lambda path: path.stem)
def test_bill(path: Path) -> None:
    given = tomllib.loads(path.read_text(), parse_float=Decimal)
    bill = made(given)
    told = [(line.code.value, line.formula, line.amount) for line in bill.lines]
    assert told == [(line["code"], line["formula"], rupees(line["amount"])) for line in given["line"]]
    assert bill.total == rupees(given["total"])
    if "rebate" in given:
        offered = [(rebate.code.value, rebate.amount) for rebate in bill.rebates]
        assert offered == [(r["code"], rupees(r["amount"])) for r in given["rebate"]]
    assert bill.consumption.provisional == given.get("provisional", False)


def test_there_are_enough() -> None:
    assert len(BILLS) >= 29  # the four of the issue and 25 more
    categories = {tomllib.loads(path.read_text())["category"] for path in BILLS}
    assert categories == {"domestic", "commercial", "irrigation", "lt_industrial", "ht_industrial"}
