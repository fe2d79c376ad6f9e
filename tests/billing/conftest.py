"""Connections, consumptions and tariffs for the tests of billing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from meterocr.billing.account import Area, Consumer, ServiceConnection
from meterocr.billing.period import Period
from meterocr.billing.tariff import Table
from meterocr.billing.tariff_file import load_tariff
from meterocr.metering.consumption import Advance, Consumption
from meterocr.metering.meter import Meter, Register, Supply
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity

GOLDEN = Path(__file__).parents[1] / "golden"
OPERATOR = GOLDEN / "operator.toml"
MONTH = Period(date(2024, 8, 1), date(2024, 8, 31))

JBVNL = load_tariff()
JBVNL_NO_DUTY = JBVNL.without(Table.DUTY)
WITH_OPERATOR = load_tariff(overrides=[OPERATOR])


def connection(category: str = "domestic", area: str = "urban", load_kw: str = "2") -> ServiceConnection:
    meter = Meter("M-1", (Register(Quantity.KWH, 6),))
    return ServiceConnection("C-1", category, Area(area), Supply(Decimal(load_kw)), meter, Consumer("A", "Dhanbad"))


def reading(value: Decimal, day: date, source: Source = Source.PHOTO, serial: str = "M-1") -> Reading:
    return Reading(serial, Quantity.KWH, value, datetime.combine(day, time(9), tzinfo=UTC), source)


def consumed(units: str | Decimal, period: Period = MONTH, source: Source = Source.PHOTO) -> Consumption:
    units = Decimal(units)
    advance = Advance(reading(Decimal(1000), period.start), reading(1000 + units, period.end, source), units)
    return Consumption(Quantity.KWH, period.start, period.end, (advance,))
