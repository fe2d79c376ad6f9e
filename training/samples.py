"""What an evaluation reads: photos as they are or changed, the parts of photos beside their displays, strips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from meterocr.vision.image import load_photo
from training.change import Change
from training.manifest import Scene, Strip
from training.metrics import Box, Truth

Image = NDArray[np.uint8]
Row = TypeVar("Row")
AS_IS = Change()
_LEAST_SIDE = 160  # px; a narrower part of a photo is no photo


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo to read, with what is known of it; ``display`` in px of the photo as it is given to the reader."""

    id: str
    source: str
    kind: str
    quality: str
    truth: Truth | None
    display: Box | None
    load: Callable[[], Path | Image]


def truth_of(record: Scene | Strip) -> Truth | None:
    """What the display shows, or ``None`` where it has not been read."""
    if isinstance(record, Scene) and record.integer_value is not None:
        return Truth(number=(record.integer_value, record.fraction_digits or ""))
    return Truth(readings=record.accepted, decimals=record.decimals) if record.accepted else None


def upright(path: Path) -> Image:
    """A photo at full resolution, (H, W, 3) RGB uint8."""
    photo = load_photo(path)
    return photo.view(max(photo.width, photo.height))[0]


def scene_samples(root: Path, scenes: Sequence[Scene], change: Change = AS_IS) -> Iterator[Sample]:
    """Whole photos; changed ones are given to the reader as arrays."""
    for scene in scenes:
        path = root / scene.image

        def load(path: Path = path, display: Box = scene.display) -> Path | Image:
            return change.photo(upright(path), display) if change else path

        yield Sample(
            id=scene.id,
            source=scene.source,
            kind=scene.kind.value,
            quality=scene.quality,
            truth=None if scene.quality in ("unreadable", "unread") else truth_of(scene),
            display=change.box(scene.display, (scene.width, scene.height)),
            load=load,
        )


def beside_samples(root: Path, scenes: Sequence[Scene], change: Change = AS_IS) -> Iterator[Sample]:
    """The largest part of each photo that has nothing of the display: meters without one, walls, seals, plates."""
    for scene in scenes:
        part = _beside(scene)
        if part is None:
            continue
        path = root / scene.image

        def load(path: Path = path, part: tuple[int, int, int, int] = part) -> Path | Image:
            x0, y0, x1, y1 = part
            return change.image(np.ascontiguousarray(upright(path)[y0:y1, x0:x1]))

        yield Sample(f"{scene.id}-beside", scene.source, "none", "no_display", None, None, load)


def _beside(scene: Scene) -> tuple[int, int, int, int] | None:
    """The largest rectangle left of, right of, above or below the display and a rim around it."""
    x0, y0, x1, y1 = scene.display
    rim = 0.5 * min(x1 - x0, y1 - y0)
    left, top, right, bottom = int(x0 - rim), int(y0 - rim), int(x1 + rim) + 1, int(y1 + rim) + 1
    width, height = scene.width, scene.height
    parts = [(0, 0, left, height), (right, 0, width, height), (0, 0, width, top), (0, bottom, width, height)]
    sides = {part: (part[2] - part[0], part[3] - part[1]) for part in parts}
    fitting = [part for part, (w, h) in sides.items() if min(w, h) >= _LEAST_SIDE]
    return max(fitting, key=lambda part: sides[part][0] * sides[part][1], default=None)


def strip_samples(root: Path, strips: Sequence[Strip]) -> Iterator[Sample]:
    """Cut-out strips, which are displays and no scenes."""
    for strip in strips:

        def load(path: Path = root / strip.image) -> Path | Image:
            return upright(path)

        yield Sample(strip.id, strip.source, strip.kind.value, "strip", truth_of(strip), None, load)


def spread(rows: Sequence[Row], limit: int | None) -> list[Row]:
    """At most ``limit`` rows, evenly spread over all, so that every source is among them."""
    if limit is None or limit >= len(rows):
        return list(rows)
    return [rows[i * len(rows) // limit] for i in range(limit)]
