"""Find corners of displays that have a box only: ``python -m training.refine DATA MODEL.onnx OUT.json``.

A detector that has learned corners elsewhere looks at each such photo in four turns. Where what it finds fills the
labelled box, its corners are fitted to the box: the direction is the net's, the extent is the label's. The file goes
to ``training.prepare --quads`` for the next training.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from meterocr.vision.detect import Detector
from meterocr.vision.session import Session
from meterocr.vision.zoo import Role
from training.detector_score import box_of, turned
from training.manifest import SLANTED, Scene, load_scenes
from training.metrics import box_iou
from training.prepare import Corners, Image, read_photo
from training.runs import progress_bar

LEAST_IOU = 0.75
LEAST_SCORE = 0.3
MOST_TILT = 25.0
"""Degrees by which a display may lean in a photo whose box was taken to be level."""
_UPSIDE_DOWN = 135.0
_UPRIGHT = 2.0  # how much likelier people are to hold the phone upright than in any other way
_CLEAR = 0.7  # of all that speaks for any direction must speak for the one that is taken


def fitted(quad: Corners, box: Sequence[float]) -> Corners:
    """``quad`` (4, 2) stretched along x and y so that ``box`` (x0, y0, x1, y1) encloses it exactly."""
    low, high = np.array(box).reshape(2, 2)
    at, size = quad.min(0), np.ptp(quad, axis=0)
    return np.asarray((quad - at) / size * (high - low) + low)


def _tilt(quad: Corners) -> float:
    along = quad[1] - quad[0] + quad[2] - quad[3]
    return float(np.degrees(np.arctan2(along[1], along[0])))


def agreed(finds: Iterable[tuple[float, Corners]], scene: Scene) -> Corners | None:
    """The corners of ``scene``'s display from finds (score, corners in px of the photo); ``None``: none fits its box.

    Finds that read in the same direction are averaged, by score. Nobody holds a phone upside down: a find that reads
    so has the right corners in the wrong order. Where a sideways direction is nearly as likely as another, nothing is
    known: a wrong one would teach the next net to be wrong.
    """
    by_turn: dict[int, list[tuple[float, Corners]]] = defaultdict(list)
    for score, found in finds:
        quad = found if abs(_tilt(found)) < _UPSIDE_DOWN else np.roll(found, 2, axis=0)
        level = scene.source in SLANTED or abs(_tilt(quad)) <= MOST_TILT
        if score >= LEAST_SCORE and level and box_iou(box_of(quad), scene.display) >= LEAST_IOU:
            by_turn[round(_tilt(quad) / 90) % 4].append((score, quad))
    if not by_turn:
        return None
    chances = {turn: sum(s for s, _ in fits) * (_UPRIGHT if turn == 0 else 1) for turn, fits in by_turn.items()}
    best = max(chances, key=chances.__getitem__)
    if chances[best] < _CLEAR * sum(chances.values()):
        return None
    scores, quads = zip(*by_turn[best], strict=True)
    return fitted(np.average(quads, axis=0, weights=scores), scene.display)


def find(detector: Detector, image: Image) -> list[tuple[float, Corners]]:
    """Score and corners of every display found in any of four turns of the photo, in px of the photo."""
    size = np.array([image.shape[1], image.shape[0]], dtype=np.float64)
    finds: list[tuple[float, Corners]] = []
    for quarters in range(4):
        view, _ = turned(image, np.zeros((1, 2)), quarters)
        finds += [
            (display.confidence, turned_back(np.array(display.quad.points), size, quarters))
            for display in detector.detect([view])[0]
        ]
    return finds


def turned_back(points: Corners, size: Corners, quarters: int) -> Corners:
    """Where ``points`` of a photo of ``size`` (width, height), turned by ``quarters``, were before."""
    width, height = size[::-1] if quarters % 2 else size
    for _ in range((4 - quarters) % 4):
        points = np.stack([points[:, 1], width - points[:, 0]], axis=1)
        width, height = height, width
    return points


def refine(scenes: Sequence[Scene], root: Path, detector: Detector) -> dict[str, Corners]:
    """Corners by id, for the photos whose box the detector can fill."""
    quads: dict[str, Corners] = {}
    with progress_bar("corners", len(scenes)) as advance:
        for scene in scenes:
            quad = agreed(find(detector, read_photo(root / scene.image)), scene)
            if quad is not None:
                quads[scene.id] = quad
            advance(f"{len(quads)} found")
    return quads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    scenes = [s for s in load_scenes(args.data) if s.quad is None]
    detector = Detector(Session(args.model.read_bytes(), Role.DETECTOR))
    quads = refine(scenes, args.data, detector)
    args.out.write_text(json.dumps({name: quad.round(2).tolist() for name, quad in quads.items()}))
    print(f"corners of {len(quads)} of {len(scenes)} displays in {args.out}")


if __name__ == "__main__":
    main()
