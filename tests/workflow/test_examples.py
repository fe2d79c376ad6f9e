"""A value as it stands on the display."""

from __future__ import annotations

from decimal import Decimal

import pytest

from meterocr.metering.meter import Register
from meterocr.readout import Quantity
from meterocr.workflow.examples import as_shown


@pytest.mark.parametrize(
    ("value", "read", "decimals", "shown"),
    [
        ("482.1", "00482.1", 1, "00482.1"),
        ("482", "00481", 0, "00482"),
        ("482", "0048?.1", 1, "00482.0"),
        ("482.15", "00482.1", 2, "000482.15"),  # more decimals than were read: as the register has it
        ("123456", "23456", 0, "123456"),  # no room in what was read
        ("7", "", 0, "000007"),
        ("0", "0", 0, "0"),
        ("12345678", "1", 0, "12345678"),  # room nowhere
    ],
)
def test_as_shown(value: str, read: str, decimals: int, shown: str) -> None:
    register = Register(Quantity.KWH, 6, decimals)
    assert as_shown(Decimal(value), read, register) == shown
    assert Decimal(shown) == Decimal(value)
