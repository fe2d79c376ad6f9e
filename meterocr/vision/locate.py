"""The displays of a photo, the main register first.

The main register is the display with the largest *weight*: confidence, times the root of its area, times a factor
that falls from 1 in the photo's centre to 0.7 in its corners. Of two alike, the nearer to the centre wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from meterocr.readout import Display
from meterocr.vision.detect import Detector
from meterocr.vision.geometry import area, iou, moved, turned_back
from meterocr.vision.image import Image, Photo

VIEW = 1200
"""Long side of the first view, px: for most photos enough for the strip too, and so the only one decoded."""

RIVAL = 0.5
"""A display with at least this part of the main one's weight is its rival (SEVERAL_DISPLAYS)."""

_OFF_CENTRE = 0.3  # weight lost in the corner of the photo
_SECOND_LOOK = 640  # input of the net when nothing was found at its own size: far meters
_SMALL = 14.0  # px of display height in the net's input, below which the corners are looked for again, closer
_AROUND = 3.0  # side of that closer look, in long sides of the display
_SAME = 0.2  # IoU from which the closer look has found the same display


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A photo with a view of it that is already decoded."""

    photo: Photo
    pixels: Image
    factor: float

    @property
    def long_side(self) -> int:
        """Of the photo, px."""
        return max(self.photo.width, self.photo.height)


def look_at(photo: Photo) -> Look:
    """Decode a photo as far as most photos are ever needed.

    Raises:
        PhotoError: it cannot be decoded.
    """
    return Look(photo, *photo.view(VIEW))


def locate(detector: Detector, looks: Sequence[Look]) -> list[tuple[Display, ...]]:
    """The displays of each photo in px of the photo, the main register first; empty where there is none."""
    found = detector.detect([look.pixels for look in looks])
    empty = [i for i, displays in enumerate(found) if not displays]
    if empty:
        again = detector.detect([looks[i].pixels for i in empty], input_size=_SECOND_LOOK)
        for i, displays in zip(empty, again, strict=True):
            found[i] = displays
    ranked = [
        tuple(sorted(_in_photo(displays, look), key=lambda display: -weight(display, look.photo)))
        for displays, look in zip(found, looks, strict=True)
    ]
    return _sharpened(detector, looks, ranked)


def locate_turned(detector: Detector, looks: Sequence[Look]) -> list[tuple[Display, ...]]:
    """The main display of each photo as found in the photo turned by a quarter, a half and three quarters.

    Quads are in px of the photo as it is, their reading direction as found in the turned one; a turn in which
    nothing is found is left out.
    """
    turns = [(look, quarters) for look in looks for quarters in (1, 2, 3)]
    found = detector.detect([np.ascontiguousarray(np.rot90(look.pixels, quarters)) for look, quarters in turns])
    results: list[tuple[Display, ...]] = []
    for i, look in enumerate(looks):
        mains = []
        for (_, quarters), displays in zip(turns[3 * i : 3 * i + 3], found[3 * i : 3 * i + 3], strict=True):
            back = [replace(d, quad=turned_back(d.quad, look.pixels.shape[:2], quarters)) for d in displays]
            ranked = sorted(_in_photo(back, look), key=lambda display: -weight(display, look.photo))
            mains += ranked[:1]
        results.append(tuple(mains))
    return results


def weight(display: Display, photo: Photo) -> float:
    """What the choice of the main register goes by; see above. px."""
    x0, y0, x1, y1 = display.quad.bounds
    off = math.hypot((x0 + x1) / photo.width - 1, (y0 + y1) / photo.height - 1) / math.sqrt(2)
    return display.confidence * math.sqrt(max(0.0, area(display.quad))) * (1 - _OFF_CENTRE * min(1.0, off))


def rivals(displays: Sequence[Display], photo: Photo) -> tuple[Display, ...]:
    """Those of the other displays that might as well be the main register."""
    least = RIVAL * weight(displays[0], photo) if displays else 0.0
    return tuple(display for display in displays[1:] if weight(display, photo) >= least)


def _in_photo(displays: Sequence[Display], look: Look) -> list[Display]:
    return [Display(d.kind, moved(d.quad, look.factor), d.confidence) for d in displays]


def _sharpened(
    detector: Detector, looks: Sequence[Look], found: Sequence[tuple[Display, ...]]
) -> list[tuple[Display, ...]]:
    """The same displays, the corners of small main ones found again in a closer look."""
    result = list(found)
    small = [
        i
        for i, (look, displays) in enumerate(zip(looks, found, strict=True))
        if displays and displays[0].quad.height * detector.info.input_size < _SMALL * look.long_side
    ]
    crops = [_crop(looks[i], found[i][0], detector.info.input_size) for i in small]
    again = detector.detect([pixels for pixels, _, _ in crops])
    for i, (_, factor, corner), displays in zip(small, crops, again, strict=True):
        main = found[i][0]
        closer = [Display(d.kind, moved(d.quad, factor, corner), d.confidence) for d in displays]
        same = [display for display in closer if iou(display.quad, main.quad) >= _SAME]
        if same:
            result[i] = (same[0], *found[i][1:])
    return result


def _crop(look: Look, display: Display, input_size: int) -> tuple[Image, float, tuple[float, float]]:
    """The surroundings of a display: pixels, and what maps them to the photo, ``px * factor + corner``."""
    x0, y0, x1, y1 = display.quad.bounds
    side = _AROUND * max(x1 - x0, y1 - y0)
    pixels, factor = look.pixels, look.factor
    # Half the net's input in px of the photo is enough: what is finer hardly moves a corner.
    if side / factor < input_size / 2:
        pixels, factor = look.photo.view(int(look.long_side * min(1.0, input_size / 2 / side)))
    left = min(max(0, int(((x0 + x1) / 2 - side / 2) / factor)), pixels.shape[1] - 1)
    top = min(max(0, int(((y0 + y1) / 2 - side / 2) / factor)), pixels.shape[0] - 1)
    size = max(1, round(side / factor))
    crop = pixels[top : top + size, left : left + size]
    return crop, factor, (left * factor, top * factor)
