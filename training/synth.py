"""Drawn displays and photos for training, tests and demonstrations.

Everything follows from the random generator: the same seed draws the same photo.
"""

from __future__ import annotations

import cv2
import numpy as np

from meterocr.readout import DisplayKind
from training.canvas import Panel, SynthScene, SynthStrip, box_quad, homography, to_image, translation
from training.crops import CropBank
from training.faded import faded
from training.lcd import paint_lcd
from training.plates import surround
from training.scenes import compose, compose_background, compose_sample, random_view
from training.weather import Subject, photograph
from training.wheels import paint_wheels

__all__ = [
    "SynthScene",
    "SynthStrip",
    "draw_background",
    "draw_lcd_strip",
    "draw_mechanical_strip",
    "draw_meter",
    "draw_sample",
]


def _strip(rng: np.random.Generator, panel: Panel, margin: float = 0.15) -> SynthStrip:
    """The panel in its surroundings, a little askew, photographed."""
    h, w = panel.image.shape[:2]
    m = max(6, round(margin * max(h, 0.35 * w)))
    canvas = surround(rng, panel.image, m, panel.display.kind)
    size = (w + 2 * m, h + 2 * m)
    corners = box_quad(m, m, m + w, m + h)
    wobble = rng.normal(0, 0.22, (4, 2)) * m
    slope = np.tan(rng.normal(0, 0.025)) * w / 2
    wobble[:, 1] += np.clip(slope, -0.45 * m, 0.45 * m) * np.array([-1, 1, 1, -1])
    target = corners + np.clip(wobble, -0.7 * m, 0.7 * m)
    matrix = homography(corners, target.astype(np.float32))
    warped = cv2.warpPerspective(
        to_image(canvas), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    image, blur = photograph(rng, np.asarray(warped, np.uint8), Subject(panel.digit_width, panel.contrast))
    display = panel.display.moved(matrix @ translation(m, m))
    display = faded(display, np.asarray(warped, np.uint8), image) if panel.survives(blur) else display.unreadable()
    fields = {name: getattr(display, name) for name in display.__dataclass_fields__}
    return SynthStrip(image=image, **fields)


def draw_lcd_strip(rng: np.random.Generator) -> SynthStrip:
    """A random LCD with a little of the meter's face around it, as cut from a photo."""
    return _strip(rng, paint_lcd(rng, digit_height=rng.uniform(34, 60), tight=0.22))


def draw_mechanical_strip(rng: np.random.Generator, crops: CropBank | None = None) -> SynthStrip:
    """A random counter with wheels; with ``crops`` partly from photographed wheels."""
    return _strip(rng, paint_wheels(rng, digit_height=rng.uniform(30, 50), crops=crops))


def draw_meter(rng: np.random.Generator, kind: DisplayKind | str, crops: CropBank | None = None) -> SynthScene:
    """A phone photo of a meter whose display is of ``kind`` (``"lcd"`` or ``"mechanical"``), long side 640 to 1024 px.

    The main display comes first; a second meter may hang beside it. All displays lie inside the photo.
    """
    return compose(rng, DisplayKind(kind), crops, random_view(rng))


def draw_background(rng: np.random.Generator) -> SynthScene:
    """A photo without any display, full of what a detector might take for one."""
    return compose_background(rng)


def draw_sample(rng: np.random.Generator, kind: DisplayKind | str, size: tuple[int, int] = (1280, 960)) -> SynthScene:
    """A good, legible photo of one meter for demonstrations and tests, ``size`` (width, height) px."""
    return compose_sample(rng, DisplayKind(kind), size)
