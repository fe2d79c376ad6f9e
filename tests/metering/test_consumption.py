"""From readings to what was consumed: rollover, exchange, factor, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterocr.errors import MeteringError
from meterocr.metering.consumption import Consumption, advance, consumption
from meterocr.metering.meter import Meter, Register
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from tests.metering.conftest import METER, reading

KWH = METER.registers[0]
NEW = Meter("JH900001", (Register(Quantity.KWH, 6, 1, Decimal(20)), Register(Quantity.KW, 2, 2)))


def of_new(value: str, month: float, source: Source = Source.PHOTO) -> Reading:
    return reading(value, month, source, serial_number=NEW.serial_number)


@pytest.mark.parametrize(
    ("register", "opening", "closing", "units", "rolled_over"),
    [
        (KWH, "100", "350", "250", False),
        (KWH, "100", "100", "0", False),
        (KWH, "99990", "15", "25", True),
        (Register(Quantity.KWH, 1), "9", "0", "1", True),
        (Register(Quantity.KWH, 12), "999999999999", "0", "1", True),
        (Register(Quantity.KWH, 5, 2), "99999.50", "0.25", "0.75", True),
        (Register(Quantity.KWH, 5, 1, Decimal("0.1")), "10.5", "20.7", "1.02", False),
        (Register(Quantity.KWH, 4, 0, Decimal(40)), "9999", "1", "80", True),
    ],
)
def test_advance(register: Register, opening: str, closing: str, units: str, rolled_over: bool) -> None:
    found = advance(register, reading(opening), reading(closing, 1))
    assert (found.units, found.rolled_over) == (Decimal(units), rolled_over)


@settings(deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(0, 4), st.integers(1, 4000))
def test_a_counter_that_goes_on_is_measured_at_any_number_of_digits(
    data: st.DataObject, digits: int, decimals: int, factor: int
) -> None:
    register = Register(Quantity.KWH, digits, decimals, Decimal(factor) / 10)
    steps = st.integers(0, 10 ** (digits + decimals) - 1)
    start, gone = (Decimal(data.draw(steps)).scaleb(-decimals) for _ in range(2))
    found = advance(register, reading(0, value=start), reading(0, 1, value=(start + gone) % register.capacity))
    assert found.units == gone * register.multiplying_factor >= 0
    assert found.rolled_over is (start + gone >= register.capacity)


@pytest.mark.parametrize(
    ("register", "opening", "closing", "message"),
    [
        (KWH, reading(1), of_new("2", 1), "two readings of one meter, got 1 kWh of meter JH004711"),
        (KWH, reading(1), reading(2, 1, quantity=Quantity.KVAH), "a reading in kWh, got 2 kVAh"),
        (KWH, reading(1, 1), reading(2, 0), "order of time"),
        (KWH, reading(1), reading(2), "order of time"),
        (KWH, reading(1), reading("100000", 1), "below 100000, got 100000"),
        (KWH, reading(300, 0, Source.PROVISIONAL), reading(200, 1), "no rollover with a provisional reading"),
        (Register(Quantity.KW, 2), reading(1), reading(2, 1), "counts energy"),
    ],
    ids=["meters", "quantities", "reversed", "same time", "too large", "below provisional", "demand"],
)
def test_what_does_not_belong_together_is_refused(
    register: Register, opening: Reading, closing: Reading, message: str
) -> None:
    with pytest.raises(MeteringError, match=message):
        advance(register, opening, closing)


def test_a_period_over_one_meter() -> None:
    found = consumption([reading(100), reading(180, 1), reading(300, 2)], [METER])
    assert (found.units, len(found.advances), found.provisional) == (Decimal(200), 2, False)
    assert (found.quantity, found.start, found.end) == (Quantity.KWH, date(2024, 1, 1), date(2024, 3, 1))


def test_an_exchange_adds_what_both_meters_counted_each_with_its_factor() -> None:
    found = consumption(
        [
            reading(99_900),
            reading(50, 0.5, Source.REMOVED),
            of_new("3.0", 0.501, Source.INSTALLED),
            of_new("5.5", 1),
        ],
        [METER, NEW],
    )
    assert [a.units for a in found.advances] == [Decimal(150), Decimal("50.0")]
    assert [a.rolled_over for a in found.advances] == [True, False]


def test_several_exchanges_and_a_meter_that_comes_back() -> None:
    found = consumption(
        [
            reading(10),
            reading(20, 0.2, Source.REMOVED),
            of_new("0", 0.2, Source.INSTALLED),
            of_new("1", 0.4, Source.REMOVED),
            reading(0, 0.4, Source.INSTALLED),
            reading(7, 1),
        ],
        [METER, NEW],
    )
    assert found.units == 10 + 20 + 7


@settings(deadline=None)
@given(st.lists(st.integers(0, 99_999), min_size=2, max_size=12))
def test_periods_that_follow_each_other_add_up(values: list[int]) -> None:
    readings = [reading(value, month) for month, value in enumerate(values)]
    whole = consumption(readings, [METER])
    parts = [consumption(readings[i : i + 2], [METER]) for i in range(len(readings) - 1)]
    assert whole.units == sum(part.units for part in parts)
    assert all(a.end == b.start for a, b in pairwise(parts))
    assert all(a.units >= 0 for a in whole.advances)


def test_days_are_those_of_india() -> None:
    late = datetime(2024, 8, 31, 20, tzinfo=UTC)  # 1 September there
    found = consumption([reading(0), reading(5, at=late)], [METER])
    assert found.end == date(2024, 9, 1)
    assert consumption([reading(0), reading(5, at=late)], [METER], zone=UTC).end == date(2024, 8, 31)


REMOVED, INSTALLED = reading(200, 0.5, Source.REMOVED), of_new("0", 0.5, Source.INSTALLED)


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        ([], "at least two readings, got 0"),
        ([reading(100)], "at least two readings, got 1"),
        ([reading(100), reading(101, 0.01)], "at least a day"),
        ([reading(100), of_new("5", 1)], "one meter"),
        ([reading(100), INSTALLED, of_new("5", 1)], "a gap"),
        ([reading(100), REMOVED, of_new("5", 1)], "a gap"),
        ([reading(100), REMOVED, of_new("0", 0.6, Source.INSTALLED)], "on the day on which the old one was removed"),
        ([reading(100), REMOVED, of_new("0", 0.49, Source.INSTALLED), of_new("5", 1)], "order of time"),
        ([reading(100), reading(200, 1, serial_number="X"), reading(1, 2, serial_number="X")], "one meter"),
        ([reading(1, serial_number="X"), reading(2, 1, serial_number="X")], r"one of the meters \['JH004711'"),
        ([reading(1, quantity=Quantity.KVAH), reading(2, 1, quantity=Quantity.KVAH)], "register for kvah"),
        (
            [reading(100), REMOVED, reading(0, 0.5, Source.INSTALLED, quantity=Quantity.KVAH), reading(9, 1)],
            "one quantity",
        ),
    ],
)
def test_gaps_and_strangers_are_refused(readings: list[Reading], message: str) -> None:
    with pytest.raises(MeteringError, match=message):
        consumption(readings, [METER, NEW])


def test_provisional_is_what_has_an_end_that_nobody_saw() -> None:
    computed = reading(200, 1, Source.PROVISIONAL)
    assert consumption([reading(100), computed], [METER]).provisional
    assert not Consumption(Quantity.KWH, date(2024, 1, 1), date(2024, 1, 2), ()).provisional


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": Decimal(-1)}, "at least 0"),
        ({"value": 1.5}, "as Decimal"),
        ({"value": Decimal("NaN")}, "at least 0"),
        ({"at": datetime(2024, 1, 1)}, "timezone"),  # noqa: DTZ001 - that is what is refused
    ],
)
def test_a_reading_is_a_number_at_a_time(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reading(1, **changes)


@pytest.mark.parametrize(
    ("source", "visited", "on_site"),
    [
        (Source.PHOTO, False, False),
        (Source.PHOTO, True, True),
        (Source.REVIEWER, False, False),
        (Source.METER_READER, False, True),
        (Source.PROVISIONAL, False, False),
    ],
)
def test_who_stood_at_the_meter(source: Source, visited: bool, on_site: bool) -> None:
    one = reading(1, 0, source, visited=visited)
    assert (one.on_site, one.trusted) == (on_site, source is not Source.PROVISIONAL)


def test_exchange_within_the_day_may_take_hours() -> None:
    later = reading(0, serial_number=NEW.serial_number, source=Source.INSTALLED, at=REMOVED.at + timedelta(hours=5))
    assert consumption([reading(100), REMOVED, later, of_new("1", 1)], [METER, NEW]).units == 100 + 20
