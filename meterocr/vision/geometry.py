"""Quads, and the strip that a quad becomes: pure functions of coordinates and pixels.

Images are (H, W, 3) uint8 RGB. Corners are (4, 2) float64 arrays of x, y px, ordered as in
:class:`~meterocr.readout.Quad`: top left first in reading direction, clockwise as seen in the photo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import Point, Quad
from meterocr.vision.image import Image

Corners = NDArray[np.float64]

_DETAIL = 2.0  # px of display per px of strip, at most, when the strip is sampled


def corners(quad: Quad) -> Corners:
    """The (4, 2) array of a quad."""
    return np.asarray(quad.points, dtype=np.float64)


def to_quad(points: NDArray[np.floating]) -> Quad:
    """The quad of a (4, 2) array."""
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return Quad((a, b, c, d))


def box_quad(x0: float, y0: float, x1: float, y1: float) -> Quad:
    """The upright quad of a box in px."""
    return Quad(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def moved(quad: Quad, factor: float, shift: Point = (0.0, 0.0)) -> Quad:
    """``quad * factor + shift``: from the px of a view or crop to those of the photo."""
    return to_quad(corners(quad) * factor + np.asarray(shift))


def turned(quad: Quad, quarters: int) -> Quad:
    """The same place read in another direction: turned clockwise by ``quarters`` times 90 degrees."""
    p = quad.points
    k = quarters % 4
    return Quad((p[k], p[(k + 1) % 4], p[(k + 2) % 4], p[(k + 3) % 4]))


def stretched(quad: Quad, wide: float, high: float, right: float, down: float) -> Quad:
    """``quad`` with its width and height multiplied, then moved by parts of its width and height as they were."""
    points = corners(quad)
    middle = points.mean(0)
    along, across = ((points[i] + points[j] - points[k] - points[m]) / 2 for i, j, k, m in ((1, 2, 0, 3), (2, 3, 0, 1)))
    off = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64)
    # What remains of a corner after the mean width and height is taken away is perspective; it stays as it is.
    rest = points - middle - off @ np.stack([along, across]) / 2
    scaled = middle + off @ np.stack([along * wide, across * high]) / 2
    return to_quad(scaled + rest + right * along + down * across)


def turned_back(quad: Quad, size: tuple[int, int], quarters: int) -> Quad:
    """A quad of an image that ``numpy.rot90`` has turned, in the image of ``size`` (height, width) before that."""
    height, width = size
    a, b, c, d = quad.points
    for i in range(quarters):
        # Each quarter took (x, y) to (y, width - x); the width is that of the image before that quarter.
        before = width if (quarters - i) % 2 else height
        a, b, c, d = ((before - y, x) for x, y in (a, b, c, d))
    return Quad((a, b, c, d))


def area(quad: Quad) -> float:
    """Enclosed area, px². Negative when the corners run anticlockwise."""
    x, y = corners(quad).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def is_convex(quad: Quad) -> bool:
    """Whether the corners run clockwise round a convex shape of some size."""
    edges = np.roll(corners(quad), -1, axis=0) - corners(quad)
    following = np.roll(edges, -1, axis=0)
    return bool(np.all(edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 1e-6))


def overlap(a: Quad, b: Quad) -> float:
    """Area common to two convex quads, px²."""
    ax0, ay0, ax1, ay1 = a.bounds
    bx0, by0, bx1, by1 = b.bounds
    if ax1 <= bx0 or bx1 <= ax0 or ay1 <= by0 or by1 <= ay0:
        return 0.0
    common, _ = cv2.intersectConvexConvex(corners(a).astype(np.float32), corners(b).astype(np.float32))
    return float(common)


def iou(a: Quad, b: Quad) -> float:
    """Intersection over union of two convex quads, 0 to 1."""
    common = overlap(a, b)
    union = area(a) + area(b) - common
    return common / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StripShape:
    """What a strip looks like: size in px, and the part of the display's width and height added on each side."""

    width: int
    height: int
    margin: tuple[float, float]

    def inset(self) -> tuple[float, float, float, float]:
        """Where the display itself lies in the strip: left, top, right, bottom px."""
        mx, my = (m / (1 + 2 * m) for m in self.margin)
        return mx * self.width, my * self.height, (1 - mx) * self.width, (1 - my) * self.height

    def inside(self, strip: Image) -> Image:
        """The strip without its margin."""
        left, top, right, bottom = (round(v) for v in self.inset())
        return strip[top:bottom, left:right]

    def demand(self, quad: Quad) -> float:
        """Scale at which the display in the photo has as many px as in the strip, both ways."""
        left, top, right, bottom = self.inset()
        return max((right - left) / max(quad.width, 1e-6), (bottom - top) / max(quad.height, 1e-6))


def strip_matrix(quad: Quad, shape: StripShape) -> NDArray[np.float64]:
    """(3, 3) perspective matrix from px of the photo to px of the strip."""
    inset = corners(box_quad(*shape.inset()))
    matrix = cv2.getPerspectiveTransform(corners(quad).astype(np.float32), inset.astype(np.float32))
    return np.asarray(matrix, dtype=np.float64)


def cut_strip(image: Image, quad: Quad, shape: StripShape) -> Image:
    """The display at ``quad`` straightened to (height, width, 3); beyond the photo its last px are repeated."""
    part, place = _detail(image, quad, shape)
    matrix = strip_matrix(place, shape)
    strip = cv2.warpPerspective(
        part, matrix, (shape.width, shape.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(strip, dtype=np.uint8)


def _detail(image: Image, quad: Quad, shape: StripShape) -> tuple[Image, Quad]:
    """The part of ``image`` around the quad, shrunk where sampling would otherwise skip px."""
    height, width = image.shape[:2]
    left, top, right, bottom = quad.bounds
    reach = (quad.width + quad.height) * max(shape.margin) + 4
    x0, y0 = (int(np.clip(v - reach, 0, size - 1)) for v, size in ((left, width), (top, height)))
    x1, y1 = (int(np.clip(v + reach, 1, size)) for v, size in ((right, width), (bottom, height)))
    x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
    part = image[y0:y1, x0:x1]
    inset = shape.inset()
    scale = min(1.0, _DETAIL * (inset[3] - inset[1]) / max(quad.height, 1e-6))
    if scale < 1.0:
        size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        scales = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    else:
        scales = np.ones(2)
    return part, to_quad((corners(quad) - (x0, y0)) * scales)


def strip_spans(quad: Quad, shape: StripShape, spans: Sequence[tuple[float, float]]) -> tuple[Quad, ...]:
    """Columns ``(x0, x1)`` of the strip, px, as quads in the photo, as high as the display."""
    if not spans:
        return ()
    _, top, _, bottom = shape.inset()
    points = [((x0, top), (x1, top), (x1, bottom), (x0, bottom)) for x0, x1 in spans]
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 1, 2)
    back = cv2.perspectiveTransform(flat, np.linalg.inv(strip_matrix(quad, shape)))
    return tuple(to_quad(p) for p in np.asarray(back, dtype=np.float64).reshape(-1, 4, 2))
