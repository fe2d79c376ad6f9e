"""One record of the manifest, read field by field; every failure says where it is and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from meterocr.readout import Quad

Box = tuple[float, float, float, float]
_TOLERANCE = 2.0  # px by which a rounded box may stick out of its image; such a box is clipped


class ManifestError(ValueError):
    """A record breaks the format; the message says file, line, what was expected and what came."""


class Fields:
    """Typed access to one record; every failure is a :class:`ManifestError` that names the place."""

    def __init__(self, record: object, place: str) -> None:
        self.place = place
        if not isinstance(record, dict):
            self.fail("record", "a JSON object", record)
        self.record: Mapping[str, Any] = record

    def fail(self, field: str, expected: str, got: object) -> NoReturn:
        raise ManifestError(f"{self.place}: {field}: expected {expected}, got {got!r}")

    def text(self, field: str) -> str:
        value = self.record.get(field)
        if not isinstance(value, str) or not value:
            self.fail(field, "a text", value)
        return str(value)

    def one_of(self, field: str, choices: Sequence[str]) -> str:
        value = self.record.get(field)
        if value not in choices:
            self.fail(field, "one of " + ", ".join(choices), value)
        return str(value)

    def symbols(self, field: str, allowed: frozenset[str]) -> str | None:
        value = self.record.get(field)
        if value is not None and (not isinstance(value, str) or not set(value) <= allowed):
            self.fail(field, "a text of " + "".join(sorted(allowed)), value)
        return value

    def whole(self, field: str, *, least: int) -> int:
        value = self.record.get(field)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fail(field, f"a whole number of at least {least}", value)
        return value

    def box(self, field: str, value: object, size: tuple[int, int]) -> Box:
        """A box inside an image of ``size``; what sticks out by rounding is clipped."""
        if not isinstance(value, list) or len(value) != 4 or not all(isinstance(v, int | float) for v in value):
            self.fail(field, "x0, y0, x1, y1", value)
        x0, y0, x1, y1 = (float(v) for v in value)
        width, height = size
        if not (x0 < x1 and y0 < y1):
            self.fail(field, "x0 < x1 and y0 < y1", value)
        if min(x0, y0) < -_TOLERANCE or x1 > width + _TOLERANCE or y1 > height + _TOLERANCE:
            self.fail(field, f"a box inside the image of {width} x {height} px", value)
        return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))

    def quad(self, field: str, size: tuple[int, int]) -> Quad | None:
        value = self.record.get(field)
        if value is None:
            return None
        try:
            a, b, c, d = ((float(x), float(y)) for x, y in value)
        except (TypeError, ValueError):
            raise ManifestError(f"{self.place}: {field}: expected four corners x, y, got {value!r}") from None
        quad = Quad((a, b, c, d))
        self.box(field, list(quad.bounds), size)
        return quad

    def decimals(self, digits: int) -> int | None:
        value = self.record.get("decimals")
        if value is None:
            return None
        if not isinstance(value, int) or not 0 <= value <= max(0, digits - 1):
            self.fail("decimals", f"a number below the {digits} digits of the reading, or null", value)
        return int(value)
