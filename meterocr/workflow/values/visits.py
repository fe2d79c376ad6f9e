"""A meter reader's round, and what was found at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from meterocr.workflow.values.act import Act

PHOTO_WANTED = timedelta(days=3)
"""For how long a photo may come after a visit at locked premises."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A meter reader stood at locked premises; a photo is wanted until ``closes``."""

    consumer_number: str
    act: Act
    closes: datetime


class Finding(StrEnum):
    """What a meter reader found at the door, where the meter could not be read."""

    LOCKED = "locked"
    REFUSED = "refused"
    METER_FAULTY = "meter_faulty"


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit as it stands; ``outcome`` is empty while a photo may still come."""

    visit: Visit
    outcome: str


@dataclass(frozen=True, slots=True)
class ClosedVisit:
    """A visit whose window has closed, with its place in the store."""

    id: int
    visit: Visit


@dataclass(frozen=True, slots=True)
class Door:
    """One door of an Urja Mitra's round.

    Attributes:
        done: it was read, photographed or found locked lately.
        phone: somebody there gets bills by message.
    """

    consumer_number: str
    name: str
    address: str
    serial_number: str
    done: bool
    phone: bool
