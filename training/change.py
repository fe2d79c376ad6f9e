"""A photo taken another way: turned, or with fewer px."""

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
    """

    turn: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.scale <= 1:
            raise ValueError(f"expected a scale in (0, 1], got {self.scale}")

    def __bool__(self) -> bool:
        return self.turn % 360 != 0 or self.scale != 1.0

    def __str__(self) -> str:
        return f"turned by {self.turn:g} degrees, at {self.scale:g} of the resolution" if self else "as they are"

    def image(self, image: Image) -> Image:
        """The changed photo, (H, W, 3)."""
        if self.scale != 1.0:
            small = cv2.resize(image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
            image = np.asarray(small, dtype=np.uint8)
        if self.turn % 90 == 0:
            return np.ascontiguousarray(np.rot90(image, round(-self.turn / 90)))
        height, width = image.shape[:2]
        matrix, size = self._rotation(width, height)
        turned = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=_GREY)
        return np.asarray(turned, dtype=np.uint8)

    def box(self, box: Box, size: tuple[int, int]) -> Box:
        """The upright box around what was in ``box`` of a photo of ``size`` (width, height)."""
        width, height = (max(1, round(self.scale * side)) for side in size)
        matrix, _ = self._rotation(width, height)
        x0, y0, x1, y1 = (self.scale * side for side in box)
        corners = np.array([(x0, y0, 1), (x1, y0, 1), (x1, y1, 1), (x0, y1, 1)]) @ matrix.T
        (left, top), (right, bottom) = corners.min(0).tolist(), corners.max(0).tolist()
        return left, top, right, bottom

    def _rotation(self, width: int, height: int) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """From px of a photo to px of the turned one (2, 3), and the turned one's width and height."""
        angle = np.deg2rad(self.turn)
        cosine, sine = round(float(np.cos(angle)), 12), round(float(np.sin(angle)), 12)
        wide = abs(cosine) * width + abs(sine) * height
        high = abs(sine) * width + abs(cosine) * height
        across = (wide - cosine * width + sine * height) / 2
        down = (high - sine * width - cosine * height) / 2
        return np.array([(cosine, -sine, across), (sine, cosine, down)]), (round(wide), round(high))
