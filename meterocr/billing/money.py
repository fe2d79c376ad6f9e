"""Rupees and paise, exactly: integer paise, one place where anything is rounded, Indian digit grouping."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP

ROUNDING = ROUND_HALF_UP  # exactly half a paisa goes away from zero; rounded() is the one place that rounds money

_AMOUNT = re.compile(r"(-?)([0-9]+|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3})(?:\.([0-9]{2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of whole paise; negative is a credit. Adds, subtracts, negates, and multiplies by whole numbers.

    Raises:
        TypeError: not made from a whole number, or mixed with something that is not Money.
    """

    paise: int

    def __post_init__(self) -> None:
        if type(self.paise) is not int:  # a bool is an int, and no amount
            raise TypeError(f"expected whole paise as int, got {self.paise!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.paise + other.paise) if isinstance(other, Money) else NotImplemented

    def __sub__(self, other: Money) -> Money:
        return Money(self.paise - other.paise) if isinstance(other, Money) else NotImplemented

    def __mul__(self, times: int) -> Money:
        return Money(self.paise * times) if type(times) is int else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.paise)

    def __bool__(self) -> bool:
        return self.paise != 0

    def __str__(self) -> str:
        """Rupees with Indian grouping and two decimals: ``"1,02,460.00"``, ``"-412.05"``."""
        whole, fraction = divmod(abs(self.paise), 100)
        head, tail = divmod(whole, 1000)
        digits = f"{_in_pairs(head)},{tail:03}" if head else str(tail)
        return f"{'-' * (self.paise < 0)}{digits}.{fraction:02}"


NOTHING = Money(0)


def rupees(text: str) -> Money:
    """An amount from what ``str(Money)`` writes, or plainer: ``"1,02,460.00"``, ``"-412.05"``, ``"102460"``.

    Raises:
        ValueError: not an amount, paise not in two digits, or commas elsewhere than in Indian grouping.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected rupees such as 1,02,460.00, got {text!r}")
    sign, whole, fraction = match.groups("")
    paise = int(whole.replace(",", "")) * 100 + int(fraction or 0)
    return Money(-paise if sign else paise)


def rounded(numerator: int, denominator: int = 1) -> Money:
    """``numerator / denominator`` paise, rounded as :data:`ROUNDING` says. ``denominator`` is above 0."""
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return Money(-magnitude if numerator < 0 else magnitude)


def total(amounts: Iterable[Money]) -> Money:
    """Their sum; zero for none."""
    return Money(sum(amount.paise for amount in amounts))


def _in_pairs(number: int) -> str:
    """Digits in pairs from the right: 102 is ``"1,02"``."""
    text = str(number)
    first = len(text) % 2 or 2
    return ",".join([text[:first], *(text[i : i + 2] for i in range(first, len(text), 2))])
