"""The displays of a photo, the main register first.

The main register is the display with the largest *weight*: confidence, times the root of its area, times a factor
that falls from 1 in the photo's centre to 0.7 in its corners. Of two alike, the nearer to the centre wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from meterocr.readout import Display, DisplayKind
from meterocr.vision.detect import Detector
from meterocr.vision.geometry import area, box_quad, iou, moved, turned_back
from meterocr.vision.image import Image, Photo

VIEW = 1200
"""Long side of the first view, px: for most photos enough for the strip too, and so the only one decoded."""

RIVAL = 0.5
"""A display with at least this part of the main one's weight is its rival (SEVERAL_DISPLAYS)."""

_OFF_CENTRE = 0.3  # weight lost in the corner of the photo
_SECOND_LOOK = 640  # input of the net when nothing was found at its own size: far meters
_FRAME = 0.75  # of a photo's sides put around it when its display may fill it: the net knows displays with surroundings
_STRIP = 2.5  # width of a photo in heights from which it can only have been cut out of one: of its display, perhaps
_AT_EDGE = 0.03  # of a photo's sides; a display that comes so near to the edge may fill it, or be found in part only
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
    """The displays of each photo in px of the photo, the main register first; empty where there is none.

    A photo in which none was found is looked at larger, then with a frame around it; a strip is then one itself.
    """
    found = detector.detect([look.pixels for look in looks])
    empty = [i for i, displays in enumerate(found) if not displays]
    if empty:
        again = detector.detect([looks[i].pixels for i in empty], input_size=_SECOND_LOOK)
        for i, displays in zip(empty, again, strict=True):
            found[i] = displays
    ranked = [_ranked(displays, look) for displays, look in zip(found, looks, strict=True)]
    return _sharpened(detector, looks, _framed(detector, looks, ranked))


def locate_turned(detector: Detector, looks: Sequence[Look]) -> list[tuple[Display, ...]]:
    """The main display of each photo as found in the photo turned by a quarter, a half and three quarters.

    Quads are in px of the photo as it is, their reading direction as found in the turned one; a turn in which
    nothing is found is left out.
    """
    turns = [(look, quarters) for look in looks for quarters in (1, 2, 3)]
    found = detector.detect([np.ascontiguousarray(np.rot90(look.pixels, quarters)) for look, quarters in turns])
    results: list[tuple[Display, ...]] = []
    for i, look in enumerate(looks):
        mains: list[Display] = []
        for (_, quarters), displays in zip(turns[3 * i : 3 * i + 3], found[3 * i : 3 * i + 3], strict=True):
            back = [replace(d, quad=turned_back(d.quad, look.pixels.shape[:2], quarters)) for d in displays]
            mains += _ranked(back, look)[:1]
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


def _ranked(displays: Sequence[Display], look: Look) -> tuple[Display, ...]:
    """Displays found in a look, in px of its photo, the main register first."""
    in_photo = [replace(d, quad=moved(d.quad, look.factor)) for d in displays]
    return tuple(sorted(in_photo, key=lambda display: -weight(display, look.photo)))


def _framed(
    detector: Detector, looks: Sequence[Look], found: Sequence[tuple[Display, ...]]
) -> list[tuple[Display, ...]]:
    """The same, but what was found with a frame around the photo where the display may fill it and is surer so."""
    result = list(found)
    close = [i for i, look in enumerate(looks) if not found[i] or _at_edge(found[i][0], look.photo)]
    frames = [_frame(looks[i], detector.info.input_size) for i in close]
    again = detector.detect([pixels for pixels, _, _ in frames])
    for i, (_, factor, corner), displays in zip(close, frames, again, strict=True):
        look = looks[i]
        inside = [replace(d, quad=moved(d.quad, factor, corner)) for d in displays]
        ranked = _ranked(inside, look)
        if ranked and (not found[i] or ranked[0].confidence > found[i][0].confidence):
            result[i] = ranked
    return [displays or _cut_out(look.photo) for look, displays in zip(looks, result, strict=True)]


def _cut_out(photo: Photo) -> tuple[Display, ...]:
    """A strip in which no display was found is tried as one, with no confidence. Most such are of LCDs."""
    if photo.width < _STRIP * photo.height:
        return ()
    return (Display(DisplayKind.LCD, box_quad(0, 0, photo.width, photo.height), 0.0),)


def _at_edge(display: Display, photo: Photo) -> bool:
    x0, y0, x1, y1 = display.quad.bounds
    beside, above = _AT_EDGE * photo.width, _AT_EDGE * photo.height
    return x0 < beside or y0 < above or x1 > photo.width - beside or y1 > photo.height - above


def _frame(look: Look, input_size: int) -> tuple[Image, float, tuple[float, float]]:
    """A look with a frame of its mean colour: pixels, and what maps them to the look, ``px * factor + corner``."""
    height, width = look.pixels.shape[:2]
    factor = max(1.0, (1 + 2 * _FRAME) * max(height, width) / input_size)
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    small = cv2.resize(look.pixels, size, interpolation=cv2.INTER_AREA)
    beside, above = round(_FRAME * size[0]), round(_FRAME * size[1])
    colour = small.reshape(-1, 3).mean(axis=0).tolist()
    framed = cv2.copyMakeBorder(small, above, above, beside, beside, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(framed, np.uint8), factor, (-beside * factor, -above * factor)


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
        closer = [replace(d, quad=moved(d.quad, factor, corner)) for d in displays]
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
