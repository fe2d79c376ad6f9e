"""Make a detector training folder from labelled photos: ``python -m training.prepare DATA OUT [--quads FILE]``.

The folder has the layout that ultralytics calls YOLO pose: ``images/{train,val}/ID.jpg`` (long side at most
640 px) and beside them ``labels/{train,val}/ID.txt`` with one display a line: class, box centre and size, then the
four corners as x, y, visibility; everything from 0 to 1. Corners that are not known have visibility 0.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import DisplayKind
from training.manifest import Scene, data_hash, load_scenes
from training.runs import progress_bar

LONG_SIDE = 640
CLASSES = tuple(DisplayKind)
ORIGIN = "origin.json"
Corners = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Label:
    """A display as fractions of the image: class, box (x0, y0, x1, y1), corners (4, 2) or ``None``."""

    kind: int
    box: tuple[float, float, float, float]
    corners: Corners | None


def to_line(label: Label) -> str:
    """The label as a line of a YOLO pose file."""
    x0, y0, x1, y1 = label.box
    numbers = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]
    corners = np.zeros((4, 3)) if label.corners is None else np.c_[label.corners, np.full(4, 2.0)]
    return " ".join([str(label.kind), *(f"{v:.6g}" for v in [*numbers, *corners.ravel()])])


def from_line(line: str) -> Label:
    """The inverse of :func:`to_line`.

    Raises:
        ValueError: not 17 numbers.
    """
    numbers = [float(v) for v in line.split()]
    if len(numbers) != 17:
        raise ValueError(f"expected class, box and 4 x 3 corner numbers (17), got {len(numbers)} in {line!r}")
    cx, cy, w, h = numbers[1:5]
    corners = np.array(numbers[5:]).reshape(4, 3)
    known = bool((corners[:, 2] > 0).all())
    return Label(int(numbers[0]), (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), corners[:, :2] if known else None)


def label_of(scene: Scene, corners: Corners | None = None) -> Label:
    """Label of a photo's display; ``corners`` (4, 2) px, where better ones are known than the manifest's."""
    size = np.array([scene.width, scene.height], dtype=np.float64)
    if corners is None and scene.corners is not None:
        corners = np.array(scene.corners)
    box = scene.display if corners is None else (*corners.min(0), *corners.max(0))
    x0, y0, x1, y1 = (np.array(box).reshape(2, 2) / size).ravel().tolist()
    return Label(CLASSES.index(scene.kind), (x0, y0, x1, y1), None if corners is None else corners / size)


def read_photo(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) BGR uint8.

    Raises:
        FileNotFoundError: no image there, or one that does not decode.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f"expected an image at {path}")
    return np.asarray(image, dtype=np.uint8)


def shrunk(image: NDArray[np.uint8], long_side: int) -> NDArray[np.uint8]:
    """The image with its long side at most ``long_side`` px."""
    scale = long_side / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def prepare(scenes: Iterable[Scene], root: Path, out: Path, quads: Mapping[str, Corners]) -> int:
    """Write images and labels of ``scenes`` under ``out``; returns how many.

    ``quads`` (id to (4, 2) px) replaces the manifest's corners. A training photo without corners is left out: the
    net would learn a display it may not point at. Val photos stay, with the box alone.
    """
    scenes = [s for s in scenes if s.split == "val" or s.id in quads or s.corners is not None]
    with progress_bar("photos", len(scenes)) as advance:
        for scene in scenes:
            image_path = out / "images" / scene.split / f"{scene.id}.jpg"
            label_path = out / "labels" / scene.split / f"{scene.id}.txt"
            for path in (image_path, label_path):
                path.parent.mkdir(parents=True, exist_ok=True)
            image = shrunk(read_photo(root / scene.image), LONG_SIDE)
            cv2.imwrite(str(image_path), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
            label_path.write_text(to_line(label_of(scene, quads.get(scene.id))) + "\n")
            advance(scene.source)
    sources = {s.id: s.source for s in scenes}
    (out / ORIGIN).write_text(json.dumps({"data_hash": data_hash(root), "sources": sources}))
    return len(scenes)


def load_quads(path: Path) -> dict[str, Corners]:
    """Corners found by :mod:`training.refine`: JSON object, id to four corners x, y px."""
    return {name: np.array(quad, dtype=np.float64) for name, quad in json.loads(path.read_text()).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quads", type=Path, help="corners to use instead of the manifest's (training.refine)")
    args = parser.parse_args()
    quads = load_quads(args.quads) if args.quads else {}
    print(prepare(load_scenes(args.data), args.data, args.out, quads), "photos in", args.out)


if __name__ == "__main__":
    main()
