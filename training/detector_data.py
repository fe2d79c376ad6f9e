"""Photos for the detector: turned, tilted, scaled and damaged at random, with corners that follow exactly.

Boxes are computed from the moved corners, so they stay tight at every angle, and nothing is mirrored: a mirrored
display has no reading direction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.detector_net import to_net
from training.prepare import ORIGIN, Label, from_line

Image = NDArray[np.uint8]
Corners = NDArray[np.float64]
GREY = 114
_LEAST_SEEN = 0.85  # of a display's area inside the view; a training view that cuts off more is drawn again
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Example:
    """A photo of the training folder: its path, source and labelled displays (none in a photo without a meter)."""

    path: Path
    source: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the net sees: ``image`` (S, S, 3) uint8 RGB, ``corners`` (n, 4, 2) px of it, ``kinds`` (n,)."""

    image: Image
    corners: Corners
    kinds: NDArray[np.int64]


def load_examples(folder: Path, split: str) -> list[Example]:
    """The photos of one split of a folder made by :mod:`training.prepare`."""
    sources: dict[str, str] = json.loads((folder / ORIGIN).read_text())["sources"]
    examples = []
    for path in sorted((folder / "images" / split).glob("*.jpg")):
        lines = (folder / "labels" / split / f"{path.stem}.txt").read_text().splitlines()
        examples.append(Example(path, sources[path.stem], tuple(from_line(line) for line in lines if line)))
    return examples


def draw_order(
    examples: Sequence[Example], weights: Mapping[str, float], rng: np.random.Generator
) -> Iterator[Example]:
    """Endless random photos; a photo of a source with weight 2 comes twice as often as one with weight 1."""
    share = np.array([weights.get(e.source, 1.0) for e in examples], dtype=np.float64)
    while True:
        # Stratified: every photo comes before any comes too often.
        points = (np.arange(len(examples)) + rng.random()) / len(examples)
        chosen = np.searchsorted(np.cumsum(share) / share.sum(), points).clip(max=len(examples) - 1)
        for i in rng.permutation(chosen):
            yield examples[i]


def _angle(rng: np.random.Generator) -> float:
    """Degrees: mostly as people hold a phone, every other angle too."""
    way = rng.random()
    if way < 0.4:
        return float(rng.normal(0, 7))
    if way < 0.75:
        return float(rng.choice([90, 180, 270]) + rng.normal(0, 7))
    return float(rng.uniform(-180, 180))


def _placing(rng: np.random.Generator, shape: tuple[int, ...], size: int) -> NDArray[np.float64]:
    """Random homography from a photo to a square view of ``size`` px."""
    height, width = shape[:2]
    fit = size / max(height, width)
    angle, zoom = np.deg2rad(_angle(rng)), fit * np.exp(rng.uniform(np.log(0.55), np.log(1.6)))
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    tilt = np.eye(3)
    tilt[2, :2] = rng.normal(0, 0.12, 2) / max(height, width)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shear = np.array([[1, rng.normal(0, 0.04), 0], [rng.normal(0, 0.04), 1, 0], [0, 0, 1]])
    x, y = size * (0.5 + rng.uniform(-0.15, 0.15, 2))
    shift = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    return np.asarray(shift @ shear @ turn @ tilt @ middle)


def _moved(corners: Corners, matrix: NDArray[np.float64]) -> Corners:
    points = cv2.perspectiveTransform(corners.reshape(-1, 1, 2), matrix)
    return np.asarray(points, dtype=np.float64).reshape(-1, 4, 2)


def _seen(corners: Corners, size: int) -> float:
    """Least share of a display's area that lies inside the view; 1 without displays."""
    frame = np.array([[0, 0], [size, 0], [size, size], [0, size]], dtype=np.float32)
    shares = [1.0]
    for quad in corners.astype(np.float32):
        inside, _ = cv2.intersectConvexConvex(quad, frame)
        shares.append(inside / max(1e-6, cv2.contourArea(quad)))
    return min(shares)


def random_view(image: Image, labels: Sequence[Label], rng: np.random.Generator, size: int) -> View:
    """A random view of a photo (H, W, 3) RGB in which every display is still to be seen."""
    height, width = image.shape[:2]
    known = [label for label in labels if label.corners is not None]
    corners = np.array([label.corners for label in known], dtype=np.float64).reshape(-1, 4, 2) * (width, height)
    for _ in range(_TRIES):
        matrix = _placing(rng, image.shape, size)
        moved = _moved(corners, matrix) if len(corners) else corners
        if _seen(moved, size) >= _LEAST_SEEN:
            break
    else:
        matrix, moved = _fitting(image.shape, corners, size)
    fill = (GREY,) * 3 if rng.random() < 0.5 else tuple(int(v) for v in rng.integers(0, 256, 3))
    border = cv2.BORDER_REPLICATE if rng.random() < 0.25 else cv2.BORDER_CONSTANT
    source, matrix = _halved(image, matrix)
    view = cv2.warpPerspective(source, matrix, (size, size), borderMode=border, borderValue=fill)
    kinds = np.array([label.kind for label in known], dtype=np.int64)
    return View(_damaged(np.asarray(view, dtype=np.uint8), rng), moved, kinds)


