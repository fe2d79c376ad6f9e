"""Charts drawn here as SVG: nothing to load, nothing to run, and read aloud by their title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 340, 150
_TOP, _BOTTOM = 20, 22
_MOST_LABELS = 13


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``mark`` is a class of the style sheet, such as ``now`` or ``estimated``."""

    label: str
    value: float
    shown: str
    mark: str = ""


def bars(title: str, items: Sequence[Bar]) -> Markup:
    """Upright bars with their values above and their labels below."""
    most = max((bar.value for bar in items), default=0) or 1
    step = _WIDTH / max(len(items), 1)
    width = min(step * 0.7, 46)
    parts = [_open(title, _WIDTH, _HEIGHT, "bars")]
    for i, bar in enumerate(items):
        middle = step * (i + 0.5)
        height = max(bar.value / most * (_HEIGHT - _TOP - _BOTTOM), 1)
        y = _HEIGHT - _BOTTOM - height
        parts.append(
            f'<rect class="{escape(bar.mark)}" x="{middle - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}" rx="3"/>'
        )
        if len(items) <= _MOST_LABELS:
            parts.append(_text(middle, y - 5, bar.shown, "value"))
            parts.append(_text(middle, _HEIGHT - 6, bar.label, "label"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text was escaped


def stacked(title: str, labels: Sequence[str], rows: Sequence[Sequence[int]], marks: Sequence[str]) -> Markup:
    """Bars of several parts: ``rows`` has the parts of each bar, ``marks`` a class for each part."""
    most = max((sum(row) for row in rows), default=0) or 1
    step = _WIDTH / max(len(rows), 1)
    room = _HEIGHT - _TOP - _BOTTOM
    parts = [_open(title, _WIDTH, _HEIGHT, "bars")]
    every = -(-len(rows) // 7) or 1
    for i, row in enumerate(rows):
        y = float(_HEIGHT - _BOTTOM)
        for mark, count in zip(marks, row, strict=True):
            height = count / most * room
            y -= height
            if count:
                parts.append(
                    f'<rect class="{escape(mark)}" x="{step * (i + 0.12):.1f}" y="{y:.1f}" '
                    f'width="{step * 0.76:.1f}" height="{height:.1f}"/>'
                )
        if (len(rows) - 1 - i) % every == 0:
            last = i == len(rows) - 1  # its label would reach over the edge
            parts.append(_text(_WIDTH if last else step * (i + 0.5), _HEIGHT - 6, labels[i], f"label{' end' * last}"))
    parts.append(_text(4, 12, str(most), "value start"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text was escaped


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a plot; ``at`` and ``value`` in any unit."""

    at: float
    value: float
    mark: str = ""


def plot(title: str, dots: Sequence[Dot]) -> Markup:
    """A line through points, such as readings over time; each point has its own mark."""
    parts = [_open(title, _WIDTH, _HEIGHT, "plot")]
    if dots:
        x0, x1 = min(d.at for d in dots), max(d.at for d in dots)
        y0, y1 = min(d.value for d in dots), max(d.value for d in dots)
        spots = [
            (
                12 + (d.at - x0) / ((x1 - x0) or 1) * (_WIDTH - 24),
                _HEIGHT - 26 - (d.value - y0) / ((y1 - y0) or 1) * (_HEIGHT - 46),
                d.mark,
            )
            for d in dots
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, mark in spots if mark != "other")
        parts.append(f'<polyline points="{line}"/>')
        parts += [f'<circle class="{escape(mark)}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y, mark in spots]
        parts.append(_text(4, 12, f"{y1:g}", "value start"))
        parts.append(_text(4, _HEIGHT - 6, f"{y0:g}", "value start"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text was escaped


def _open(title: str, width: int, height: int, kind: str) -> str:
    text = escape(title)
    return f'<svg class="chart {kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{text}">'


def _text(x: float, y: float, text: str, mark: str) -> str:
    return f'<text class="{mark}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
