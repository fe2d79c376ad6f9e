"""How well a display was captured: pure functions of where it lies and what it looks like.

The thresholds were set on the training photos: each is passed by about 99 % of the displays that people read with
certainty. They are advice for the person with the camera; whether a reading is trusted does not depend on them.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.issue import Issue
from meterocr.readout import Quad
from meterocr.vision.image import Image

MIN_HEIGHT = 18.0
"""TOO_SMALL: height of the display in the photo, px."""

MIN_PX_PER_DIGIT = 7.0
"""TOO_SMALL: width of the display in the photo for each of its digits, px."""

EDGE = 0.004
"""CUT_OFF: a corner so near to the photo's edge, as a part of the photo's long side."""

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

MAX_SPOT = 0.04
"""GLARE: the largest white spot, as a part of the display."""

MIN_SHARPNESS = 0.11
"""BLURRED: steepest steps from px to px along the strip, as a part of its contrast."""

FLAT = 10.0
"""DISPLAY_OFF: contrast within patches of a digit's size, of 255; a display with digits has more somewhere."""

_LEAST_CONTRAST = 8.0  # keeps noise on an even surface from looking sharp


def capture_issues(quad: Quad, display: Image, photo_size: tuple[int, int], *, digits: int = 0) -> tuple[Issue, ...]:
    """What is wrong with how a display was photographed.

    Args:
        quad: its corners, px of the photo.
        display: the display straightened, without margin, (H, W, 3).
        photo_size: width and height of the photo, px.
        digits: how many digits were read on it; 0: not known.
    """
    found = {
        Issue.CUT_OFF: _is_cut_off(quad, photo_size),
        Issue.TOO_SMALL: quad.height < MIN_HEIGHT or quad.width < MIN_PX_PER_DIGIT * digits,
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
    return bool(np.percentile(patches, 90) < FLAT) and _sharpness(grey) >= MIN_SHARPNESS


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


def _is_cut_off(quad: Quad, photo_size: tuple[int, int]) -> bool:
    width, height = photo_size
    near = EDGE * max(photo_size)
    x0, y0, x1, y1 = quad.bounds
    return x0 < near or y0 < near or x1 > width - near or y1 > height - near


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
