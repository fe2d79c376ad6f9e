"""What was consumed between readings: rollover, meter exchange, multiplying factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from itertools import pairwise

from meterocr.errors import MeteringError
from meterocr.metering.meter import Meter, Register, find_register
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity

IST = timezone(timedelta(hours=5, minutes=30), "IST")
"""Indian Standard Time, which has no summer time: the days of a bill are days there."""

ENERGY = frozenset({Quantity.KWH, Quantity.KVAH})
"""What only ever counts up, so that two readings make an advance; a maximum demand is reset."""


@dataclass(frozen=True, slots=True)
class Advance:
    """How far one register went between two readings of the same meter.

    Attributes:
        units: consumed units, multiplying factor applied; not negative.
        rolled_over: the counter went through zero.
    """

    opening: Reading
    closing: Reading
    units: Decimal
    rolled_over: bool = False


@dataclass(frozen=True, slots=True)
class Consumption:
    """What a connection consumed from ``start`` (inclusive) to ``end`` (exclusive), over one or more meters."""

    quantity: Quantity
    start: date
    end: date
    advances: tuple[Advance, ...]

    @property
    def units(self) -> Decimal:
        """Sum of the advances."""
        return sum((a.units for a in self.advances), Decimal(0))

    @property
    def provisional(self) -> bool:
        """Whether any end of it was not read from a meter."""
        return any(r.provisional for a in self.advances for r in (a.opening, a.closing))


def advance(register: Register, opening: Reading, closing: Reading) -> Advance:
    """How far ``register`` went from ``opening`` to ``closing``; a lower closing means that it went through zero.

    Whether it really did is for :func:`~meterocr.metering.verify.verify` to say: here nothing is doubted.

    Raises:
        MeteringError: the readings are of different meters or quantities, not in the order of time, beyond the
            counter, or seem to go through zero where one of them is provisional; or the register counts no energy.
    """
    _check_pair(register, opening, closing)
    rolled_over = closing.value < opening.value
    if rolled_over and (opening.provisional or closing.provisional):
        raise MeteringError(
            f"expected no rollover with a provisional reading, got {_described(opening)} and {_described(closing)}: "
            "compute from the last actual reading"
        )
    shown = closing.value - opening.value + (register.capacity if rolled_over else 0)
    return Advance(opening, closing, shown * register.multiplying_factor, rolled_over)


def day_in_india(at: datetime) -> date:
    """The day of a moment, as the calendar on the wall beside the meter has it."""
    return at.astimezone(IST).date()


def consumption(readings: Sequence[Reading], meters: Sequence[Meter], *, zone: tzinfo = IST) -> Consumption:
    """What was consumed from the first reading to the last one, over one or more meters.

    A meter exchange is a REMOVED reading of the old meter followed, on the same day, by an INSTALLED one of the new.

    Args:
        readings: of one connection and quantity in the order of time; at least two.
        meters: all meters that the readings are of.
        zone: where the days are counted; the period starts on the day of the first reading and ends with the
            beginning of the day of the last one, so that the next period follows without a gap.

    Raises:
        MeteringError: there is a gap, or the readings do not belong together, see :func:`advance`.
    """
    if len(readings) < 2:
        raise MeteringError(f"expected at least two readings, got {len(readings)}")
    first, last = readings[0], readings[-1]
    start, end = (reading.at.astimezone(zone).date() for reading in (first, last))
    if not start < end:
        raise MeteringError(f"expected a period of at least a day, got {_described(first)} to {_described(last)}")
    advances = []
    for opening, closing in pairwise(readings):
        if opening.source is Source.REMOVED or closing.source is Source.INSTALLED:
            _check_exchange(opening, closing, zone)
        else:
            register = find_register(meters, opening.serial_number, opening.quantity)
            advances.append(advance(register, opening, closing))
    return Consumption(first.quantity, start, end, tuple(advances))


def _check_pair(register: Register, opening: Reading, closing: Reading) -> None:
    if register.quantity not in ENERGY:
        raise MeteringError(f"expected a register that counts energy (kWh or kVAh), got {register.quantity.unit}")
    if opening.serial_number != closing.serial_number:
        raise MeteringError(
            f"expected two readings of one meter, got {_described(opening)} and {_described(closing)}: "
            "an exchange needs the REMOVED reading of the old meter and the INSTALLED one of the new"
        )
    for reading in (opening, closing):
        if reading.quantity is not register.quantity:
            raise MeteringError(f"expected a reading in {register.quantity.unit}, got {_described(reading)}")
        if reading.value >= register.capacity:
            raise MeteringError(f"expected a value below {register.capacity:f}, got {_described(reading)}")
    if not opening.at < closing.at:
        raise MeteringError(f"expected readings in the order of time, got {_described(opening)}, {_described(closing)}")


def _check_exchange(removed: Reading, installed: Reading, zone: tzinfo) -> None:
    if removed.source is not Source.REMOVED or installed.source is not Source.INSTALLED:
        raise MeteringError(
            "expected a REMOVED reading followed by an INSTALLED one, "
            f"got {_described(removed)} and {_described(installed)}: a gap"
        )
    if removed.quantity is not installed.quantity:
        raise MeteringError(f"expected one quantity, got {_described(removed)} and {_described(installed)}")
    if installed.at < removed.at:
        raise MeteringError(
            f"expected readings in the order of time, got {_described(removed)}, {_described(installed)}"
        )
    if removed.at.astimezone(zone).date() != installed.at.astimezone(zone).date():
        raise MeteringError(
            "expected the new meter on the day on which the old one was removed, "
            f"got {_described(removed)} and {_described(installed)}: a gap"
        )


def _described(reading: Reading) -> str:
    return (
        f"{reading.value:f} {reading.quantity.unit} of meter {reading.serial_number} "
        f"({reading.source}, {reading.at.isoformat()})"
    )
