"""Who is billed, for which connection, and which phone the bill may go to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from meterocr.metering.meter import Meter, Supply

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""A phone number as text, such as ``+919812345678`` (ITU-T E.164)."""

_LONG_NUMBER = re.compile(r"\+?[0-9]{8,15}")


def masked(phone: str) -> str:
    """A phone number for logs and screens: the country and the last two digits, ``"+91********78"``."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:3]}{'*' * (len(phone) - 5)}{phone[-2:]}"


def without_phones(text: str) -> str:
    """Words of others, such as a channel's, with whatever may be a phone number masked."""
    return _LONG_NUMBER.sub(lambda found: masked(found[0]), text)


class Area(StrEnum):
    """Where a connection is; tariffs differ by it."""

    RURAL = "rural"
    URBAN = "urban"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A person or firm that has connections."""

    name: str
    address: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError(f"expected a name, got {self.name!r}")


@dataclass(frozen=True, slots=True)
class ServiceConnection:
    """What is metered and billed.

    Attributes:
        consumer_number: what the distribution company calls this connection.
        category: of the tariff file, such as ``domestic``.
    """

    consumer_number: str
    category: str
    area: Area
    supply: Supply
    meter: Meter
    consumer: Consumer

    def __post_init__(self) -> None:
        if not self.consumer_number.strip():
            raise ValueError(f"expected a consumer number, got {self.consumer_number!r}")


class Registrar(StrEnum):
    """How a phone came to a connection."""

    URJA_MITRA = "urja_mitra"  # by the meter reader at the door
    CONSUMER = "consumer"  # by the consumer, with a one-time code
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class PhoneRegistration:
    """A phone that agreed to get the bills of a connection.

    Attributes:
        phone: E.164 as text, such as ``+919812345678``.
        consented_at: when the holder agreed, timezone-aware.
        registered_by: who entered it.
        how: in which way.
    """

    phone: str = field(repr=False)
    consumer_number: str
    consented_at: datetime
    registered_by: str
    how: Registrar

    def __post_init__(self) -> None:
        if not E164.fullmatch(self.phone):
            raise ValueError(f"expected a phone number in E.164 such as +919812345678, got {masked(self.phone)}")
        if self.consented_at.tzinfo is None:
            raise ValueError(f"expected a time with a timezone, got {self.consented_at!r}")
