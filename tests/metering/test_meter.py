"""Meters and their registers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from meterocr.errors import MeteringError
from meterocr.metering.meter import Meter, Register, Supply, find_register
from meterocr.readout import Quantity
from tests.metering.conftest import METER

KWH, KVAH = Register(Quantity.KWH, 6, 1), Register(Quantity.KVAH, 6)


@pytest.mark.parametrize(
    "fields",
    [(0,), (13,), (5, -1), (5, 5), (5, 0, Decimal(0)), (5, 0, Decimal(-1)), (5, 0, 1.5)],
)
def test_what_is_no_register_is_refused(fields: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Register(Quantity.KWH, *fields)


@pytest.mark.parametrize(("digits", "capacity"), [(1, 10), (6, 1_000_000), (12, 10**12)])
def test_capacity(digits: int, capacity: int) -> None:
    assert Register(Quantity.KWH, digits).capacity == capacity


@pytest.mark.parametrize(("serial_number", "registers"), [(" ", (KWH,)), ("X", ()), ("X", (KWH, KWH))])
def test_what_is_no_meter_is_refused(serial_number: str, registers: tuple[Register, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Meter(serial_number, registers)


def test_registers_are_found_by_quantity() -> None:
    meters = (METER, Meter("X", (KWH, KVAH)))
    assert find_register(meters, "X", Quantity.KVAH) is KVAH
    with pytest.raises(MeteringError, match="register for kvah, meter JH004711 has none"):
        find_register(meters, METER.serial_number, Quantity.KVAH)
    with pytest.raises(MeteringError, match=r"one of the meters \['JH004711', 'X'\], got one of 'Y'"):
        find_register(meters, "Y", Quantity.KWH)


@pytest.mark.parametrize("load", [Decimal(0), Decimal(-1), 2])
def test_a_supply_has_a_load(load: Any) -> None:
    with pytest.raises(ValueError, match="above 0 kW"):
        Supply(load)
