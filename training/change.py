"""A photo taken another way: from near, turned, or with fewer px."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.metrics import Box

Image = NDArray[np.uint8]
_GREY = (128, 128, 128)  # beyond the edges of a photo that is turned by less than a right angle


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to each photo before it is read.

    Attributes:
        turn: degrees clockwise. The whole photo stays in sight.
        scale: of its width and height, in (0, 1].
        near: what is in sight, in widths and heights of the display, at least 1; ``None``: the whole photo.
    """

    turn: float = 0.0
    scale: float = 1.0
    near: float | None = None

    def __post_init__(self) -> None:
        if self.near is not None and not self.near >= 1:
            raise ValueError(f"expected at least the display in sight (1), got {self.near}")
        if not 0 < self.scale <= 1:
            raise ValueError(f"expected a scale in (0, 1], got {self.scale}")

    def __bool__(self) -> bool:
        return self.turn % 360 != 0 or self.scale != 1.0 or self.near is not None

    def __str__(self) -> str:
        if not self:
            return "as they are"
        near = "" if self.near is None else f"{self.near:g} displays in sight, "
        return f"{near}turned by {self.turn:g} degrees, at {self.scale:g} of the resolution"

    def photo(self, image: Image, display: Box) -> Image:
        """A photo (H, W, 3) with a display at ``display``, taken that way."""
        x0, y0, x1, y1 = self._in_sight(display, (image.shape[1], image.shape[0]))
        return self.image(image[y0:y1, x0:x1])

    def image(self, image: Image) -> Image:
        """The turned and smaller photo, (H, W, 3)."""
        if self.scale != 1.0:
            small = cv2.resize(image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
            image = np.asarray(small, dtype=np.uint8)
        if self.turn % 90 == 0:
            return np.ascontiguousarray(np.rot90(image, round(-self.turn / 90)))
        height, width = image.shape[:2]
        matrix, size = self._rotation(width, height)
        turned = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=_GREY)
        return np.asarray(turned, dtype=np.uint8)

    def box(self, display: Box, size: tuple[int, int]) -> Box:
        """The upright box around the display in :meth:`photo` of a photo of ``size`` (width, height)."""
        left, top, right, bottom = self._in_sight(display, size)
        width, height = (max(1, round(self.scale * side)) for side in (right - left, bottom - top))
        matrix, _ = self._rotation(width, height)
        x0, y0, x1, y1 = (self.scale * side for side in np.subtract(display, (left, top, left, top)).tolist())
        corners = np.array([(x0, y0, 1), (x1, y0, 1), (x1, y1, 1), (x0, y1, 1)]) @ matrix.T
        (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
        return x0, y0, x1, y1

    def _in_sight(self, display: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
        if self.near is None:
            return 0, 0, *size
        x0, y0, x1, y1 = display
        beside, above = (self.near - 1) / 2 * (x1 - x0), (self.near - 1) / 2 * (y1 - y0)
        left, top = max(0, round(x0 - beside)), max(0, round(y0 - above))
        return left, top, min(size[0], round(x1 + beside)), min(size[1], round(y1 + above))

    def _rotation(self, width: int, height: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """From px of a photo to px of the turned one (2, 3), and the turned one's width and height."""
        angle = np.deg2rad(self.turn)
        cosine, sine = round(float(np.cos(angle)), 12), round(float(np.sin(angle)), 12)
        wide = abs(cosine) * width + abs(sine) * height
        high = abs(sine) * width + abs(cosine) * height
        across = (wide - cosine * width + sine * height) / 2
        down = (high - sine * width - cosine * height) / 2
        return np.array([(cosine, -sine, across), (sine, cosine, down)]), (round(wide), round(high))
