"""Labels that turned out to be wrong: ``training/corrections.csv``, applied whenever a manifest is read.

The data themselves are never edited. One row corrects one field of one record::

    source,id,field,was,is,reason
    here,m007,reading,016325,016326,"the last wheel stands at 6, looked at enlarged"
    here,m012,decimals,1,null,the point cannot be seen

``was`` and ``is`` are written as the text itself in fields that hold text (nothing at all: the empty text), as JSON in
the others; ``null`` in any field is a value that is not there. A corrected reading of as many digits changes the labels
of its single digits too.

A row whose ``was`` is not what the data say is an error: the data have changed, and somebody has to look again. A row
for a record that is not there is one only in the folder that all corrections are made for (:data:`SHARED`, beside the
checkout): any other folder holds other photos, or some of these.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.record import ManifestError

FILE = Path(__file__).with_name("corrections.csv")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
COLUMNS = ("source", "id", "field", "was", "is", "reason")
TEXTS = ("reading", "also", "integer_value", "fraction_digits", "quality", "shows", "kind", "group")
OTHERS = ("decimals", "display", "quad")
_NOTHING = "null"

Row = tuple[str, object]
"""``(file:line, decoded line)`` of a manifest."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One field of one record: what the data say, what is true, and how that is known.

    ``place`` (file and line) goes into error messages.
    """

    source: str
    id: str
    field: str
    was: object
    now: object
    reason: str
    place: str


def load_corrections(path: Path = FILE) -> tuple[Correction, ...]:
    """All rows of the file.

    Raises:
        ManifestError: a row breaks the format, gives no reason, changes nothing, or corrects a field a second time.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ManifestError(f"{path.name}:1: expected the columns {','.join(COLUMNS)}, got {reader.fieldnames}")
        found = tuple(_correction(row, f"{path.name}:{reader.line_num}") for row in reader)
    seen: dict[tuple[str, str], str] = {}
    for row in found:
        first = seen.setdefault((row.id, row.field), row.place)
        if first != row.place:
            raise ManifestError(f"{row.place}: expected {row.id}.{row.field} corrected once, got it in {first} too")
    return found


def _correction(row: Mapping[str | None, str | None], place: str) -> Correction:
    if None in row or None in row.values():
        raise ManifestError(f"{place}: expected {len(COLUMNS)} cells, got {list(row.values())}")
    source, name, field, was, now, reason = (str(row[column]) for column in COLUMNS)
    if not (source and name and reason):
        raise ManifestError(f"{place}: expected source, id and reason, got {list(row.values())}")
    if field not in TEXTS + OTHERS:
        raise ManifestError(f"{place}: expected a field out of {', '.join(TEXTS + OTHERS)}, got {field!r}")
    before, after = _value(field, was, place), _value(field, now, place)
    if before == after:
        raise ManifestError(f"{place}: expected a change of {field}, got {was} twice")
    return Correction(source, name, field, before, after, reason, place)


def _value(field: str, cell: str, place: str) -> object:
    if field in TEXTS:
        return None if cell == _NOTHING else cell
    try:
        return json.loads(cell)
    except json.JSONDecodeError as error:
        raise ManifestError(f"{place}: expected JSON for {field}, got {cell!r}") from error


def concerning(corrections: Iterable[Correction], rows: Iterable[Row]) -> list[Correction]:
    """Those of the corrections whose record is among ``rows``."""
    ids = {_key(row) for _, row in rows}
    return [c for c in corrections if (c.source, c.id) in ids]


def corrected(rows: Sequence[Row], corrections: Iterable[Correction]) -> list[Row]:
    """The rows with their corrections applied; what the caller gave stays as it is.

    Raises:
        ManifestError: a record does not say what its correction says that it said.
    """
    by_record: dict[tuple[object, object], list[Correction]] = {}
    for correction in corrections:
        by_record.setdefault((correction.source, correction.id), []).append(correction)
    return [
        (place, _applied(row, place, by_record.get(_key(row), ())) if isinstance(row, dict) else row)
        for place, row in rows
    ]


def check_all_used(rows: Iterable[Row], corrections: Sequence[Correction]) -> None:
    """Refuse corrections of records that are not there.

    Raises:
        ManifestError: names the rows.
    """
    used = concerning(corrections, rows)
    lost = [f"{c.place} ({c.source} {c.id})" for c in corrections if c not in used]
    if lost:
        raise ManifestError(f"expected a record for every correction, got none for {', '.join(lost)}")


def _key(row: object) -> tuple[object, object]:
    return (str(row.get("source")), str(row.get("id"))) if isinstance(row, dict) else (None, None)


def _applied(row: dict[str, Any], place: str, corrections: Iterable[Correction]) -> dict[str, Any]:
    for c in corrections:
        if row.get(c.field) != c.was:
            raise ManifestError(
                f"{c.place}: expected {c.id}.{c.field} to be {c.was!r}, as the correction says, "
                f"got {row.get(c.field)!r} in {place}"
            )
        row = {**row, c.field: c.now}
        if c.field == "reading" and row.get("digits"):
            row["digits"] = _relabelled(row["digits"], c.now)
    return row


def _relabelled(digits: Sequence[Mapping[str, object]], reading: object) -> list[dict[str, object]]:
    """The single digits with the symbols of another reading, where there are as many."""
    symbols = str(reading or "")
    if len(symbols) != len(digits):
        return [dict(d) for d in digits]
    return [{**d, "symbol": s} for d, s in zip(digits, symbols, strict=True)]
