"""Parametric seven-segment digits, drawn into ink masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Polygon = NDArray[np.float64]

# Order of the segments: a (top), b, c (right), d (bottom), e, f (left), g (middle).
LIT: dict[str, tuple[str, ...]] = {
    "0": ("abcdef",),
    "1": ("bc",),
    "2": ("abdeg",),
    "3": ("abcdg",),
    "4": ("bcfg",),
    "5": ("acdfg",),
    "6": ("acdefg", "cdefg"),
    "7": ("abc", "abcf"),
    "8": ("abcdefg",),
    "9": ("abcdfg", "abcfg"),
    "-": ("g",),
    " ": ("",),
}
_SHIFT = 4


@dataclass(frozen=True)
class SegmentStyle:
    """Shape of the digits, in units of the digit's height.

    Attributes:
        width: of the digit, without the slant.
        thickness: of a segment.
        gap: between two segments.
        slant: tangent of the angle.
        cut: how far the outer corners are cut off, in thicknesses.
        ends: ``"mitre"`` (45 degrees, as most glass), ``"point"`` (both ends pointed) or ``"bar"`` (square ends).
        tails: whether 6 and 9 have their tails, and 7 is without the upper left segment.
        short_seven: whether 7 has three segments.
    """

    width: float
    thickness: float
    gap: float
    slant: float
    cut: float
    ends: str
    tails: bool
    short_seven: bool


def random_style(rng: np.random.Generator) -> SegmentStyle:
    """A style from the range seen on real meters."""
    width = rng.uniform(0.42, 0.62)
    return SegmentStyle(
        width=width,
        thickness=float(np.clip(rng.normal(0.112, 0.03), 0.06, 0.19)) * min(1.0, width / 0.48),
        gap=float(rng.choice([0.006, 0.018, 0.03]) * rng.uniform(0.5, 1.3)),
        slant=0.0 if rng.random() < 0.25 else rng.uniform(0.03, 0.24),
        cut=float(rng.choice([0.0, 0.35, 0.7]) * rng.uniform(0.5, 1.3)),
        ends=str(rng.choice(["mitre", "point", "bar"], p=[0.68, 0.2, 0.12])),
        tails=rng.random() < 0.88,
        short_seven=rng.random() < 0.6,
    )


def lit_segments(symbol: str, style: SegmentStyle) -> str:
    """Names of the segments that are on for ``symbol``."""
    forms = LIT[symbol]
    if len(forms) == 1:
        return forms[0]
    first = style.short_seven if symbol == "7" else style.tails
    return forms[0 if first else 1]


def readable_as(lit: str, visible: str) -> set[str]:
    """Digits that fit, when of the segments that are on (``lit``) only the places in ``visible`` can be seen."""
    seen = set(lit) & set(visible)
    return {s for s, forms in LIT.items() if any(set(form) & set(visible) == seen for form in forms)}


def _horizontal(y: float, outward: float, style: SegmentStyle) -> list[tuple[float, float]]:
    """The top (``outward`` -1) or bottom (1) segment, whose outer edge lies at ``y``."""
    t, g, w, cut = style.thickness, style.gap, style.width, style.cut * style.thickness
    inner, middle = y - outward * t, y - outward * t / 2
    if style.ends == "bar":
        return [(t / 2 + g, y), (w - t / 2 - g, y), (w - t / 2 - g, inner), (t / 2 + g, inner)]
    if style.ends == "point":
        return [
            (t / 2 + g, middle), (t + g, y), (w - t - g, y),
            (w - t / 2 - g, middle), (w - t - g, inner), (t + g, inner),
        ]  # fmt: skip
    return [
        (g + cut, y), (w - g - cut, y), (w - g - cut / 2, y - outward * cut / 2),
        (w - t - g, inner), (t + g, inner), (g + cut / 2, y - outward * cut / 2),
    ]  # fmt: skip


def _vertical(upper: bool, style: SegmentStyle) -> list[tuple[float, float]]:
    """The left segment of the upper or lower half."""
    t, g, cut = style.thickness, style.gap, style.cut * style.thickness
    if style.ends == "bar":
        points = [(0.0, t / 2 + g), (t, t / 2 + g), (t, 0.5 - g), (0.0, 0.5 - g)]
    elif style.ends == "point":
        points = [
            (t / 2, t / 2 + g), (t, t + g), (t, 0.5 - t / 2 - g),
            (t / 2, 0.5 - g), (0.0, 0.5 - t / 2 - g), (0.0, t + g),
        ]  # fmt: skip
    else:
        points = [
            (0.0, g + cut), (cut / 2, g + cut / 2), (t, t + g), (t, 0.5 - t / 2 - g),
            (t / 2, 0.5 - g), (0.0, 0.5 - g),
        ]  # fmt: skip
    return points if upper else [(x, 1 - y) for x, y in points]


@lru_cache(maxsize=8)
def outlines(style: SegmentStyle) -> dict[str, Polygon]:
    """The seven polygons in units of the digit's height, upright, slanted, y down from the digit's top."""
    t, g, w = style.thickness, style.gap, style.width
    middle = [
        (t / 2 + g, 0.5), (t + g, 0.5 - t / 2), (w - t - g, 0.5 - t / 2),
        (w - t / 2 - g, 0.5), (w - t - g, 0.5 + t / 2), (t + g, 0.5 + t / 2),
    ]  # fmt: skip
    upper, lower = _vertical(True, style), _vertical(False, style)
    raw = {
        "a": _horizontal(0.0, -1.0, style),
        "b": [(w - x, y) for x, y in upper],
        "c": [(w - x, y) for x, y in lower],
        "d": _horizontal(1.0, 1.0, style),
        "e": lower,
        "f": upper,
        "g": middle,
    }
    shear = np.array([[1.0, 0.0], [-style.slant, 1.0]])
    return {name: np.array(points) @ shear + (style.slant, 0.0) for name, points in raw.items()}


def fill(mask: Mask, polygons: Sequence[NDArray[np.floating]], level: int = 255) -> None:
    """Fill ``polygons`` (px, sub-pixel) into ``mask`` with soft edges."""
    for polygon in polygons:
        fixed = np.round(polygon * (1 << _SHIFT)).astype(np.int32)
        cv2.fillConvexPoly(mask, fixed, level, cv2.LINE_AA, _SHIFT)


def centres(style: SegmentStyle) -> NDArray[np.float64]:
    """(7, 2) centres of the segments a to g, in units of the digit's height."""
    return np.array([p.mean(axis=0) for p in outlines(style).values()])
