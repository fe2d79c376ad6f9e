"""Whole paise, one rounding, Indian grouping."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.billing.money import NOTHING, ROUNDING, Money, rounded, rupees, total

PAISE = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (99_999, "999.99"),
        (100_000, "1,000.00"),
        (102_460, "1,024.60"),
        (10_246_000, "1,02,460.00"),
        (-10_246_000, "-1,02,460.00"),
        (100_000_000, "10,00,000.00"),
        (123_456_789_012, "1,23,45,67,890.12"),
    ],
)
def test_text(paise: int, text: str) -> None:
    assert str(Money(paise)) == text
    assert rupees(text) == Money(paise)


@given(PAISE)
def test_text_and_back(paise: int) -> None:
    assert rupees(str(Money(paise))) == Money(paise)
    assert rupees(str(Money(paise)).replace(",", "")) == Money(paise)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1.5",
        "1.234",
        ".50",
        "1.",
        "1,0246",
        "102,460.00",
        "1,02,46.00",
        ",100",
        "1 000",
        "Rs 5",
        "1e3",
        "\N{ARABIC-INDIC DIGIT FIVE}",
        "+5",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="expected rupees such as"):
        rupees(text)


@pytest.mark.parametrize("paise", [1.0, "1", Decimal(1), True, None])
def test_only_whole_paise(paise: object) -> None:
    with pytest.raises(TypeError, match="expected whole paise as int, got"):
        Money(paise)  # type: ignore[arg-type]


def test_only_with_its_kind() -> None:
    one = Money(100)
    for wrong in (1, 1.0, Decimal(1)):
        with pytest.raises(TypeError):
            one + wrong  # type: ignore[operator]
        with pytest.raises(TypeError):
            one - wrong  # type: ignore[operator]
        with pytest.raises(TypeError):
            one < wrong  # type: ignore[operator] # noqa: B015
    for wrong in (1.0, Decimal(1), one, True):
        with pytest.raises(TypeError):
            one * wrong  # type: ignore[operator]


@given(PAISE, PAISE, st.integers(-1000, 1000))
def test_arithmetic(a: int, b: int, times: int) -> None:
    assert Money(a) + Money(b) - Money(b) == Money(a)
    assert Money(a) * times == times * Money(a) == Money(a * times)
    assert -Money(a) == NOTHING - Money(a)
    assert (Money(a) < Money(b)) == (a < b)
    assert total([Money(a), Money(b)]) == Money(a + b)
    assert bool(Money(a)) == bool(a)


@pytest.mark.parametrize(("numerator", "paise"), [(1, 0), (2, 1), (3, 1), (5, 1), (6, 2), (-1, 0), (-2, -1), (-6, -2)])
def test_half_goes_up(numerator: int, paise: int) -> None:
    assert rounded(numerator, 4) == Money(paise)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_the_named_one(numerator: int, denominator: int) -> None:
    doubled = Fraction(2 * numerator, denominator)
    expected = Decimal(numerator) / Decimal(denominator)
    if doubled.denominator == 1:  # exactly a half, or whole
        assert ROUNDING == ROUND_HALF_UP
        assert rounded(numerator, denominator) == Money(int(expected.quantize(Decimal(1), ROUNDING)))
    else:
        assert abs(Fraction(rounded(numerator, denominator).paise) - Fraction(numerator, denominator)) < Fraction(1, 2)
