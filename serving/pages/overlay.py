"""A photo with its display outlined and the digits over it, as SVG: the browser puts the picture behind."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup, escape

_SURE = 0.9
_AROUND = 0.6  # of the display's size, on each side
_MOST = 0.16  # of what is shown: a digit that was not found may have the whole display as its place


def marked(readout: dict[str, Any], size: tuple[int, int], address: str, alt: str, *, whole: bool = False) -> Markup:
    """The part of the photo around the display (or all of it), with what was read.

    Args:
        readout: as :meth:`meterocr.Readout.to_dict` gives it.
        size: width and height of the upright photo, px.
        address: where the browser gets it.
        alt: what is said to those who cannot see it.
    """
    width, height = size
    box = (0.0, 0.0, *size) if whole or readout["quad"] is None else _around(readout["quad"], width, height)
    view = " ".join(f"{v:.0f}" for v in box)
    parts = [f'<svg class="marked" viewBox="{view}" role="img" aria-label="{escape(alt)}">']
    parts.append(f'<image href="{escape(address)}" width="{width}" height="{height}"/>')
    for i, display in enumerate(readout["displays"]):
        parts.append(f'<polygon class="display{"" if i == 0 else " other"}" points="{_points(display["quad"])}"/>')
    parts += [_digit(digit, box) for digit in readout["digits"]]
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - numbers, and what was escaped


def _digit(digit: dict[str, Any], shown: tuple[float, float, float, float]) -> str:
    """The symbol above its place in the photo, and inside of what is shown."""
    (ax, ay), (bx, by), (_, _), (dx, dy) = digit["quad"]
    left, top, width, height = shown
    tall = ((dx - ax) ** 2 + (dy - ay) ** 2) ** 0.5 or 1.0
    size = max(min(tall * 0.62, _MOST * min(width, height)), 8.0)
    above = size * 0.68 / tall
    x = min(max((ax + bx) / 2 + (ax - dx) * above, left + size / 2), left + width - size / 2)
    y = min(max((ay + by) / 2 + (ay - dy) * above, top + size * 0.7), top + height - size * 0.7)
    mark = "sure" if digit["confidence"] >= _SURE and digit["symbol"] != "?" else "doubtful"
    return f'<text class="{mark}" x="{x:.0f}" y="{y:.0f}" font-size="{size:.0f}">{escape(digit["symbol"])}</text>'


def _around(quad: list[list[float]], width: float, height: float) -> tuple[float, float, float, float]:
    xs, ys = [p[0] for p in quad], [p[1] for p in quad]
    x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
    side = max(x1 - x0, (y1 - y0) * 1.2)
    pad_x, pad_y = side * _AROUND / 3, max((y1 - y0) * _AROUND * 1.6, side * _AROUND / 2.5)
    left, top = max(x0 - pad_x, 0), max(y0 - pad_y, 0)
    return left, top, min(x1 + pad_x, width) - left, min(y1 + pad_y, height) - top


def _points(quad: list[list[float]]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in quad)
