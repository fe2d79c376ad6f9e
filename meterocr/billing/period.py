"""The days a bill is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

DAYS_OF_A_MONTH = 30  # monthly charges and thresholds are for 30 days and go by the day


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` (inclusive) to ``end`` (exclusive, the day of the closing reading); at least one day.

    ``Period(date(2024, 8, 1), date(2024, 8, 31))`` has 30 days and is a whole month.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"expected an end after {self.start}, got {self.end}")

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    def __contains__(self, other: Period) -> bool:
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"
