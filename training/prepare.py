"""Make a detector training folder from labelled photos: ``python -m training.prepare DATA... OUT [--quads FILE]``.

Several data folders are merged into ``OUT/data`` first (:mod:`training.merge`), which is then the ``--data`` of
everything else.

The folder has the layout that ultralytics calls YOLO pose: ``images/{train,val}/ID.jpg`` (long side at most
640 px) and beside them ``labels/{train,val}/ID.txt`` with one display a line: class, box centre and size, then the
four corners as x, y, visibility; everything from 0 to 1. Corners that are not known have visibility 0.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import DisplayKind
from training.crops import CropBank
from training.manifest import Scene, data_hash, load_scenes
from training.merge import merge
from training.runs import progress_bar
from training.synth import draw_background, draw_meter

LONG_SIDE = 640
CLASSES = tuple(DisplayKind)
ORIGIN = "origin.json"
BESIDE, DRAWN = "beside", "drawn"  # names of the sources that are not in the manifest
_BESIDE = 0.35  # of the photo's area that a part without the display must have
_RIM = 0.3  # of the display's shorter side kept away from it, where its frame can still be seen
Image = NDArray[np.uint8]
Corners = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Label:
    """A display as fractions of the image: class, box (x0, y0, x1, y1), corners (4, 2) or ``None``."""

    kind: int
    box: tuple[float, float, float, float]
    corners: Corners | None


@dataclass(frozen=True, slots=True)
class Photo:
    """One image of the training folder: (H, W, 3) uint8 RGB with all its displays (none: a photo without a meter)."""

    name: str
    source: str
    split: str
    image: Image
    labels: tuple[Label, ...]


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


def read_photo(path: Path) -> Image:
    """(H, W, 3) RGB uint8.

    Raises:
        FileNotFoundError: no image there, or one that does not decode.
    """
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f"expected an image at {path}")
    return np.ascontiguousarray(image[..., ::-1], dtype=np.uint8)


def shrunk(image: Image, long_side: int) -> Image:
    """The image with its long side at most ``long_side`` px."""
    scale = long_side / max(image.shape[:2])
    if scale >= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def labelled(scenes: Iterable[Scene], root: Path, quads: Mapping[str, Corners]) -> Iterator[Photo]:
    """The photos with their displays; ``quads`` (id to (4, 2) px) replaces the manifest's corners.

    A training photo without corners is left out: the net would learn a display it may not point at. Val photos
    stay, with the box alone.
    """
    for scene in scenes:
        corners = quads.get(scene.id)
        if scene.split == "val" or corners is not None or scene.corners is not None:
            image = read_photo(root / scene.image)
            yield Photo(scene.id, scene.source, scene.split, image, (label_of(scene, corners),))


def beside(scenes: Iterable[Scene], root: Path) -> Iterator[Photo]:
    """Parts of the photos that show everything but the display, where such a part is large enough."""
    for scene in scenes:
        width, height = scene.width, scene.height
        x0, y0, x1, y1 = scene.display
        rim = _RIM * min(x1 - x0, y1 - y0)
        x0, y0, x1, y1 = (max(0, round(v)) for v in (x0 - rim, y0 - rim, x1 + rim, y1 + rim))
        parts = [(0, 0, width, y0), (0, y1, width, height), (0, 0, x0, height), (x1, 0, width, height)]
        a, b, c, d = max(parts, key=lambda p: (p[2] - p[0]) * (p[3] - p[1]))
        if (c - a) * (d - b) >= _BESIDE * width * height:
            image = read_photo(root / scene.image)[b:d, a:c]
            yield Photo(f"{scene.id}-beside", BESIDE, scene.split, image, ())


def drawn(count: int, seed: int, crops: CropBank | None, *, split: str = "train") -> Iterator[Photo]:
    """Drawn photos: meters with exact corners, and backgrounds."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = rng.choice([*CLASSES, "none"], p=[0.5, 0.35, 0.15])
        scene = draw_background(rng) if kind == "none" else draw_meter(rng, str(kind), crops)
        size = np.array(scene.image.shape[1::-1], dtype=np.float64)
        labels = []
        for display in scene.displays:
            corners = display.quad.astype(np.float64) / size
            (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
            labels.append(Label(CLASSES.index(display.kind), (x0, y0, x1, y1), corners))
        yield Photo(f"drawn-{seed}-{number:05d}", DRAWN, split, scene.image, tuple(labels))


def write(photos: Iterable[Photo], out: Path, origin: str) -> int:
    """Write images and labels under ``out``, with ``origin`` (the data hash) beside them; returns how many."""
    sources: dict[str, str] = {}
    for photo in photos:
        image_path = out / "images" / photo.split / f"{photo.name}.jpg"
        label_path = out / "labels" / photo.split / f"{photo.name}.txt"
        for path in (image_path, label_path):
            path.parent.mkdir(parents=True, exist_ok=True)
        image = shrunk(photo.image, LONG_SIDE)[..., ::-1]
        cv2.imwrite(str(image_path), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        label_path.write_text("".join(to_line(label) + "\n" for label in photo.labels))
        sources[photo.name] = photo.source
    (out / ORIGIN).write_text(json.dumps({"data_hash": origin, "sources": sources}))
    return len(sources)


def prepare(root: Path, out: Path, *, quads: Mapping[str, Corners], drawings: int) -> int:
    """Make the training folder ``out`` from the data folder ``root``; returns how many photos it has."""
    scenes = load_scenes(root)
    sources: list[tuple[str, int, Iterator[Photo]]] = [
        ("photos", len(scenes), labelled(scenes, root, quads)),
        ("beside", len(scenes), beside(scenes, root)),
        (DRAWN, drawings, drawn(drawings, seed=1, crops=CropBank.load(root))),
    ]

    def counted() -> Iterator[Photo]:
        for name, total, photos in sources:
            with progress_bar(name, total) as advance:
                for photo in photos:
                    advance(photo.source)
                    yield photo

    return write(counted(), out, data_hash(root))


def load_quads(path: Path) -> dict[str, Corners]:
    """Corners found by :mod:`training.refine`: JSON object, id to four corners x, y px."""
    return {name: np.array(quad, dtype=np.float64) for name, quad in json.loads(path.read_text()).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+", help="data folders; several are merged into OUT/data first")
    parser.add_argument("out", type=Path)
    parser.add_argument("--quads", type=Path, help="corners to use instead of the manifest's (training.refine)")
    parser.add_argument("--drawn", type=int, default=600, help="how many drawn photos to add")
    args = parser.parse_args()
    quads = load_quads(args.quads) if args.quads else {}
    data = args.data[0] if len(args.data) == 1 else merge(args.data, args.out / "data")
    print(prepare(data, args.out, quads=quads, drawings=args.drawn), "photos in", args.out)


if __name__ == "__main__":
    main()
