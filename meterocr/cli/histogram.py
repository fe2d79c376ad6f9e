"""A histogram as PNG. Pillow is there for the photos; a plotting library would be far heavier than what it draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from meterocr.workflow.rerating import Bin

_WIDTH, _HEIGHT, _MARGIN = 1200, 640, 70  # px
_INK, _LINE, _MORE, _LESS = "#202020", "#b0b0b0", "#b03a2e", "#1e8449"


def draw_histogram(bins: Sequence[Bin], title: str, path: Path) -> None:
    """How many bills are corrected by how much: red where the consumer owes more, green where less.

    Raises:
        OSError: it cannot be written.
    """
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    pen, small = ImageDraw.Draw(image), ImageFont.load_default(15)
    pen.text((_MARGIN, 20), title, _INK, ImageFont.load_default(20))
    floor, width = _HEIGHT - _MARGIN, (_WIDTH - 2 * _MARGIN) / max(len(bins), 1)
    scale = (floor - _MARGIN - 30) / max((each.count for each in bins), default=1)
    for place, each in enumerate(bins):
        left, right = _MARGIN + place * width, _MARGIN + (place + 1) * width
        top = floor - each.count * scale
        if each.count:
            pen.rectangle((left + 1, min(top, floor - 1), right - 1, floor), _MORE if each.end.paise > 0 else _LESS)
            pen.text(((left + right) / 2, top - 4), f"{each.count:,}", _INK, small, anchor="mb")
        if place % (len(bins) // 8 + 1) == 0:
            pen.text((left, floor + 8), str(each.start), _INK, small, anchor="mt")
    pen.line((_MARGIN, floor, _WIDTH - _MARGIN, floor), _LINE, 2)
    pen.text((_WIDTH / 2, _HEIGHT - 18), "correction of a bill, Rs", _INK, small, anchor="mm")
    image.save(path, "PNG")
