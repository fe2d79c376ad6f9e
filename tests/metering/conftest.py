"""A connection with a steady history, and photos of its meter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from meterocr.metering.case import Capture, Case
from meterocr.metering.history import History
from meterocr.metering.meter import Meter, Register, Supply
from meterocr.metering.reading import Reading, Source, Standing
from meterocr.readout import Candidate, Digit, Display, DisplayKind, Models, Quad, Quantity, Readout

START = datetime(2024, 1, 1, 6, 30, tzinfo=UTC)  # noon in India
MONTH = timedelta(days=30)
METER = Meter("JH004711", (Register(Quantity.KWH, 5),))
SUPPLY = Supply(Decimal(3))
QUAD = Quad(((0, 0), (100, 0), (100, 40), (0, 40)))


def reading(value: str | int, month: float = 0, source: Source = Source.PHOTO, /, **changes: Any) -> Reading:
    """``month``: months of 30 days after ``START``."""
    one = Reading(METER.serial_number, Quantity.KWH, Decimal(value), START + MONTH * month, source)
    return replace(one, **changes)


def quarantined(value: str | int, month: float) -> Reading:
    return reading(value, month, standing=Standing.QUARANTINED)


def history(*readings: Reading, meters: tuple[Meter, ...] = (METER,)) -> History:
    return History(readings, meters)


def steady(*more: Reading, units: int = 150, first: int = 10_000) -> History:
    """Read by somebody on site at the months 0 to 6, ``units`` a month; then ``more``."""
    past = (reading(first + units * month, month, Source.METER_READER) for month in range(7))
    return history(*past, *more)


def readout(text: str, *others: tuple[str, float], confidence: float = 1.0, **changes: Any) -> Readout:
    """A readout of ``text``, and of ``others`` with their probabilities."""
    held = [Candidate(text, confidence)] if text and "?" not in text else []
    fields: dict[str, Any] = {
        "photo": "meter.jpg",
        "sha256": "ab" * 32,
        "width": 100,
        "height": 40,
        "models": Models("display-a.v1", "counter-a.v1"),
        "displays": (Display(DisplayKind.LCD, QUAD, 1.0),),
        "text": text,
        "digits": tuple(Digit(s, confidence, turn=0.0, quad=QUAD) for s in text if s != "."),
        "confidence": confidence,
        "candidates": (*held, *(Candidate(other, p) for other, p in others)),
        "shows": Quantity.KWH,
    }
    return Readout(**fields | changes)


def capture(month: float = 7, **changes: Any) -> Capture:
    at = START + MONTH * month
    fields: dict[str, Any] = {"received": at, "opens": at - MONTH / 6, "closes": at + MONTH / 6, "perceptual_hash": 0}
    return Capture(**fields | changes)


def case(seen: Readout, past: History | None = None, **changes: Any) -> Case:
    """A photo at month 7 of a connection that used 150 units in each of six months and stood at 10900 last."""
    return Case("DHN-1", seen, changes.pop("capture", capture()), SUPPLY, past or steady(), **changes)


def subsidised(units: Decimal) -> int:
    """Paise of a month, domestic urban at the rates of March 2024 with the state's subsidy and without duty."""
    whole = int(units)
    if whole <= 200:
        return 0
    return 10_000 + whole * (665 - 205 if whole <= 400 else 665)
