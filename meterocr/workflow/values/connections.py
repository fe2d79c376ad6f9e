"""Consumers' connections and the meters there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from meterocr.billing.account import Area
from meterocr.metering.meter import Meter, Supply

ERASED = "(erased)"
"""The name of a consumer who asked for that."""


@dataclass(frozen=True, slots=True)
class ConnectionEntry:
    """A connection as it is registered, before a meter hangs there.

    Attributes:
        consumer_id: of the consumer whose it is.
        book: the meter reader's book, by which bill runs go.
    """

    consumer_number: str
    consumer_id: str
    category: str
    area: Area
    supply: Supply
    book: str

    def __post_init__(self) -> None:
        for name in ("consumer_number", "consumer_id", "category", "book"):
            if not getattr(self, name).strip():
                raise ValueError(f"expected a {name.replace('_', ' ')}, got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Installation:
    """A meter at a connection; ``removed_at`` is ``None`` while it hangs there."""

    consumer_number: str
    meter: Meter
    installed_at: datetime
    removed_at: datetime | None = None
