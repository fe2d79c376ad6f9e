"""Exact tails and bounds against published values, and against what they must be by definition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterocr import chance


@pytest.mark.parametrize(
    ("wrong", "total", "expected"),
    [
        (0, 250, 0.011911),
        (0, 3000, 0.000998),
        (3, 100, 0.075711),
        (0, 1, 0.95),  # 1 - 0.05^(1/n)
        (1, 10, 0.394163),  # quantile 0.95 of the beta distribution with 2 and 9
        (10, 20, 0.698046),  # and with 11 and 10
        (0, 0, 1.0),  # nothing is known
        (7, 7, 1.0),
    ],
)
def test_upper_bound(wrong: int, total: int, expected: float) -> None:
    assert chance.upper_bound(wrong, total) == pytest.approx(expected, abs=1e-6)


def test_upper_bound_at_another_level() -> None:
    assert chance.upper_bound(0, 100, level=0.99) == pytest.approx(1 - 0.01**0.01)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 400))
def test_at_the_bound_so_few_errors_have_the_chance_that_is_left(wrong: int, right: int) -> None:
    bound = chance.upper_bound(wrong, wrong + right)
    if right:
        assert chance.at_most(wrong, wrong + right, bound) == pytest.approx(1 - chance.LEVEL, abs=1e-6)
        assert bound > wrong / (wrong + right)
        assert bound >= chance.upper_bound(wrong, wrong + right + 1)  # one more without an error makes it tighter


@pytest.mark.parametrize(
    ("successes", "trials", "probability", "expected"),
    [
        (0, 3, 0.5, 0.125),
        (1, 3, 0.5, 0.5),
        (3, 3, 0.5, 1.0),
        (2, 10, 0.1, 0.929809),
        (5, 10, 0.0, 1.0),
        (5, 10, 1.0, 0.0),
        (10, 10, 1.0, 1.0),
        (0, 0, 0.3, 1.0),
        (10_000, 20_000, 0.5, 0.502821),  # where factorials would overflow
    ],
)
def test_at_most(successes: int, trials: int, probability: float, expected: float) -> None:
    assert chance.at_most(successes, trials, probability) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("successes", "trials", "probability", "expected"),
    [(0, 9, 0.3, 1.0), (1, 100, 0.02, 1 - 0.98**100), (3, 3, 0.5, 0.125), (1, 5, 0.0, 0.0)],
)
def test_at_least(successes: int, trials: int, probability: float, expected: float) -> None:
    assert chance.at_least(successes, trials, probability) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("risk", "expected"), [(0.1, 29), (0.05, 59), (0.03, 99), (0.02, 149), (0.012, 249), (0.01, 299), (0.001, 2995)]
)
def test_error_free(risk: float, expected: int) -> None:
    assert chance.error_free(risk) == expected
    assert chance.upper_bound(0, expected) <= risk < chance.upper_bound(0, expected - 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((3, 4), (1, 4), 34 / 70),  # Fisher's lady tasting tea, in both directions
        ((1, 10), (11, 14), 0.002759456),
        ((0, 20), (0, 900), 1.0),
        ((0, 0), (3, 5), 1.0),
        ((140, 162), (83_000, 100_000), 0.294612),
    ],
)
def test_same_share(first: tuple[int, int], second: tuple[int, int], expected: float) -> None:
    assert chance.same_share(first, second) == pytest.approx(expected, abs=1e-6)
    assert chance.same_share(second, first) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chance.upper_bound(3, 2), "expected a count from 0 to 2, got 3"),
        (lambda: chance.at_most(-1, 2, 0.5), "expected a count from 0 to 2, got -1"),
        (lambda: chance.at_most(1, 2, 1.5), "expected a probability between 0 and 1, got 1.5"),
        (lambda: chance.at_most(1, 2, math.nan), "expected a probability between 0 and 1, got nan"),
        (lambda: chance.error_free(0.0), "expected a risk between 0 and 1, got 0.0"),
        (lambda: chance.error_free(1.0), "expected a risk between 0 and 1, got 1.0"),
        (lambda: chance.same_share((2, 1), (1, 1)), "expected a count from 0 to 1, got 2"),
        (lambda: chance.same_share((1, 1), (2, 1)), "expected a count from 0 to 1, got 2"),
    ],
)
def test_refuses(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
