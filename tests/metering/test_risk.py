"""Rupees at risk: the cliffs of the subsidy, and the probability that no candidate holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterocr.metering.risk import Risk, bill_risk, exact
from meterocr.readout import Candidate
from tests.metering.conftest import subsidised

OTHERWISE = Decimal(100), Decimal(300)  # bills of Rs 0 and Rs 1480


def units_of(text: str) -> tuple[Decimal, ...]:
    """Impossible from 1000; one ``?`` at the end may be any digit."""
    texts = [text.replace("?", digit) for digit in "0123456789"] if text.endswith("?") else [text]
    return tuple(Decimal(t) for t in texts if t.isdecimal() and int(t) < 1000)


def risk(*candidates: tuple[str, float], text: str = "") -> Risk:
    held = [Candidate(*candidate) for candidate in candidates]
    return bill_risk(text or candidates[0][0], held, units_of, subsidised, otherwise=OTHERWISE)


@pytest.mark.parametrize(
    ("units", "paise"), [(0, 0), (200, 0), (201, 102_460), (400, 194_000), (401, 276_665)]
)  # the golden bills of the issue, so that the other tests stand on them
def test_the_price_has_the_cliffs(units: int, paise: int) -> None:
    assert subsidised(Decimal(units)) == paise


@pytest.mark.parametrize(
    ("candidates", "at_risk"),
    [
        ([("150", 1.0)], 0),
        ([("150", 0.5), ("180", 0.5)], 0),  # both bills are Rs 0: however doubtful, nothing is at stake
        ([("200", 0.97), ("201", 0.03)], 3_074),  # 0.03 x 102460 = 3073.8, rounded up
        ([("201", 0.97), ("200", 0.03)], 3_074),
        ([("400", 0.99), ("401", 0.01)], 827),  # 0.01 x 82665
        ([("250", 0.99), ("251", 0.01)], 5),  # 0.01 x 460 = 4.6
        ([("200", 0.97), ("201", 0.02), ("250", 0.01)], 3_300),  # 2049.2 + 1250
        ([("150", 0.99)], 740),  # 0.01 that nobody holds x half of Rs 1480
        ([("250", 0.99)], 740),  # 0.01 x half of Rs 1250 + Rs 230
        ([("250", 0.98), ("2?0", 0.01), ("9999", 0.01)], 1_480),  # what makes no consumption is held by nobody
        ([("255", 0.9), ("25?", 0.1)], 115),  # a last digit that cannot be told is 2.5 units off on average
        ([("200", 0.9), ("20?", 0.1)], 9_387),  # and 9 times in 10 beyond the cliff: 0.1 x 0.9 x Rs 1043
    ],
)
def test_expected_error_of_the_bill(candidates: list[tuple[str, float]], at_risk: int) -> None:
    assert risk(*candidates).at_risk_paise == at_risk


def test_without_a_possible_consumption_all_is_at_stake() -> None:
    found = risk(("9999", 0.6), ("250", 0.4))
    assert ([o.text for o in found.outcomes], found.unheld, found.at_risk_paise) == ([""], 1, 148_000)


def test_the_numbers_can_be_followed() -> None:
    told = risk(("200", 0.96), ("201", 0.03)).to_dict()
    assert told == {
        "outcomes": [
            {"text": "200", "probability": "0.96", "units": ["200"], "error_paise": 0},
            {"text": "201", "probability": "0.03", "units": ["201"], "error_paise": 102_460},
            {"text": "", "probability": "0.01", "units": ["100", "300"], "error_paise": 74_000},
        ],
        "at_risk_paise": 3_814,
    }


PARTS = st.lists(st.integers(0, 1000), min_size=4, max_size=4).filter(any)


@settings(deadline=None)
@given(PARTS, st.lists(st.integers(0, 999), min_size=3, max_size=3, unique=True))
def test_probability_is_all_accounted_for(parts: list[int], units: list[int]) -> None:
    shares = [part / sum(parts) for part in parts]
    found = risk(*((str(u), p) for u, p in zip(units, shares, strict=False)))
    assert found.unheld >= 0
    assert abs(sum(outcome.probability for outcome in found.outcomes) - 1) < Decimal("1e-9")
    assert 0 <= found.at_risk_paise <= max(outcome.error_paise for outcome in found.outcomes) + 1


@settings(deadline=None)
@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 900), st.integers(1, 100))
def test_better_support_never_raises_what_is_at_stake(best: int, other: int, held: int, more: int) -> None:
    rest = (str(other), 0.0 if other == best else (1000 - held - more) / 2000)
    weaker = risk((str(best), held / 1000), rest)
    stronger = risk((str(best), (held + more) / 1000), rest)
    assert stronger.at_risk_paise <= weaker.at_risk_paise


def test_a_probability_becomes_exactly_what_is_written() -> None:
    assert exact(0.1) == Decimal("0.1")
    assert exact(1) == 1
