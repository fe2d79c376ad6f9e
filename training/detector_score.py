"""How well the detector finds displays: found, corner error, right way up; per source, upright and turned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.detector_data import Corners, Example, Image, letterbox
from training.detector_net import Decoded
from training.metrics import box_iou
from training.prepare import CLASSES, read_photo

FOUND_IOU = 0.5
THRESHOLD = 0.25
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """One val photo.

    Attributes:
        found: the surest display is the one that is there; in a photo without a meter: none was found.
        error: mean corner error in display heights; ``nan`` where unknown.
        way_up: reading direction within 45 degrees of the true one.
        score: of the surest display.
    """

    source: str
    found: bool
    error: float
    way_up: bool
    score: float


def best_display(prediction: NDArray[np.float32]) -> tuple[float, Corners]:
    """Score and corners (4, 2) of the surest display in one photo's predictions (A, 4 + classes + 8)."""
    scores = prediction[:, 4:-8].max(1)
    top = int(scores.argmax())
    return float(scores[top]), prediction[top, -8:].reshape(4, 2).astype(np.float64)


def turned(image: Image, corners: Corners, quarters: int) -> tuple[Image, Corners]:
    """The photo turned counter-clockwise by quarters, and points of it (n, 2) px."""
    for _ in range(quarters % 4):
        width = image.shape[1]
        image = np.ascontiguousarray(np.rot90(image))
        corners = np.stack([corners[:, 1], width - corners[:, 0]], axis=1)
    return image, corners


def box_of(points: Corners) -> tuple[float, float, float, float]:
    """Upright box x0, y0, x1, y1 around points (n, 2)."""
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return x0, y0, x1, y1


def outcome(source: str, truth: Corners, prediction: NDArray[np.float32], *, known: bool) -> Outcome:
    """Compare one photo's predictions with its display; ``truth`` (4, 2) are its corners, or those of its box."""
    score, corners = best_display(prediction)
    iou = box_iou(box_of(truth), box_of(corners))
    found = score >= THRESHOLD and iou >= FOUND_IOU
    height = (np.linalg.norm(truth[3] - truth[0]) + np.linalg.norm(truth[2] - truth[1])) / 2
    error = float(np.linalg.norm(corners - truth, axis=1).mean() / height) if known and found else float("nan")
    along, seen = truth[1] - truth[0], corners[1] - corners[0]
    cosine = float(along @ seen) / max(1e-6, float(np.linalg.norm(along) * np.linalg.norm(seen)))
    return Outcome(source, found, error, way_up=not known or cosine > np.cos(np.pi / 4), score=score)


@torch.inference_mode()
def outcomes(net: nn.Module, examples: Sequence[Example], size: int, quarters: Sequence[int]) -> list[Outcome]:
    """One outcome a photo; photo i is turned by ``quarters[i % len(quarters)]``."""
    decoded = Decoded(net, len(CLASSES)).eval()
    results = []
    for begin in range(0, len(examples), _BATCH):
        part = examples[begin : begin + _BATCH]
        views, truths = [], []
        for offset, example in enumerate(part):
            image = read_photo(example.path)
            image, truth = turned(image, _truth(example, image), quarters[(begin + offset) % len(quarters)])
            view, scale = letterbox(image, size)
            views.append(view)
            truths.append(truth * scale)
        images = torch.from_numpy(np.stack(views)).permute(0, 3, 1, 2).float() / 255
        with torch.autocast("cpu", torch.bfloat16):
            predictions = decoded(images).float().numpy()
        for example, truth, prediction in zip(part, truths, predictions, strict=True):
            if example.labels:
                known = example.labels[0].corners is not None
                results.append(outcome(example.source, truth, prediction, known=known))
            else:
                score = best_display(prediction)[0]
                results.append(Outcome(example.source, score < THRESHOLD, float("nan"), way_up=True, score=score))
    return results


def _truth(example: Example, image: Image) -> Corners:
    if not example.labels:
        return np.zeros((4, 2))
    label, size = example.labels[0], np.array([image.shape[1], image.shape[0]], dtype=np.float64)
    x0, y0, x1, y1 = label.box
    box = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return (box if label.corners is None else label.corners) * size


def evaluate(net: nn.Module, examples: Sequence[Example], size: int) -> dict[str, dict[str, float]]:
    """Per source, photos as they are and (``-turned``) by 90, 180 or 270 degrees: n, whole (share found and the
    right way up), found, error."""
    table: dict[str, list[Outcome]] = defaultdict(list)
    with_meter = [e for e in examples if e.labels]
    for name, part, quarters in (("", examples, (0,)), ("-turned", with_meter, (1, 2, 3))):
        for one in outcomes(net, part, size, quarters):
            table[one.source + name].append(one)
    return {name: summary(rows) for name, rows in sorted(table.items())}


def summary(rows: Sequence[Outcome]) -> dict[str, float]:
    """Shares and corner errors (in display heights, median and 90 %, of displays found) of some outcomes."""
    errors = [o.error for o in rows if not np.isnan(o.error)] or [0.0]
    return {
        "n": len(rows),
        "whole": float(np.mean([o.found and o.way_up for o in rows])),
        "found": float(np.mean([o.found for o in rows])),
        "error": float(np.median(errors)),
        "error_p90": float(np.quantile(errors, 0.9)),
    }


def score_of(scores: dict[str, dict[str, float]]) -> float:
    """One number to choose weights by: share found the right way up, less half of the median corner error."""
    total = sum(s["n"] for s in scores.values())
    return sum((s["whole"] - 0.5 * s["error"]) * s["n"] for s in scores.values()) / max(1, total)
