"""The current charges of a bill: energy, fixed, minimum, fuel, meter rent, subsidy, duty.

Everything is reckoned in whole numbers: an amount is one fraction, rounded once, when it becomes a line. What is
reckoned from other lines (minimum, subsidy, duty) takes them as they stand on the bill, rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from meterocr.billing.line import Line, LineCode
from meterocr.billing.money import NOTHING, Money, rounded, total
from meterocr.billing.period import DAYS_OF_A_MONTH, Period
from meterocr.billing.schedule import Part
from meterocr.billing.tariff import Band, Basis, DutyKind, Energy, MonthlyCharge, Rate, Subsidy
from meterocr.metering.meter import Supply

KW_OF_A_HP = Decimal("0.746")


@dataclass(frozen=True, slots=True)
class Usage:
    """What was consumed in the whole period of a bill, by what supply.

    Attributes:
        numerator, denominator: the units.
        text: the units as the lines show them.
        days: of the whole period.
    """

    numerator: int
    denominator: int
    text: str
    days: int
    supply: Supply

    @classmethod
    def of(cls, units: Decimal, period: Period, supply: Supply) -> Usage:
        """Of units over a period."""
        numerator, denominator = units.as_integer_ratio()
        text = str(numerator) if denominator == 1 else f"{units.normalize():f}"
        return cls(numerator, denominator, text, period.days, supply)

    def exceeds(self, threshold: int) -> bool:
        """Whether it is more than ``threshold`` units a month."""
        return self.numerator * DAYS_OF_A_MONTH > threshold * self.days * self.denominator


def band_of(subsidy: Subsidy | None, usage: Usage) -> Band | None:
    """The subsidy band that the units of the whole period fall into."""
    if subsidy is None:
        return None
    return next((band for band in subsidy.bands if not usage.exceeds(band.up_to)), None)


def current_lines(part: Part, usage: Usage, band: Band | None) -> list[Line]:
    """The lines for the days of one part, whose share of the units is by the day; zero lines but energy are left out.

    A zero bill covers meter rent and duty too. Duty as a percentage is of what is left after the subsidy.
    """
    piece, rates = _Piece(part.period, part.days, usage), part.rates
    lines = piece.energy(rates.energy)
    if rates.fixed is not None:
        lines.append(piece.monthly(LineCode.FIXED, rates.fixed))
    if rates.minimum is not None:
        lines.append(piece.minimum(rates.minimum, total(line.amount for line in lines)))
    if rates.fuel is not None:
        lines.append(piece.per_unit(LineCode.FUEL, rates.fuel.rate))
    net = total(line.amount for line in lines)
    if rates.meter_rent is not None:
        lines.append(piece.monthly(LineCode.METER_RENT, rates.meter_rent))
    if rates.duty is not None and rates.duty.kind is DutyKind.PER_UNIT:
        lines.append(piece.per_unit(LineCode.DUTY, rates.duty.rate))
    if band is not None:
        lines.append(piece.relief(band, net, total(line.amount for line in lines)))
        net += lines[-1].amount
    if rates.duty is not None and rates.duty.kind is DutyKind.PERCENT_NET and net > NOTHING:
        lines.append(piece.percent_duty(rates.duty.rate, net))
    return [line for line in lines if line.amount.paise or line.code is LineCode.ENERGY]


@dataclass(frozen=True, slots=True)
class _Piece:
    """``days`` of the period of a bill, and how a charge becomes a line for them."""

    period: Period
    days: int
    usage: Usage

    @property
    def share(self) -> str:
        return "" if self.days == self.usage.days else f" x {self.days}/{self.usage.days} days"

    def energy(self, energy: Energy) -> list[Line]:
        usage = self.usage
        if len(energy.slabs) == 1:
            return [self.per_unit(LineCode.ENERGY, energy.slabs[0].rate)]
        # In units of 1 / (denominator x 30), thresholds and consumption are whole numbers.
        scale, one = usage.denominator * usage.days, usage.denominator * DAYS_OF_A_MONTH
        used = usage.numerator * DAYS_OF_A_MONTH
        lines: list[Line] = []
        for slab in energy.slabs:
            within = (used if slab.upper is None else min(used, slab.upper * scale)) - slab.lower * scale
            if within > 0 or not slab.lower:
                rate = slab.rate
                amount = rounded(within * rate.numerator * 100 * self.days, one * rate.denominator * usage.days)
                lines.append(
                    Line(
                        LineCode.ENERGY,
                        f"{_quantity(within, one)} units x Rs {rate.text}{self.share}",
                        amount,
                        self.period,
                    )
                )
        return lines

    def per_unit(self, code: LineCode, rate: Rate) -> Line:
        usage = self.usage
        amount = rounded(
            usage.numerator * rate.numerator * 100 * self.days, usage.denominator * rate.denominator * usage.days
        )
        return Line(code, f"{usage.text} units x Rs {rate.text}{self.share}", amount, self.period)

    def monthly(self, code: LineCode, charge: MonthlyCharge) -> Line:
        count, one, text = _count(charge.basis, self.usage.supply)
        rate = charge.rate
        amount = rounded(rate.numerator * 100 * count * self.days, rate.denominator * one * DAYS_OF_A_MONTH)
        return Line(code, f"{text}Rs {rate.text} x {_months(self.days)}", amount, self.period)

    def minimum(self, charge: MonthlyCharge, charged: Money) -> Line:
        least = self.monthly(LineCode.MINIMUM, charge)
        short = max(least.amount - charged, NOTHING)
        return Line(
            LineCode.MINIMUM, f"minimum {least.formula} = Rs {least.amount}, less Rs {charged}", short, self.period
        )

    def relief(self, band: Band, net: Money, charges: Money) -> Line:
        """``net``: what a subsidy per unit takes off at most; ``charges``: what a zero bill takes off."""
        if band.rate is None:
            limit = (
                f"{band.up_to}" if self.usage.days == DAYS_OF_A_MONTH else f"{band.up_to} x {_months(self.usage.days)}"
            )
            formula = f"{self.usage.text} units, not above {limit}: all of Rs {charges}"
            return Line(LineCode.SUBSIDY, formula, -charges, self.period)
        off = self.per_unit(LineCode.SUBSIDY, band.rate)
        most = max(net, NOTHING)
        if off.amount > most:
            return replace(off, formula=f"{off.formula}, at most Rs {most}", amount=-most)
        return replace(off, amount=-off.amount)

    def percent_duty(self, percent: Rate, net: Money) -> Line:
        amount = rounded(net.paise * percent.numerator, percent.denominator * 100)
        return Line(LineCode.DUTY, f"{percent.short} % of Rs {net}", amount, self.period)


def _count(basis: Basis, supply: Supply) -> tuple[int, int, str]:
    """What a monthly charge is multiplied by, as a fraction, and its words."""
    if basis is Basis.CONNECTION:
        return 1, 1, ""
    count, one = supply.sanctioned_load_kw.as_integer_ratio()
    if basis is Basis.HP:
        numerator, denominator = KW_OF_A_HP.as_integer_ratio()
        count, one = count * denominator, one * numerator
    return count, one, f"{_quantity(count, one)} {'HP' if basis is Basis.HP else 'kW'} x "


def _months(days: int) -> str:
    months, rest = divmod(days, DAYS_OF_A_MONTH)
    if rest:
        return f"{days}/{DAYS_OF_A_MONTH} months"
    return "1 month" if months == 1 else f"{months} months"


def _quantity(numerator: int, denominator: int) -> str:
    """To three decimals, with a word where that is not all: ``"66.5"``, ``"about 66.667"``."""
    thousandths, rest = divmod(numerator * 1000, denominator)
    thousandths += 2 * rest >= denominator
    return f"{'about ' if rest else ''}{Decimal(thousandths).scaleb(-3).normalize():f}"