def _fitting(shape: tuple[int, ...], corners: Corners, size: int) -> tuple[NDArray[np.float64], Corners]:
    """The plain letterbox, in which everything is seen."""
    fit = size / max(shape[:2])
    matrix = np.diag([fit, fit, 1.0])
    return matrix, corners * fit


def _halved(image: Image, matrix: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """Bilinear sampling skips pixels below half size: average them first."""
    if np.sqrt(abs(np.linalg.det(matrix[:2, :2]))) > 0.6:
        return image, matrix
    small = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), np.asarray(matrix @ np.diag([2.0, 2.0, 1.0]))


def _damaged(image: Image, rng: np.random.Generator) -> Image:
    """Light, colour, glare, blur, noise and compression of bad photos."""
    canvas: NDArray[np.float32] = image.astype(np.float32) / np.float32(255)
    if rng.random() < 0.8:
        gain = np.exp(rng.normal(0, 0.25)) * (1 + rng.normal(0, 0.12, 3))
        canvas = np.asarray(canvas ** np.float32(np.exp(rng.normal(0, 0.45))) * gain, dtype=np.float32)
    if rng.random() < 0.25:
        canvas = _glare(canvas, rng)
    if rng.random() < 0.1:
        canvas = np.repeat(canvas.mean(2, keepdims=True), 3, axis=2)
    if rng.random() < 0.3:
        k = int(rng.integers(1, 3)) * 2 + 1
        blurred = cv2.GaussianBlur(canvas, (k, k), 0) if rng.random() < 0.5 else cv2.blur(canvas, (k, 1))
        canvas = np.asarray(blurred, dtype=np.float32)
    if rng.random() < 0.3:
        canvas = canvas + rng.normal(0, rng.uniform(0.01, 0.06), canvas.shape).astype(np.float32)
    out = (canvas.clip(0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 85))])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return out


def _glare(canvas: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A flash or lamp reflected somewhere, or a shadow."""
    size = canvas.shape[0]
    x, y, radius = rng.uniform(0, size), rng.uniform(0, size), size * rng.uniform(0.03, 0.3)
    ys, xs = np.mgrid[:size, :size].astype(np.float32)
    spot = np.exp(-((xs - np.float32(x)) ** 2 + (ys - np.float32(y)) ** 2) / np.float32(2 * radius**2))[..., None]
    if rng.random() < 0.7:
        return np.asarray(canvas + spot * np.float32(rng.uniform(0.3, 1.2)), dtype=np.float32)
    return np.asarray(canvas * (1 - spot * np.float32(rng.uniform(0.3, 0.8))), dtype=np.float32)


def letterbox(image: Image, size: int) -> tuple[Image, float]:
    """The photo at the top left of a grey square as the reader shows it to the net, and view px a photo px."""
    scale = size / max(image.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)
    view = np.full((size, size, 3), GREY, dtype=np.uint8)
    view[: small.shape[0], : small.shape[1]] = small[:size, :size]
    return view, scale


def to_batch(views: Sequence[View]) -> dict[str, Tensor]:
    """What :class:`training.detector_net.CornerLoss` takes, plus ``images`` (N, 3, S, S) float 0..1."""
    size = views[0].image.shape[0]
    images = torch.from_numpy(np.stack([v.image for v in views])).permute(0, 3, 1, 2).float() / 255
    kinds, corners = to_net(np.concatenate([v.kinds for v in views]), np.concatenate([v.corners for v in views]) / size)
    index = np.concatenate([np.full(len(v.kinds), i) for i, v in enumerate(views)])
    low, high = corners.min(1).clip(0, 1), corners.max(1).clip(0, 1)
    return {
        "images": images.contiguous(memory_format=torch.channels_last),
        "batch_idx": torch.from_numpy(index).float(),
        "cls": torch.from_numpy(kinds).float()[:, None],
        "bboxes": torch.from_numpy(np.concatenate([(low + high) / 2, high - low], axis=1)).float(),
        "keypoints": torch.from_numpy(corners).float(),
    }
