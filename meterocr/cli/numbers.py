"""Numbers as they are typed, never through a float."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meterocr.billing.money import Money


class Number(click.ParamType[Decimal]):
    """A number of at least 0, or above it, exactly as it is typed."""

    name = "number"

    def __init__(self, *, positive: bool = False) -> None:
        self._positive = positive

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("nan")
        fits = number.is_finite() and 0 <= number < 10**12 and number == round(number, 6)
        if not fits or (self._positive and not number):
            least = "above" if self._positive else "of at least"
            self.fail(f"expected a number {least} 0, with at most 6 decimals, got {value!r}", param, ctx)
        return number


class Rupees(click.ParamType["Money"]):
    """An amount above zero, such as 1469.58."""

    name = "rupees"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        from meterocr.billing.money import NOTHING, rupees

        try:
            amount = rupees(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not amount > NOTHING or amount.paise >= 10**15:
            self.fail(f"expected an amount above zero, got {value!r}", param, ctx)
        return amount
