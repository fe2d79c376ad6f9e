"""Sheets refuse what must not be printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from meterocr.billing.bill import Bill, issue, make_bill, pay, reverse
from meterocr.errors import BillError
from meterocr.workflow.sheet import MonthUnits, Payee, Sheet, Utility
from tests.billing.conftest import JBVNL_NO_DUTY, MONTH, connection, consumed

DAY = date(2024, 9, 2)


def draft() -> Bill:
    return make_bill(connection(), consumed("201"), JBVNL_NO_DUTY, MONTH)


ISSUED = issue(draft(), number="B-1", on=DAY)
SHEET = Sheet(ISSUED, Utility("U", "यू", "A", "1912"), date(2024, 9, 17), "ab" * 32)
AUGUST = MonthUnits(date(2024, 8, 1), Decimal(201))


def test_issued_and_paid_bills_are_printed() -> None:
    assert SHEET.issued == DAY
    assert replace(SHEET, bill=pay(ISSUED, reference="T", on=date(2024, 9, 9))).issued == DAY


@pytest.mark.parametrize(
    ("bill", "message"),
    [
        (draft(), "expected an issued bill to print, got one that is draft"),
        (reverse(ISSUED, reason="wrong meter", on=DAY), "expected an issued bill to print, got B-1 that is reversed"),
    ],
)
def test_refused_bills(bill: Bill, message: str) -> None:
    with pytest.raises(BillError, match=message):
        replace(SHEET, bill=bill)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"due": date(2024, 9, 1)}, "expected a due date not before 2024-09-02, got 2024-09-01"),
        ({"chain_head": "AB" * 32}, "expected 64 hex digits"),
        ({"chain_head": ""}, "expected 64 hex digits"),
        ({"strip": b"GIF89a"}, "expected a PNG or JPEG, got bytes that start with b'GIF89a'"),
        ({"months": (AUGUST, AUGUST)}, "expected at most 12 months, oldest first"),
        (
            {"months": tuple(replace(AUGUST, month=date(2010 + i, 1, 1)) for i in range(13))},
            "expected at most 12 months",
        ),
    ],
)
def test_refused_sheets(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SHEET, **changes)


@pytest.mark.parametrize("upi_id", ["", "jbvnl", "@sbi", "a@", "jbvnl@sbi&am=1", "jb vnl@sbi", "jbvnl@1"])
def test_refused_upi_addresses(upi_id: str) -> None:
    with pytest.raises(ValueError, match="expected a UPI address"):
        Payee(upi_id, "JBVNL")


def test_refused_names_and_units() -> None:
    with pytest.raises(ValueError, match="expected a payee's name"):
        Payee("jbvnl@sbi", " ")
    for units in ("-1", "nan"):
        with pytest.raises(ValueError, match="expected at least 0 units"):
            MonthUnits(DAY, Decimal(units))
