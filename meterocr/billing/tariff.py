"""What electricity costs, by category, area and day: rates as they stand in a tariff file, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from meterocr.billing.account import Area
from meterocr.billing.money import Money


class Confidence(StrEnum):
    """How far a number can be relied on."""

    ORDER = "order"  # from the regulator's order
    PRESS = "press"  # reported by the press
    OPERATOR = "operator"  # entered by the billing office


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the numbers of a rate come from."""

    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Rate:
    """Rupees for one of something, or percent: the number, and what billing needs of it at hand.

    Attributes:
        numerator, denominator: ``value`` in lowest terms.
        text: ``value`` with at least two decimals, for rupees on the lines of a bill.
        short: ``value`` in the shortest form, for percentages.
    """

    value: Decimal
    numerator: int = field(init=False, repr=False, compare=False)
    denominator: int = field(init=False, repr=False, compare=False)
    text: str = field(init=False, repr=False, compare=False)
    short: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal) or not self.value.is_finite():
            raise ValueError(f"expected a finite Decimal, got {self.value!r}")
        numerator, denominator = self.value.as_integer_ratio()
        short = f"{self.value.normalize():f}"
        decimals = len(short.partition(".")[2])
        object.__setattr__(self, "numerator", numerator)
        object.__setattr__(self, "denominator", denominator)
        object.__setattr__(self, "text", short if decimals > 2 else f"{self.value:.2f}")
        object.__setattr__(self, "short", short)


@dataclass(frozen=True, slots=True)
class Slab:
    """Units of a month from ``lower`` (inclusive) to ``upper`` (exclusive; ``None``: no end) at ``rate`` Rs a unit."""

    lower: int
    upper: int | None
    rate: Rate


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy charge: each unit at the rate of its slab. Slabs begin at 0, meet, and the last has no end."""

    slabs: tuple[Slab, ...]
    origin: Origin


class Basis(StrEnum):
    """What a monthly charge is for one of."""

    CONNECTION = "connection"
    KW = "kw"  # of sanctioned load
    HP = "hp"  # of sanctioned load; 0.746 kW


@dataclass(frozen=True, slots=True)
class MonthlyCharge:
    """Rs a month (30 days) and ``basis``: fixed charge, minimum charge, meter rent."""

    rate: Rate
    basis: Basis
    origin: Origin


@dataclass(frozen=True, slots=True)
class UnitCharge:
    """Rs a unit on all units, negative to give back: fuel surcharge."""

    rate: Rate
    origin: Origin


class DutyKind(StrEnum):
    """What electricity duty is reckoned from."""

    PERCENT_NET = "percent_net"  # energy, fixed, minimum and fuel charges less subsidy
    PER_UNIT = "per_unit"


@dataclass(frozen=True, slots=True)
class Duty:
    """Electricity duty: percent of the net charges, or Rs a unit."""

    kind: DutyKind
    rate: Rate
    origin: Origin


class Relief(StrEnum):
    """What a subsidy band does."""

    ZERO_BILL = "zero_bill"  # all charges of the period, duty included
    PER_UNIT = "per_unit"  # Rs off every unit, at most the charges


@dataclass(frozen=True, slots=True)
class Band:
    """A subsidy for who consumed not more than ``up_to`` units a month (inclusive), and more than the band below."""

    up_to: int
    relief: Relief
    rate: Rate | None  # Rs a unit; None for a zero bill


@dataclass(frozen=True, slots=True)
class Subsidy:
    """State subsidy in bands by the units of a month; above the last band there is none."""

    bands: tuple[Band, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class EarlyRebate:
    """Percent of the current charges, when paid within ``days`` of the bill."""

    percent: Rate
    days: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class OnlineRebate:
    """Percent of the current charges, when paid online before the due date; not more than ``cap``."""

    percent: Rate
    cap: Money
    origin: Origin


@dataclass(frozen=True, slots=True)
class LatePayment:
    """Delayed payment surcharge: percent a month (30 days) of what is overdue."""

    percent: Rate
    origin: Origin


Terms = Energy | MonthlyCharge | UnitCharge | Duty | Subsidy | EarlyRebate | OnlineRebate | LatePayment


class Table(StrEnum):
    """Kinds of rates: the names of a tariff file's tables."""

    ENERGY = "energy"
    FIXED = "fixed"
    MINIMUM = "minimum"
    FUEL = "fuel"
    METER_RENT = "meter_rent"
    DUTY = "duty"
    SUBSIDY = "subsidy"
    EARLY_REBATE = "early_rebate"
    ONLINE_REBATE = "online_rebate"
    LATE_PAYMENT = "late_payment"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one kind of rate is for a category and area from ``start`` (inclusive) to ``end`` (exclusive).

    ``date.min`` and ``date.max`` stand for "always so far" and "until further notice".
    """

    table: Table
    category: str
    area: Area
    start: date
    end: date
    terms: Terms
