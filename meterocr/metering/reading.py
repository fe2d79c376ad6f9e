"""A register value that somebody or something stands behind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterocr.readout import Quantity


class Source(StrEnum):
    """Who or what stands behind a reading."""

    PHOTO = "photo"  # read by the model, verified by the rules
    REVIEWER = "reviewer"  # a person in the office looked at the photo
    METER_READER = "meter_reader"  # typed in at the meter
    PROVISIONAL = "provisional"  # nobody saw the meter: computed from earlier consumption
    INSTALLED = "installed"  # the first reading of a new meter
    REMOVED = "removed"  # the last reading of a meter taken down


class Standing(StrEnum):
    """Whether a reading may serve as the previous reading that later ones are judged by."""

    TRUSTED = "trusted"
    QUARANTINED = "quarantined"  # billed, but not yet confirmed by the next reading or by a person


@dataclass(frozen=True, slots=True)
class Reading:
    """What register ``quantity`` of meter ``serial_number`` showed at ``at``.

    Attributes:
        value: as displayed, before the multiplying factor; not negative.
        at: when, timezone-aware.
        visited: somebody of the utility stood at the meter and took the reading, or its photo.
    """

    serial_number: str
    quantity: Quantity
    value: Decimal
    at: datetime
    source: Source
    standing: Standing = Standing.TRUSTED
    visited: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.value, Decimal) or not self.value.is_finite() or self.value < 0:
            raise ValueError(f"expected a value of at least 0 as Decimal, got {self.value!r}")
        if self.at.tzinfo is None:
            raise ValueError(f"expected a time with a timezone, got {self.at!r}")

    @property
    def provisional(self) -> bool:
        """Whether nobody saw the meter."""
        return self.source is Source.PROVISIONAL

    @property
    def trusted(self) -> bool:
        """Whether later readings are judged by it: it is trusted, and somebody or something saw the meter."""
        return self.standing is Standing.TRUSTED and not self.provisional

    @property
    def confirmed(self) -> Reading:
        """The same, trusted: its standing changes when a later reading agrees, what it says does not."""
        return replace(self, standing=Standing.TRUSTED)

    @property
    def on_site(self) -> bool:
        """Whether somebody of the utility stood at the meter."""
        return self.visited or self.source in _ON_SITE


_ON_SITE = frozenset({Source.METER_READER, Source.INSTALLED, Source.REMOVED})
