"""How well a display was captured: pure functions of where it lies and what it looks like.

The thresholds were set on the training photos: each is passed by 95 to 99 % of the displays that people read with
certainty. They are advice for the person with the camera; whether a reading is trusted does not depend on them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.issue import Issue
from meterocr.readout import Point, Quad
from meterocr.vision.image import Image

MIN_HEIGHT = 18.0
"""TOO_SMALL: height of the display in the photo, px."""

MIN_PX_PER_DIGIT = 7.0
"""TOO_SMALL: mean width of a digit with its gap in the photo, px."""

EDGE = 0.004
"""CUT_OFF: so near to the photo's edge, as a part of the photo's long side."""

MAX_TAPER = 1.5
"""TILTED: ratio of opposite sides of the display."""

MAX_SKEW = 30.0
"""TILTED: how far a corner of the display may be from a right angle, degrees."""

DARK = 70.0
"""TOO_DARK: 95 % of the display's px are darker, of 255."""

WHITE = 250
"""OVEREXPOSED, GLARE: a px with all three colours at least here has lost what it showed."""

MAX_WHITE = 0.4
"""OVEREXPOSED: part of the display that is white."""

MAX_SPOT = 0.06
"""GLARE: the largest white spot, as a part of the display."""

MIN_SHARPNESS = 0.09
"""BLURRED: steepest steps from px to px along the strip, as a part of its contrast."""

FLAT = 10.0
"""DISPLAY_OFF: contrast within patches of a digit's size, of 255; a display with digits has more somewhere."""

_GRAINY = 0.38  # steps from px to px as a part of the contrast within patches, from which it is noise and not blur
_LEAST_CONTRAST = 8.0  # keeps noise on an even surface from looking sharp


def capture_issues(
    quad: Quad, display: Image, photo_size: tuple[int, int], *, digits: Sequence[Quad] = ()
) -> tuple[Issue, ...]:
    """What is wrong with how a display was photographed.

    Args:
        quad: its corners, px of the photo.
        display: the display straightened, without margin, (H, W, 3).
        photo_size: width and height of the photo, px.
        digits: those that were read on it, px of the photo. A display that reaches the photo's edge is cut off only
            if its digits do too.
    """
    width = sum(digit.width for digit in digits) / len(digits) if digits else math.inf
    found = {
        Issue.CUT_OFF: _is_cut_off(quad, digits, photo_size),
        Issue.TOO_SMALL: quad.height < MIN_HEIGHT or width < MIN_PX_PER_DIGIT,
        Issue.TILTED: _is_tilted(quad),
        **_light(display),
    }
    return tuple(issue for issue in Issue if found.get(issue, False))


def is_flat(display: Image) -> bool:
    """Whether nothing stands out on the straightened display, as when it is switched off."""
    grey = _inner(cv2.cvtColor(display, cv2.COLOR_RGB2GRAY).astype(np.float32))
    height = grey.shape[0]
    # Against the surroundings of about a digit's size, so that a shadow across the glass does not count.
    detail = cv2.absdiff(grey, cv2.blur(grey, (max(3, height // 3),) * 2))
    patches = cv2.blur(detail, (max(3, height // 5),) * 2)
    grain = np.percentile(np.abs(np.diff(grey, axis=1)), 95) / max(1.0, float(np.percentile(detail, 95)))
    return bool(np.percentile(patches, 90) < FLAT and grain >= _GRAINY)


def _light(display: Image) -> dict[Issue, bool]:
    grey = cv2.cvtColor(display, cv2.COLOR_RGB2GRAY).astype(np.float32)
    white = np.asarray(display.min(axis=2) >= WHITE, dtype=np.uint8)
    overexposed = float(white.mean()) > MAX_WHITE
    _, _, stats, _ = cv2.connectedComponentsWithStats(white)
    spot = float(stats[1:, cv2.CC_STAT_AREA].max()) / white.size if len(stats) > 1 else 0.0
    return {
        Issue.TOO_DARK: bool(np.percentile(grey, 95) < DARK),
        Issue.OVEREXPOSED: overexposed,
        Issue.GLARE: spot > MAX_SPOT and not overexposed,
        Issue.BLURRED: _sharpness(grey) < MIN_SHARPNESS,
    }


def _sharpness(grey: NDArray[np.float32]) -> float:
    low, high = np.percentile(grey, (5, 95))
    steps = np.abs(np.diff(grey, axis=1))
    return float(np.percentile(steps, 99) / max(high - low, _LEAST_CONTRAST))


def _inner(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the outer eighth of the height: frames and their shadows stand out on dead displays too."""
    rim = grey.shape[0] // 8
    return grey[rim : grey.shape[0] - rim, 2 * rim : grey.shape[1] - 2 * rim]


def _is_cut_off(quad: Quad, digits: Sequence[Quad], photo_size: tuple[int, int]) -> bool:
    near = EDGE * max(photo_size)
    points = _ends(digits[0])[:1] + _ends(digits[-1])[1:] if digits else quad.points
    return any(not (near <= x <= photo_size[0] - near and near <= y <= photo_size[1] - near) for x, y in points)


def _ends(quad: Quad) -> tuple[Point, Point]:
    """The middle of the left side and of the right side."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.points
    return ((ax + dx) / 2, (ay + dy) / 2), ((bx + cx) / 2, (by + cy) / 2)


def _is_tilted(quad: Quad) -> bool:
    points = quad.points
    sides = [math.dist(points[i], points[(i + 1) % 4]) for i in range(4)]
    tapers = (max(a, b) / max(min(a, b), 1e-6) for a, b in ((sides[0], sides[2]), (sides[1], sides[3])))
    return max(tapers) > MAX_TAPER or any(abs(_corner(quad, i) - 90) > MAX_SKEW for i in range(4))


def _corner(quad: Quad, i: int) -> float:
    """Inner angle at a corner, degrees."""
    (ax, ay), (bx, by), (cx, cy) = quad.points[i - 1], quad.points[i], quad.points[(i + 1) % 4]
    angle = math.degrees(math.atan2(ay - by, ax - bx) - math.atan2(cy - by, cx - bx)) % 360
    return min(angle, 360 - angle)
