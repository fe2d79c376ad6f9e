"""Printed text and stroke-drawn digits as ink masks.

Fonts are those that travel inside PyPI packages (matplotlib, Pillow): a drawing is the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from training.canvas import Canvas
from training.segments import Mask

DISPLAY_FONTS = ("DejaVuSans-Bold", "DejaVuSans", "cmss10", "default")
PLATE_FONTS = (*DISPLAY_FONTS, "DejaVuSansMono-Bold", "DejaVuSansMono", "DejaVuSerif", "STIXGeneralBol", "cmtt10")
WHEEL_FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "cmss10", "default",
               "STIXGeneral", "cmtt10")  # fmt: skip
_FONT_PX = 40


@lru_cache(maxsize=32)
def _font(name: str) -> ImageFont.FreeTypeFont:
    if name == "default":
        return ImageFont.load_default(_FONT_PX)  # type: ignore[return-value]
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), _FONT_PX)


@lru_cache(maxsize=2048)
def _raster(text: str, font: str) -> Mask:
    mask = _font(font).getmask(text, mode="L")
    pixels: Mask = np.array(mask, np.uint8).reshape(mask.size[1], mask.size[0])
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return np.zeros((1, 1), np.uint8)
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def text_mask(text: str, font: str, height: float, squeeze: float = 1.0) -> Mask:
    """Ink of ``text``, cropped to the ink, ``height`` px high, its width scaled by ``squeeze``.

    Signs beyond ASCII come from DejaVu Sans, for the other fonts lack most of them.
    """
    raster = _raster(text, font if text.isascii() else "DejaVuSans-Bold")
    h = max(1, round(height))
    w = max(1, round(raster.shape[1] * h / raster.shape[0] * squeeze))
    return np.asarray(cv2.resize(raster, (w, h), interpolation=cv2.INTER_AREA), np.uint8)


def stamp(mask: Mask, ink: Mask, x: float, y: float, level: float = 1.0) -> tuple[float, float, float, float]:
    """Lay ``ink`` onto ``mask`` with its top left at (x, y), cut at the borders; returns the box x0, y0, x1, y1."""
    left, top = round(x), round(y)
    h, w = ink.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, mask.shape[1]), min(top + h, mask.shape[0])
    if x1 > x0 and y1 > y0:
        part = ink[y0 - top : y1 - top, x0 - left : x1 - left]
        part = part if level >= 1.0 else (part * level).astype(np.uint8)
        np.maximum(mask[y0:y1, x0:x1], part, out=mask[y0:y1, x0:x1])
    return left, top, left + w, top + h


def blend(canvas: Canvas, ink: Mask, at: tuple[float, float], colour: Canvas, strength: float = 1.0) -> None:
    """Paint ``ink`` in ``colour`` (3,) onto ``canvas`` (H, W, 3) with its top left at ``at``, cut at the borders."""
    left, top = round(at[0]), round(at[1])
    h, w = ink.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, canvas.shape[1]), min(top + h, canvas.shape[0])
    if x1 > x0 and y1 > y0:
        alpha = ink[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32) * np.float32(strength / 255)
        part = canvas[y0:y1, x0:x1]
        part += alpha * (colour - part)


@dataclass(frozen=True)
class StrokeStyle:
    """Shape of stroke-drawn digits: proportions in units of the digit's height.

    Attributes:
        width: of a digit.
        thickness: of the stroke.
        square: superellipse exponent of the bowls: 2 is an ellipse, 5 nearly a rectangle.
        flag: whether 1 has a flag; ``foot``: whether it has a foot.
        open_four: whether the top of 4 is open; ``flat_three``: whether 3 has a flat top.
        straight_tails: whether the tails of 6 and 9 are straight.
    """

    width: float
    thickness: float
    square: float
    flag: bool
    foot: bool
    open_four: bool
    flat_three: bool
    straight_tails: bool


def random_strokes(rng: np.random.Generator) -> StrokeStyle:
    """A style from the range seen on counter wheels."""
    return StrokeStyle(
        width=rng.uniform(0.42, 0.68),
        thickness=float(np.clip(rng.normal(0.13, 0.035), 0.07, 0.22)),
        square=rng.choice([2.0, 2.4, 3.2, 5.0]),
        flag=rng.random() < 0.75,
        foot=rng.random() < 0.12,
        open_four=rng.random() < 0.3,
        flat_three=rng.random() < 0.15,
        straight_tails=rng.random() < 0.35,
    )


def _arc(box: tuple[float, float, float, float], start: float, stop: float, square: float) -> NDArray[np.float64]:
    """Points of a superellipse inscribed in ``box``, from angle ``start`` to ``stop`` (degrees, y down)."""
    x0, y0, x1, y1 = box
    a = np.radians(np.linspace(start, stop, max(6, int(abs(stop - start) / 9))))
    c, s = np.cos(a), np.sin(a)
    x = np.sign(c) * np.abs(c) ** (2 / square)
    y = np.sign(s) * np.abs(s) ** (2 / square)
    return np.stack([(x0 + x1) / 2 + x * (x1 - x0) / 2, (y0 + y1) / 2 + y * (y1 - y0) / 2], axis=1)


def _line(*points: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(points, np.float64)


def _one(style: StrokeStyle) -> list[NDArray[np.float64]]:
    parts = [_line((0.6, 0.0), (0.6, 1.0))]
    parts += [_line((0.25, 0.22), (0.6, 0.0))] if style.flag else []
    return parts + ([_line((0.25, 1.0), (0.95, 1.0))] if style.foot else [])


def _three(style: StrokeStyle) -> list[NDArray[np.float64]]:
    bowl = min(style.square, 3.2)
    lower = _arc((0, 0.42, 1, 1), -80, 155, bowl)
    if style.flat_three:
        return [np.r_[_line((0.05, 0.0), (0.95, 0.0), (0.45, 0.42)), lower]]
    return [_arc((0.05, 0, 0.95, 0.48), 200, 440, bowl), lower]


def _four(style: StrokeStyle) -> list[NDArray[np.float64]]:
    if style.open_four:
        return [_line((0.25, 0.0), (0.0, 0.62), (1.0, 0.62)), _line((0.72, 0.3), (0.72, 1.0))]
    return [_line((1.0, 0.72), (0.0, 0.72), (0.7, 0.0), (0.7, 1.0))]


def _six(style: StrokeStyle) -> list[NDArray[np.float64]]:
    bend = min(style.square, 2.6)
    tail = _line((0.7, 0.0), (0.04, 0.6)) if style.straight_tails else _arc((0, 0, 1.05, 1.3), 180, 295, bend)
    return [_arc((0, 0.4, 1, 1), 0, 360, min(style.square, 3.2)), tail]


def strokes(digit: int, style: StrokeStyle) -> list[NDArray[np.float64]]:
    """Centre lines of ``digit`` in a box of 1 x 1 (x to the right, y down)."""
    square, bowl = style.square, min(style.square, 3.2)
    lines: dict[int, Callable[[], list[NDArray[np.float64]]]] = {
        0: lambda: [_arc((0, 0, 1, 1), 0, 360, square)],
        1: lambda: _one(style),
        2: lambda: [np.r_[_arc((0, 0, 1, 0.58), 190, 380, bowl), _line((0.86, 0.55), (0.0, 1.0), (1.0, 1.0))]],
        3: lambda: _three(style),
        4: lambda: _four(style),
        5: lambda: [np.r_[_line((0.92, 0.0), (0.1, 0.0), (0.04, 0.48)), _arc((0, 0.36, 1, 1), -130, 150, bowl)]],
        6: lambda: _six(style),
        7: lambda: [_line((0.0, 0.0), (1.0, 0.0), (0.35, 1.0))],
        8: lambda: [_arc((0.06, 0, 0.94, 0.47), 0, 360, square), _arc((0, 0.47, 1, 1), 0, 360, square)],
        9: lambda: [1.0 - part for part in _six(style)],
    }
    return lines[digit]()


@lru_cache(maxsize=512)
def _stroke_raster(digit: int, style: StrokeStyle) -> Mask:
    big = 96
    thick = max(2, round(style.thickness * big))
    w = round(style.width * big)
    mask = np.zeros((big, w), np.uint8)
    inner = np.array([w - thick - 1, big - thick - 1], np.float64)
    for part in strokes(digit, style):
        points = np.round((part * inner + thick / 2) * 16).astype(np.int32)
        cv2.polylines(mask, [points], False, 255, thick, cv2.LINE_AA, 4)
    return mask


def stroke_mask(digit: int, style: StrokeStyle, height: float) -> Mask:
    """Ink of a stroke-drawn ``digit``, ``height`` px high."""
    raster = _stroke_raster(digit, style)
    h = max(2, round(height))
    size = (max(2, math.ceil(raster.shape[1] * h / raster.shape[0])), h)
    return np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA), np.uint8)
