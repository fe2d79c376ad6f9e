"""What was consumed between readings: rollover, meter exchange, multiplying factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterocr.metering.reading import Reading
from meterocr.readout import Quantity


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
