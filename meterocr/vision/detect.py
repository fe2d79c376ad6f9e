"""Displays in an image, by the detector net."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import Display, Quad
from meterocr.vision.geometry import area, box_quad, iou, is_convex, moved, overlap, to_quad
from meterocr.vision.image import Image
from meterocr.vision.session import DetectorInfo, Session, detector_info

STRIDE = 32  # sides of the net's input are multiples of this, px
_PADDING = 114  # grey the letterbox is filled with, as in training
_SAME = 0.5  # IoU from which two finds are one display
_INSIDE = 0.8  # part of the smaller find that lies in the larger, from which they are one display
_TRUST = 0.3  # IoU of the corners' bounds with the box, below which the corners are not believed
_MOST = 100  # finds looked at per image, best first


class Detector:
    """Finds displays. Safe to use from many threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sha256 = session.sha256
        self.info: DetectorInfo = detector_info(session.metadata)
        session.expect("predictions", 4 + len(self.info.classes) + 8)

    def detect(self, images: Sequence[Image], *, input_size: int | None = None) -> list[tuple[Display, ...]]:
        """Displays in each image, most confident first, in px of that image.

        Args:
            images: (H, W, 3) RGB uint8 each; those that come to the same input shape share a batch.
            input_size: long side the images are brought to, a multiple of 32; ``None``: what the net was trained on.
        """
        size = input_size or self.info.input_size
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        boxed = [letterbox(image, size) for image in images]
        for i, (pixels, _) in enumerate(boxed):
            groups[pixels.shape].append(i)
        found: list[tuple[Display, ...]] = [()] * len(images)
        for group in groups.values():
            (predictions,) = self._session.run(np.stack([boxed[i][0] for i in group]))
            for i, rows in zip(group, predictions, strict=True):
                displays = decode(rows, self.info)
                found[i] = tuple(Display(d.kind, moved(d.quad, 1 / boxed[i][1]), d.confidence) for d in displays)
        return found


def letterbox(image: Image, long_side: int) -> tuple[Image, float]:
    """The image scaled to ``long_side`` and padded at the right and the bottom to multiples of 32 px.

    Returns:
        The input for the net, and the scale from px of the image to px of the input.
    """
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Halving until bilinear sampling misses no px is ten times as fast as area resampling, and looks the same.
    while min(image.shape[:2]) >= 2 and max(image.shape[:2]) >= 2 * long_side:
        half = image.shape[1] // 2, image.shape[0] // 2
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    out = np.full((_padded(size[1]), _padded(size[0]), 3), _PADDING, np.uint8)
    out[: size[1], : size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return out, scale


def decode(predictions: NDArray[np.float32], info: DetectorInfo) -> tuple[Display, ...]:
    """Displays in one image's predictions, most confident first, px of the net's input.

    Args:
        predictions: (A, 4 + classes + 8): box cx, cy, w, h; score of each class; four corners x, y in reading
            direction.
        info: names of the classes and the threshold.
    """
    kinds = len(info.classes)
    scores = predictions[:, 4 : 4 + kinds]
    best = scores.max(axis=1)
    order = np.argsort(-best, kind="stable")
    order = order[best[order] >= info.threshold][:_MOST]
    kept: list[Display] = []
    for row in order:
        quad = _quad(predictions[row, :4], predictions[row, 4 + kinds :])
        # One place in a photo is one display, so finds of different kinds suppress each other too.
        if quad is not None and not any(_is_same(quad, other.quad) for other in kept):
            confidence = min(1.0, float(best[row]))
            kept.append(Display(info.classes[int(scores[row].argmax())], quad, confidence))
    return tuple(kept)


def _quad(box: NDArray[np.float32], points: NDArray[np.float32]) -> Quad | None:
    """The four corners where they make sense, else the upright box, else nothing."""
    cx, cy, w, h = (float(v) for v in box)
    if not np.isfinite(box).all() or w < 1 or h < 1:
        return None
    upright = box_quad(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
    if not np.isfinite(points).all():
        return upright
    quad = to_quad(points.reshape(4, 2))
    return quad if is_convex(quad) and iou(box_quad(*quad.bounds), upright) >= _TRUST else upright


def _is_same(a: Quad, b: Quad) -> bool:
    return iou(a, b) >= _SAME or overlap(a, b) >= _INSIDE * min(area(a), area(b))


def _padded(side: int) -> int:
    return -(-side // STRIDE) * STRIDE
