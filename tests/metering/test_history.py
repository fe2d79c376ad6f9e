"""What the history lets one expect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from meterocr.errors import MeteringError
from meterocr.metering.history import Expectation, History, days_between, expect
from meterocr.metering.meter import Meter, Register
from meterocr.metering.policy import DEFAULT_POLICY, Band, Policy
from meterocr.metering.reading import Source
from meterocr.readout import Quantity
from tests.metering.conftest import METER, MONTH, START, SUPPLY, history, quarantined, reading, steady

OLD = Meter("JH000001", (Register(Quantity.KWH, 4, 0, Decimal(2)),))


def expected(past: History, month: float = 7, since: float = 6, **changes: Any) -> Expectation:
    return expect(past, SUPPLY, START + MONTH * since, START + MONTH * month, policy=Policy(**changes))


def test_a_steady_connection() -> None:
    found = expected(steady())
    assert (found.days, found.advances, found.typical) == (30, 6, 150)
    assert (found.low, found.high) == (0, 480)  # 150 x 0.2 - 30, 150 x 3 + 30
    assert found.limit == 3 * 24 * 30 * Decimal("1.5")
    assert [found.usual(Decimal(units)) for units in (0, 480, 481)] == [True, True, False]


def test_the_range_grows_with_the_days() -> None:
    found = expected(steady(), month=9)
    assert (found.days, found.typical, found.low, found.high) == (90, 450, 60, 1380)


def test_without_history_there_is_only_the_load() -> None:
    found = expected(history(reading(0, 6, Source.INSTALLED)))
    assert (found.advances, found.low, found.typical) == (0, 0, 0)
    assert found.high == 3 * 24 * 30 * Decimal("0.3") + 30


def test_one_wrong_month_changes_little() -> None:
    values = [0, 150, 300, 2_300, 2_450, 2_600, 2_750]
    assert expected(history(*(reading(value, month) for month, value in enumerate(values)))).typical == 150


@pytest.mark.parametrize(
    "more", [reading(20_000, 5.9, Source.PROVISIONAL), quarantined(20_000, 5.9)], ids=["provisional", "quarantined"]
)
def test_what_is_not_trusted_says_nothing(more: Any) -> None:
    past = steady()
    with_more = history(*past.readings[:6], more, past.readings[6])
    assert expected(with_more) == expected(past)


def test_readings_of_the_same_week_make_no_advance_of_their_own() -> None:
    often = [reading(int(month * 150), month) for month in (0, 1, 1.1, 1.2, 2, 2.1, 3)]
    assert expected(history(*often), 4, 3).advances == 3


def test_only_what_was_known_by_then_counts() -> None:
    assert expected(steady(), 3, 2).advances == 2


def test_the_meter_before_counts_with_its_own_register() -> None:
    before = [reading(value, month, serial_number=OLD.serial_number) for month, value in enumerate((9_900, 9_990, 80))]
    past = history(*before, reading(0, 2, Source.INSTALLED), meters=(OLD, METER))
    assert expected(past, 3, 2).typical == 180


def test_the_season_of_the_year_before_widens_the_range() -> None:
    readings, value = [], 0
    for month in range(14):
        readings.append(reading(value, month))
        value += 400 if month in (1, 2) else 100
    usual = expected(history(*readings), 14, 13)  # a year earlier: within months 1 and 2
    assert (usual.typical, usual.high) == (100, 400 * 3 + 30)
    assert expected(history(*readings), 16, 15).high == 330


def test_the_usual_range_never_exceeds_physics() -> None:
    found = expected(steady(units=2_000))
    assert found.high == found.limit == 3240


def test_days_have_parts() -> None:
    assert days_between(START, START + MONTH / 60) == Decimal("0.5")


@pytest.mark.parametrize(
    ("readings", "meters", "message"),
    [
        ((), (), "at least the meter"),
        ((reading(1, 1), reading(2, 0)), (METER,), "oldest first"),
        ((reading(1), reading(2, 1, quantity=Quantity.KVAH)), (METER,), "one quantity"),
    ],
)
def test_what_is_no_history_is_refused(readings: Any, meters: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        History(readings, meters)


def test_a_meter_that_nobody_knows_is_refused() -> None:
    with pytest.raises(MeteringError, match="one of 'X'"):
        history().register("X", Quantity.KWH)


@pytest.mark.parametrize(("typical", "high"), [(0, 5), (49, 5), (50, 3), (200, "2.5"), (500, 2), (10**9, 2)])
def test_classes_of_consumption(typical: int, high: str | int) -> None:
    assert DEFAULT_POLICY.band(Decimal(typical)).high == Decimal(high)


ENDLESS = Band(Decimal("Infinity"), Decimal(0), Decimal(2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bands": ()}, "rising order"),
        ({"bands": (ENDLESS, ENDLESS)}, "rising order"),
        ({"bands": (Band(Decimal(50), Decimal(0), Decimal(2)),)}, "below Infinity"),
        ({"sure_from": Decimal("1.1")}, "sure_from from 0 to 1"),
        ({"same_photo_bits": 64}, "same_photo_bits"),
        ({"max_risk_paise": -1}, "max_risk_paise of at least 0"),
        ({"recent_advances": 0}, "recent_advances of at least 1"),
        ({"overload": Decimal("0.5")}, "overload of at least 1"),
    ],
)
def test_a_policy_without_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Policy(**changes)


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (1, 2), (0, 1)])
def test_a_band_is_around_what_is_typical(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="0 <= low < 1 < high"):
        Band(Decimal(50), Decimal(low), Decimal(high))
