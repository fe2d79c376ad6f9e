"""The one data format: records of whole-meter photos and of cut-out strips, checked line by line.

A data folder holds ``scenes.jsonl`` and ``strips.jsonl``, JSON objects one a line; image paths are relative to the
folder. Its README says what each field means. Pixel coordinates as in :mod:`meterocr.readout`. Labels known to be
wrong are put right as they are read: :mod:`training.corrections`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meterocr.readout import DisplayKind, Quad
from training.corrections import SHARED, Row, check_all_used, concerning, corrected, load_corrections
from training.record import Box, Fields, ManifestError

SCENES = "scenes.jsonl"
STRIPS = "strips.jsonl"
SPLITS = ("train", "val")
QUALITIES = ("ok", "hard", "unreadable", "unread", "unknown")
SHOWN = ("kwh", "other", "off", "m3", "unknown")
READERS = ("eye", "source")
UPRIGHT_ASPECT = 3.2
"""Width to height from which the box of a counter that may lean in any direction says that it lies level."""
SLANTED = frozenset({"toloka_water"})
_DIGITS = frozenset("0123456789")
_READING = _DIGITS | {"?"}


@dataclass(frozen=True, slots=True)
class LabelledDigit:
    """One digit of a photographed counter and its box, px."""

    symbol: str
    box: Box


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo of a whole meter. ``decimals`` is ``None`` where nobody knows how many digits are fractional.

    ``reading`` holds all digits without a point (``""``: nothing was read); it is ``None`` for sources that give
    ``integer_value`` and ``fraction_digits`` instead, without leading zeros.
    """

    id: str
    image: str
    source: str
    group: str
    kind: DisplayKind
    split: str
    width: int
    height: int
    display: Box
    quad: Quad | None
    reading: str | None
    decimals: int | None
    also: str | None
    integer_value: str | None
    fraction_digits: str | None
    quality: str
    shows: str
    read_by: str
    digits: tuple[LabelledDigit, ...]
    serial_boxes: tuple[Box, ...]

    @property
    def corners(self) -> tuple[tuple[float, float], ...] | None:
        """The display's four corners, top left first in reading direction; ``None`` where only a box around a
        slanted counter is known."""
        if self.quad is not None:
            return self.quad.points
        x0, y0, x1, y1 = self.display
        if self.source in SLANTED and x1 - x0 < UPRIGHT_ASPECT * (y1 - y0):
            return None
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))

    @property
    def accepted(self) -> tuple[str, ...]:
        """Readings that count as right, digits without a point; empty where there is none or only a number."""
        return tuple(r for r in (self.reading, self.also) if r)


@dataclass(frozen=True, slots=True)
class Strip:
    """A cut-out LCD strip: nothing but the display, already level."""

    id: str
    image: str
    source: str
    group: str
    kind: DisplayKind
    split: str
    reading: str
    decimals: int
    read_by: str

    @property
    def accepted(self) -> tuple[str, ...]:
        """Readings that count as right, digits without a point."""
        return (self.reading,)


Placed = tuple[str, Scene | Strip]
"""A record and its place: file and line."""


def scene(record: object, place: str = "record") -> Scene:
    """A checked :class:`Scene` from one decoded line; ``place`` (file and line) goes into error messages.

    Raises:
        ManifestError: a field is missing or contradicts another.
    """
    fields = Fields(record, place)
    size = fields.whole("width", least=1), fields.whole("height", least=1)
    reading = fields.symbols("reading", _READING)
    number = fields.symbols("integer_value", _DIGITS)
    if (reading is None) == (number is None):
        fields.fail("reading", "either reading or integer_value", (reading, number))
    return Scene(
        id=fields.text("id"),
        image=fields.text("image"),
        source=fields.text("source"),
        group=fields.text("group"),
        kind=DisplayKind(fields.one_of("kind", list(DisplayKind))),
        split=fields.one_of("split", SPLITS),
        width=size[0],
        height=size[1],
        display=fields.box("display", fields.record.get("display"), size),
        quad=fields.quad("quad", size),
        reading=reading,
        decimals=fields.decimals(len(reading or "")),
        also=_also(fields, reading),
        integer_value=number,
        fraction_digits=fields.symbols("fraction_digits", _DIGITS),
        quality=_quality(fields, reading),
        shows=fields.one_of("shows", SHOWN),
        read_by=fields.one_of("read_by", READERS),
        digits=_digits(fields, reading, size),
        serial_boxes=tuple(fields.box("serial_boxes", b, size) for b in fields.record.get("serial_boxes", ())),
    )


def _also(fields: Fields, reading: str | None) -> str | None:
    also = fields.symbols("also", _READING)
    if also is not None and len(also) != len(reading or ""):
        fields.fail("also", f"as many digits as the reading {reading!r}", also)
    return also


def _quality(fields: Fields, reading: str | None) -> str:
    quality = fields.one_of("quality", QUALITIES)
    if quality in ("ok", "hard") and reading == "":
        fields.fail("reading", f"digits in a photo of quality {quality}", reading)
    return quality


