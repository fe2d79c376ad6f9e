"""Find corners of displays that have a box only: ``python -m training.refine DATA MODEL.onnx OUT.json``.

A detector that has learned corners elsewhere looks at each such photo in four turns. Where what it finds fills the
labelled box, its corners are fitted to the box: the direction is the net's, the extent is the label's. The file goes
to ``training.prepare --quads`` for the next training.
"""

from __future__ import annotations

import argparse
import json
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
LEAST_SCORE = 0.4
MOST_TILT = 25.0
"""Degrees by which a display may lean in a photo whose box was taken to be level."""


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

    Finds that read in the direction of the surest one are averaged, by score.
    """
    fits = [
        (score, quad)
        for score, quad in finds
        if score >= LEAST_SCORE
        and box_iou(box_of(quad), scene.display) >= LEAST_IOU
        and (scene.source in SLANTED or abs(_tilt(quad)) <= MOST_TILT)
    ]
    if not fits:
        return None
    first = max(fits, key=lambda f: f[0])[1]
    same = [(s, q) for s, q in fits if np.cos(np.radians(_tilt(q) - _tilt(first))) > np.cos(np.radians(20))]
    mean = np.average([q for _, q in same], axis=0, weights=[s for s, _ in same])
    return fitted(mean, scene.display)


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
