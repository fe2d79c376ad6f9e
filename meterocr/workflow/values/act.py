"""Who does something, and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from meterocr.billing.canonical import Json
from meterocr.metering.consumption import day_in_india


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when (timezone-aware)."""

    by: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ValueError(f"expected who does it, got {self.by!r}")
        if self.at.tzinfo is None:
            raise ValueError(f"expected a time with a timezone, got {self.at!r}")

    @property
    def day(self) -> date:
        """The day in India."""
        return day_in_india(self.at)


@dataclass(frozen=True, slots=True)
class LogLine:
    """Somebody did, or saw, something."""

    act: Act
    what: str
    subject: str
    detail: Json
