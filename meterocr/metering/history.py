"""What is known of a connection's consumption, and what it lets one expect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from meterocr.metering.consumption import advance
from meterocr.metering.meter import Meter, Register, Supply, find_register
from meterocr.metering.policy import MONTH_DAYS, Policy
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity

_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class History:
    """All readings of one connection and quantity, oldest first, with the meters that they are of.

    Attributes:
        meters: in the order of their installation; the last one is on the wall.
    """

    readings: tuple[Reading, ...]
    meters: tuple[Meter, ...]

    def __post_init__(self) -> None:
        if not self.meters:
            raise ValueError("expected at least the meter that is on the wall, got none")
        if any(a.at > b.at for a, b in pairwise(self.readings)):
            raise ValueError(f"expected readings oldest first, got {[r.at.isoformat() for r in self.readings]}")
        if len({r.quantity for r in self.readings}) > 1:
            raise ValueError(f"expected readings of one quantity, got {sorted({r.quantity for r in self.readings})}")

    def register(self, serial_number: str, quantity: Quantity) -> Register:
        """The register that a reading is of.

        Raises:
            MeteringError: there is no such meter or register.
        """
        return find_register(self.meters, serial_number, quantity)

    def meter_at(self, at: datetime) -> Meter:
        """The meter that hung there then: of a photo that is judged after an exchange, not the one on the wall."""
        later = {r.serial_number for r in self.readings if r.source is Source.INSTALLED and r.at > at}
        return next((meter for meter in reversed(self.meters) if meter.serial_number not in later), self.meters[0])

    def apart(self, reading: Reading) -> Reading:
        """``reading``, later by microseconds where another one of its meter has its very time.

        Cameras and messengers tell whole seconds, and no two readings of a meter are of one time.
        """
        taken = {r.at for r in self.readings if r.serial_number == reading.serial_number}
        at = reading.at
        while at in taken:
            at += timedelta(microseconds=1)
        return replace(reading, at=at)

    def seen(self, serial_number: str) -> tuple[Reading, ...]:
        """Readings of one meter that somebody or something saw, so none that is provisional."""
        return tuple(r for r in self.readings if r.serial_number == serial_number and not r.provisional)

    def trusted(self, serial_number: str) -> tuple[Reading, ...]:
        """Readings of one meter by which later ones are judged."""
        return tuple(r for r in self.seen(serial_number) if r.trusted)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a connection may have used in some days: units, multiplying factor applied.

    Attributes:
        days: length of the period.
        advances: how many advances of the history it is made from; 0 where only the load is known.
        low, high: the usual range, both inclusive; never above ``limit``.
        typical: the middle, as the history has it; 0 without one.
        limit: what physics allows: sanctioned load x 24 h x days x the policy's overload.
        samples: what may well have been used, fewest first: each recent advance at its own rate, and ``low`` and
            ``high``, because there is always a first time.
    """

    days: Decimal
    advances: int
    low: Decimal
    typical: Decimal
    high: Decimal
    limit: Decimal
    samples: tuple[Decimal, ...]

    def usual(self, units: Decimal) -> bool:
        """Whether ``units`` are in the usual range."""
        return self.low <= units <= self.high


@dataclass(frozen=True, slots=True)
class _Rate:
    start: datetime
    end: datetime
    units_a_day: Decimal


def days_between(start: datetime, end: datetime) -> Decimal:
    """Days and parts of days."""
    return Decimal((end - start) // timedelta(microseconds=1)) / 86_400_000_000


def load_limit(supply: Supply, start: datetime, end: datetime, *, policy: Policy) -> Decimal:
    """What physics allows: sanctioned load x 24 h x days x the policy's overload; in thousandths of a unit."""
    return round(_full_load(supply, days_between(start, end)) * policy.overload, 3)


def expect(history: History, supply: Supply, start: datetime, end: datetime, *, policy: Policy) -> Expectation:
    """What the connection may have used from ``start`` to ``end``, going by trusted readings up to ``start``.

    Typical is the median of the last advances. The same season of the year before widens the range: who cools
    in May is no surprise in May.
    """
    days = days_between(start, end)
    limit = load_limit(supply, start, end, policy=policy)
    rates = sorted(_rates(history, policy, until=start), key=lambda rate: rate.end)
    if not rates:
        high = min(_full_load(supply, days) * policy.first_load_factor + policy.slack_units, limit)
        return _expectation(days, (Decimal(0), Decimal(0), high, limit), [])
    recent = [rate.units_a_day for rate in rates[-policy.recent_advances :]]
    typical = median(recent)
    middle = start + (end - start) / 2 - _YEAR
    seasons = [typical, *(rate.units_a_day for rate in rates if rate.start <= middle < rate.end)]
    band = policy.band(typical * MONTH_DAYS)
    high = min(max(seasons) * days * band.high + policy.slack_units, limit)
    low = min(max(min(seasons) * days * band.low - policy.slack_units, Decimal(0)), high)
    return _expectation(days, (low, typical * days, high, limit), recent)


def _full_load(supply: Supply, days: Decimal) -> Decimal:
    return supply.sanctioned_load_kw * 24 * days


def _expectation(
    days: Decimal, units: tuple[Decimal, Decimal, Decimal, Decimal], recent: Sequence[Decimal]
) -> Expectation:
    """Everything in thousandths of a unit: a day's share of a month has endless decimals."""
    low, typical, high, limit = (round(number, 3) for number in units)
    advances = (min(round(rate * days, 3), limit) for rate in recent)
    return Expectation(days, len(recent), low, typical, high, limit, tuple(sorted([low, *advances, high])))


def _rates(history: History, policy: Policy, *, until: datetime) -> Iterator[_Rate]:
    """Units a day between trusted readings of each meter, thinned so that no advance is too short to judge by."""
    for meter in history.meters:
        readings = [reading for reading in history.trusted(meter.serial_number) if reading.at <= until]
        for opening, closing in pairwise(_thinned(readings, timedelta(days=policy.shortest_days))):
            register = history.register(meter.serial_number, opening.quantity)
            units = advance(register, opening, closing).units
            yield _Rate(opening.at, closing.at, units / days_between(opening.at, closing.at))


def _thinned(readings: list[Reading], apart: timedelta) -> list[Reading]:
    """The last reading and those before it that are at least ``apart`` from each other."""
    kept: list[Reading] = []
    for reading in reversed(readings):
        if not kept or kept[-1].at - reading.at >= apart:
            kept.append(reading)
    return kept[::-1]
