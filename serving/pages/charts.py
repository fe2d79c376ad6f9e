"""Charts drawn here as SVG: nothing to load, nothing to run, and read aloud by their title."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 340, 150
_TOP, _BOTTOM = 20, 22
_MOST_LABELS = 13
_LEFT, _RIGHT = 60, 24  # of plots: room for the values and for half a date
_DATES = 5


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
    """A point of a plot; ``at`` and ``value`` in any unit, ``label`` for the axis below."""

    at: float
    value: float
    mark: str = ""
    label: str = ""


def plot(title: str, dots: Sequence[Dot]) -> Markup:
    """A line through points, such as readings over time; each point has its own mark.

    What lies far off the others is drawn at the edge, with its value: the others keep their shape.
    """
    parts = [_open(title, _WIDTH, _HEIGHT, "plot")]
    if dots:
        x0, x1 = min(d.at for d in dots), max(d.at for d in dots)
        y0, y1 = _range([d.value for d in dots])
        floor = _HEIGHT - 28
        across, up = (_WIDTH - _LEFT - _RIGHT) / ((x1 - x0) or 1), (floor - _TOP - 6) / ((y1 - y0) or 1)
        spots = [
            (_LEFT + (d.at - x0) * across, floor - 6 - (min(max(d.value, y0), y1) - y0) * up, d)
            for d in sorted(dots, key=lambda d: d.at)
        ]
        far = [dot for dot in dots if not y0 <= dot.value <= y1]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, dot in spots if dot.mark != "other" and dot not in far)
        parts.append(f'<path class="axis" d="M{_LEFT - 8} {_TOP - 8}V{floor}H{_WIDTH - 6}"/>')
        parts.append(f'<polyline points="{line}"/>')
        for x, y, dot in spots:
            parts.append(f'<circle class="{escape(dot.mark)}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
            if dot in far:
                arrow = "↑" if dot.value > y1 else "↓"
                parts.append(_text(max(x + 20, 80), y - 9, f"{arrow} {dot.value:.10g}", "value end"))
        labels = [(x, dot.label) for x, _, dot in spots if dot.label]
        every = -(-len(labels) // _DATES) or 1
        parts += [_text(x, _HEIGHT - 8, label, "label") for x, label in labels[::-1][::every]]
        parts.append(_text(0, _TOP + 4, f"{y1:.10g}", "value start"))
        parts.append(_text(0, floor - 2, f"{y0:.10g}", "value start"))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - every text was escaped


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The least and the most of ``values``, without those (two at most) that alone make the range thrice as large."""
    kept = sorted(values)
    for _ in range(2):
        for rest in (kept[:-1], kept[1:]):
            if len(rest) > 2 and 3 * (rest[-1] - rest[0]) < kept[-1] - kept[0]:
                kept = rest
                break
    return kept[0], kept[-1]


def _open(title: str, width: int, height: int, kind: str) -> str:
    text = escape(title)
    return f'<svg class="chart {kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{text}">'


def _text(x: float, y: float, text: str, mark: str) -> str:
    return f'<text class="{mark}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
