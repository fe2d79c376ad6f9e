"""Value types of drawn displays and the geometry they share.

Images are RGB; painters work in float32 0..255 and hand out uint8. Points are (x, y) px.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import DisplayKind, Quantity

Image = NDArray[np.uint8]
Canvas = NDArray[np.float32]
Points = NDArray[np.float32]

_TOO_SOFT = 0.25
"""Blur, as a standard deviation in digit widths, beyond which nobody reads a digit."""
_TOO_FAINT = 7.0
"""Contrast in levels, after the blur has spread a stroke's ink, below which nobody sees a digit."""


@dataclass(frozen=True, eq=False)
class SynthDisplay:
    """One drawn display and the truth about it.

    Attributes:
        kind: how the display shows its number.
        text: as in :class:`meterocr.readout.Readout`: ``"00482.1"``; ``?`` for a lost digit, ``""`` for none.
        shows: the unit that can be seen; ``UNKNOWN`` where none can.
        legible: false when the display is off, or an integer digit is lost.
        quad: (4, 2) corners of the glass or window, top left first in reading direction, clockwise.
        digits: (n, 4, 2) corners of each digit of ``text`` without the point.
        turns: of each digit, how far its wheel stands past it, in digits; 0 on an LCD.
    """

    kind: DisplayKind
    text: str
    shows: Quantity
    legible: bool
    quad: Points
    digits: Points
    turns: tuple[float, ...]

    def moved(self, matrix: NDArray[np.floating]) -> SynthDisplay:
        """The same display seen through the 3x3 homography ``matrix``."""
        return replace(self, quad=move(self.quad, matrix), digits=move(self.digits, matrix))

    def unreadable(self) -> SynthDisplay:
        """The same display when nobody could read it: no text, no digits."""
        nothing = np.zeros((0, 4, 2), np.float32)
        return replace(self, text="", legible=False, digits=nothing, turns=(), shows=Quantity.UNKNOWN)


@dataclass(frozen=True, eq=False)
class SynthStrip(SynthDisplay):
    """A display with a little of what surrounds it: ``image`` (H, W, 3) uint8 RGB."""

    image: Image


@dataclass(frozen=True, eq=False)
class SynthScene:
    """A whole drawn photo, ``image`` (H, W, 3) uint8 RGB, and all displays in it (none in a background)."""

    image: Image
    displays: tuple[SynthDisplay, ...]


@dataclass(frozen=True, eq=False)
class Panel:
    """A display glass seen straight on: ``image`` (h, w, 3) float32, ``display`` in its px.

    Attributes:
        digit_width: of the main digits, px.
        stroke: thickness of their strokes, px.
        contrast: between ink and ground of the faintest digit, levels.
    """

    image: Canvas
    display: SynthDisplay
    digit_width: float
    stroke: float
    contrast: float

    def survives(self, blur: float) -> bool:
        """Whether digits can still be made out after a blur of standard deviation ``blur`` px of this panel."""
        left = self.contrast * self.stroke / math.hypot(self.stroke, 2.0 * blur)
        return blur <= _TOO_SOFT * self.digit_width and left >= _TOO_FAINT


def box_quad(x0: float, y0: float, x1: float, y1: float) -> Points:
    """(4, 2) corners of an upright box."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def move(points: Points, matrix: NDArray[np.floating]) -> Points:
    """``points`` (..., 2) through the 3x3 homography ``matrix``."""
    if points.size == 0:
        return points
    flat = points.reshape(-1, 2).astype(np.float64)
    homogeneous = np.c_[flat, np.ones(len(flat))] @ matrix.T
    moved = (homogeneous[:, :2] / homogeneous[:, 2:]).reshape(points.shape)
    return np.asarray(moved, np.float32)


def translation(dx: float, dy: float) -> NDArray[np.float64]:
    """3x3 matrix that shifts by (dx, dy) px."""
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)


def homography(source: Points, target: Points) -> NDArray[np.float64]:
    """3x3 matrix that takes four ``source`` points onto four ``target`` points."""
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), target.astype(np.float32))
    return np.asarray(matrix, np.float64)


def to_image(canvas: Canvas) -> Image:
    """Float canvas 0..255 to a uint8 image."""
    return np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8)
