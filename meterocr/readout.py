"""What the camera saw: the value types of one read photo.

Pixel coordinates are those of the *upright* photo (EXIF orientation applied), origin at the top left
corner of the top left pixel, x to the right, y down. All types are frozen; a bad value is refused with
what was expected and what came.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from meterocr.issue import Issue

SCHEMA_VERSION = 1
UNREAD = "?"
IN_TRANSITION = 0.2
"""A wheel that has turned further than this past its digit, in digits, is caught between two."""
_SYMBOLS = frozenset("0123456789" + UNREAD)


class DisplayKind(StrEnum):
    """How a counter shows its number."""

    LCD = "lcd"
    MECHANICAL = "mechanical"


class Quantity(StrEnum):
    """What the display says it shows; ``UNKNOWN`` where the unit cannot be seen."""

    KWH = "kwh"
    KVAH = "kvah"
    KW = "kw"
    KVA = "kva"
    VOLT = "v"
    AMPERE = "a"
    CUBIC_METRE = "m3"
    UNKNOWN = "unknown"

    @property
    def unit(self) -> str:
        """How the unit is written for people, such as ``kWh``; ``""`` for ``UNKNOWN``."""
        return _UNITS[self]


_UNITS: Mapping[Quantity, str] = {
    Quantity.KWH: "kWh",
    Quantity.KVAH: "kVAh",
    Quantity.KW: "kW",
    Quantity.KVA: "kVA",
    Quantity.VOLT: "V",
    Quantity.AMPERE: "A",
    Quantity.CUBIC_METRE: "m³",
    Quantity.UNKNOWN: "",
}


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners in px: top left, top right, bottom right, bottom left *in reading direction*.

    A display that is upside down in the photo has its first corner at the bottom right of the photo.
    """

    points: tuple[Point, Point, Point, Point]

    def __post_init__(self) -> None:
        if len(self.points) != 4 or any(len(p) != 2 for p in self.points):
            raise ValueError(f"expected 4 points of (x, y), got {self.points!r}")
        if not all(math.isfinite(v) for p in self.points for v in p):
            raise ValueError(f"expected finite coordinates, got {self.points!r}")

    @property
    def width(self) -> float:
        """Mean length of the two edges along the reading direction, px."""
        a, b, c, d = self.points
        return (math.dist(a, b) + math.dist(d, c)) / 2

    @property
    def height(self) -> float:
        """Mean length of the two edges across the reading direction, px."""
        a, b, c, d = self.points
        return (math.dist(a, d) + math.dist(b, c)) / 2

    @property
    def angle(self) -> float:
        """Direction of reading in degrees, clockwise from the photo's x axis, in (-180, 180]."""
        a, b, c, d = self.points
        return math.degrees(math.atan2((b[1] - a[1]) + (c[1] - d[1]), (b[0] - a[0]) + (c[0] - d[0])))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Enclosing upright box x0, y0, x1, y1, px."""
        xs, ys = zip(*self.points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def _check_probability(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"expected {name} between 0 and 1, got {value!r}")


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of the reading. ``symbol`` is ``0`` to ``9``, or ``?`` where it cannot be made out.

    Attributes:
        turn: how far the wheel stands past the symbol, in digits: 0 where it rests on it, and on an LCD; 0.5 half-way
            to the next. A little below 0 while the symbol is still coming in.
    """

    symbol: str
    confidence: float
    turn: float
    quad: Quad

    def __post_init__(self) -> None:
        if self.symbol not in _SYMBOLS:
            raise ValueError(f"expected one of 0-9 or {UNREAD!r}, got {self.symbol!r}")
        _check_probability("confidence", self.confidence)
        if not -1.0 <= self.turn <= 1.0:
            raise ValueError(f"expected a turn between -1 and 1, got {self.turn!r}")

    @property
    def in_transition(self) -> bool:
        """Whether a wheel is caught between two digits; the symbol is then the lower one (rolling out)."""
        return self.turn > IN_TRANSITION


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole reading the photo supports, with the probability that it is the right one."""

    text: str
    probability: float

    def __post_init__(self) -> None:
        check_text(self.text)
        _check_probability("probability", self.probability)


@dataclass(frozen=True, slots=True)
class Display:
    """A display found in the photo."""

    kind: DisplayKind
    quad: Quad
    confidence: float

    def __post_init__(self) -> None:
        _check_probability("confidence", self.confidence)


@dataclass(frozen=True, slots=True)
class Models:
    """Ids of the models that made a readout, such as ``display-yolov8n.v2``, and the SHA-256 of their files (hex).

    The digests are empty where they are not known. They are in the evidence of a bill, and not in schema 1.
    """

    detector: str
    recognizer: str
    detector_sha256: str = ""
    recognizer_sha256: str = ""


def check_text(text: str) -> None:
    """Refuse what is not a reading: digits or ``?``, at most one point, digits on both sides of it.

    Raises:
        ValueError: says what was expected and what came.
    """
    whole, point, fraction = text.partition(".")
    if not set(whole + fraction) <= _SYMBOLS or (point and not (whole and fraction)):
        raise ValueError(f"expected digits or '?' with at most one point between them, got {text!r}")


@dataclass(frozen=True, slots=True)
class Readout:
    """What one photo shows. ``text == ""`` when there is no readable counter; ``issues`` says why.

    Attributes:
        photo: the name the photo was given under (file name, or ``"photo"``).
        sha256: hex digest of the photo's bytes as given (of the pixels for arrays and PIL images).
        width, height: size of the upright photo, px.
        displays: all displays found, the main register first.
        text: the main register: leading zeros kept, ``.`` before fractional digits, ``?`` for an unread one.
        digits: the digits of ``text`` in order, without the point.
        confidence: calibrated chance that every digit of ``text`` and the point are right.
        candidates: whole readings with their probabilities, most probable first.
        shows: the quantity on the display.
        issues: why the photo is doubtful, most fundamental first.
        retake: true when the photo should be taken again: the issues leave no usable reading.
        models: what read it.
        timings_ms: milliseconds a stage took.
    """

    photo: str
    sha256: str
    width: int
    height: int
    models: Models
    displays: tuple[Display, ...] = ()
    text: str = ""
    digits: tuple[Digit, ...] = ()
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    shows: Quantity = Quantity.UNKNOWN
    issues: tuple[Issue, ...] = ()
    retake: bool = False
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_text(self.text)
        _check_probability("confidence", self.confidence)
        if "".join(d.symbol for d in self.digits) != self.text.replace(".", ""):
            raise ValueError(f"expected the digits of {self.text!r}, got {[d.symbol for d in self.digits]}")
        if self.text and not self.displays:
            raise ValueError(f"expected a display for the reading {self.text!r}, got none")
        object.__setattr__(self, "timings_ms", MappingProxyType(dict(self.timings_ms)))

    @property
    def value(self) -> Decimal | None:
        """The number shown, or ``None`` while a digit is unread or nothing is."""
        return None if not self.text or UNREAD in self.text else Decimal(self.text)

    @property
    def kind(self) -> DisplayKind | None:
        """Kind of the main display, or ``None`` when none was found."""
        return self.displays[0].kind if self.displays else None

    @property
    def quad(self) -> Quad | None:
        """Corners of the main display, or ``None`` when none was found."""
        return self.displays[0].quad if self.displays else None

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to look before this is used: to take the photo again, or to judge the reading."""
        return self.retake or self.value is None or Issue.LOW_CONFIDENCE in self.issues

    def to_dict(self) -> dict[str, object]:
        """The readout as JSON-ready values, schema version 1: the same from the library, the CLI and the server."""
        value, quad = self.value, self.quad
        return {
            "schema": SCHEMA_VERSION,
            "photo": self.photo,
            "sha256": self.sha256,
            "width": self.width,
            "height": self.height,
            "text": self.text,
            "value": None if value is None else str(value),
            "confidence": round(self.confidence, 4),
            "kind": None if self.kind is None else self.kind.value,
            "shows": self.shows.value,
            "quad": None if quad is None else _corners(quad),
            "digits": [
                {
                    "symbol": d.symbol,
                    "confidence": round(d.confidence, 4),
                    "turn": round(d.turn, 2),
                    "in_transition": d.in_transition,
                    "quad": _corners(d.quad),
                }
                for d in self.digits
            ],
            "candidates": [{"text": c.text, "probability": round(c.probability, 4)} for c in self.candidates],
            "displays": [
                {"kind": d.kind.value, "confidence": round(d.confidence, 4), "quad": _corners(d.quad)}
                for d in self.displays
            ],
            "issues": [issue.value for issue in self.issues],
            "retake": self.retake,
            "models": {"detector": self.models.detector, "recognizer": self.models.recognizer},
            "timings_ms": {stage: round(ms, 2) for stage, ms in self.timings_ms.items()},
        }


def unread(photo: str, message: str) -> dict[str, object]:
    """What stands in place of a readout among several, for what is no photo: schema version 1."""
    return {"schema": SCHEMA_VERSION, "photo": photo, "error": {"code": "photo_error", "message": message}}


def _corners(quad: Quad) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in quad.points]