def _digits(fields: Fields, reading: str | None, size: tuple[int, int]) -> tuple[LabelledDigit, ...]:
    rows = fields.record.get("digits", ())
    if not isinstance(rows, list | tuple) or not all(isinstance(r, dict) and "symbol" in r for r in rows):
        fields.fail("digits", "a list of objects with symbol and box", rows)
    digits = tuple(LabelledDigit(str(r["symbol"]), fields.box("digits", r.get("box"), size)) for r in rows)
    symbols = "".join(d.symbol for d in digits)
    if digits and reading is not None and symbols != reading:
        fields.fail("digits", f"the digits of the reading {reading!r}", symbols)
    return digits


def strip(record: object, place: str = "record") -> Strip:
    """A checked :class:`Strip` from one decoded line.

    Raises:
        ManifestError: a field is missing or contradicts another.
    """
    fields = Fields(record, place)
    reading = fields.symbols("reading", _READING)
    if not reading:
        fields.fail("reading", "digits", reading)
    return Strip(
        id=fields.text("id"),
        image=fields.text("image"),
        source=fields.text("source"),
        group=fields.text("group"),
        kind=DisplayKind(fields.one_of("kind", list(DisplayKind))),
        split=fields.one_of("split", SPLITS),
        reading=reading or "",
        decimals=fields.decimals(len(reading or "")) or 0,
        read_by=fields.one_of("read_by", READERS),
    )


def read_lines(root: Path, name: str) -> list[Row]:
    """The decoded lines of :data:`SCENES` or :data:`STRIPS` of a data folder, as they are; it may lack strips.

    Raises:
        ManifestError: a line is no JSON.
    """
    path = root / name
    if name == STRIPS and not path.exists():
        return []
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        place = f"{path}:{number}"
        try:
            rows.append((place, json.loads(line)))
        except json.JSONDecodeError as error:
            raise ManifestError(f"{place}: expected one JSON object a line, got {line[:60]!r}") from error
    return rows


def check_splits(records: Iterable[Placed]) -> None:
    """No id twice, no meter (``group``) in two splits.

    Raises:
        ManifestError: names the ids and their lines.
    """
    ids: dict[str, str] = {}
    groups: dict[str, Placed] = {}
    for place, record in records:
        if record.id in ids:
            raise ManifestError(f"id {record.id}: expected once, got it in {ids[record.id]} and in {place}")
        ids[record.id] = place
        first_place, first = groups.setdefault(record.group, (place, record))
        if first.split != record.split:
            raise ManifestError(
                f"group {record.group}: expected one split a meter, got {first.id} in {first.split} ({first_place}) "
                f"and {record.id} in {record.split} ({place})"
            )


def _rows(root: Path) -> tuple[list[Row], list[Row]]:
    """The lines of both files with the corrections applied."""
    scenes, strips = (read_lines(root, name) for name in (SCENES, STRIPS))
    corrections = load_corrections()
    if root.resolve() == SHARED.resolve():
        check_all_used([*scenes, *strips], corrections)
    return corrected(scenes, corrections), corrected(strips, corrections)


def load_records(root: Path) -> list[Placed]:
    """All photos, then all strips of the data folder ``root``, corrected, with their places, checked against each
    other.

    Raises:
        ManifestError: says file, line, what was expected and what came.
    """
    scenes, strips = _rows(root)
    records: list[Placed] = [(place, scene(row, place)) for place, row in scenes]
    records += [(place, strip(row, place)) for place, row in strips]
    check_splits(records)
    return records


def load_scenes(root: Path) -> list[Scene]:
    """All photos of the data folder ``root``, with their labels corrected, checked against each other.

    Raises:
        ManifestError: says file, line, what was expected and what came.
    """
    scenes = [(place, scene(row, place)) for place, row in _rows(root)[0]]
    check_splits(scenes)
    return [record for _, record in scenes]


def load_strips(root: Path) -> list[Strip]:
    """All cut-out strips of ``root``; their meters are checked against the photos' too.

    Raises:
        ManifestError: says file, line, what was expected and what came.
    """
    return [record for _, record in load_records(root) if isinstance(record, Strip)]


def data_hash(root: Path) -> str:
    """SHA-256 (first 16 hex digits) of the labels, of their corrections, and of every image's name and size; goes into
    models' metadata."""
    total, rows = hashlib.sha256(), list[Row]()
    for name in (SCENES, STRIPS):
        lines = read_lines(root, name)
        if lines:
            total.update((root / name).read_bytes())
        for _, row in lines:
            image = root / str(row["image"] if isinstance(row, dict) else row)
            total.update(f"{image.name}:{image.stat().st_size}\n".encode())
        rows += lines
    for correction in concerning(load_corrections(), rows):
        total.update(json.dumps([correction.id, correction.field, correction.now]).encode())
    return total.hexdigest()[:16]
