"""Faces of whole meters with their display set in, as seen straight on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from meterocr.readout import DisplayKind
from training.canvas import Canvas, Panel, SynthDisplay, translation
from training.glyphs import blend, text_mask
from training.objects import Box, Sheet, barcode, button, dial, label, lamp, logo, slot, text_block
from training.plates import BRANDS, COUNTER_SENTENCES, SENTENCES, WATER_SENTENCES, plastic
from training.segments import Mask


@dataclass(frozen=True, eq=False)
class Face:
    """A meter: ``canvas`` (h, w, 3) float32, ``mask`` (h, w) of its outline, its display in px of the canvas."""

    canvas: Canvas
    mask: Mask
    display: SynthDisplay
    panel: Panel


def _rounded(mask: Mask, box: Box, radius: int) -> None:
    """Fill a rounded box into ``mask``."""
    x0, y0, x1, y1 = box
    r = max(1, min(radius, (x1 - x0) // 2 - 1, (y1 - y0) // 2 - 1))
    cv2.rectangle(mask, (x0 + r, y0), (x1 - r, y1), 255, -1)
    cv2.rectangle(mask, (x0, y0 + r), (x1, y1 - r), 255, -1)
    for x in (x0 + r, x1 - r):
        for y in (y0 + r, y1 - r):
            cv2.circle(mask, (x, y), r, 255, -1, cv2.LINE_AA)


def _fill(canvas: Canvas, box: Box, radius: int, colour: Canvas, strength: float = 1.0) -> None:
    mask = np.zeros((box[3] - box[1] + 1, box[2] - box[0] + 1), np.uint8)
    _rounded(mask, (0, 0, box[2] - box[0], box[3] - box[1]), radius)
    blend(canvas, mask, (box[0], box[1]), colour, strength)


def _set_in(rng: np.random.Generator, sheet: Sheet, panel: Panel, at: tuple[int, int]) -> SynthDisplay:
    """The display at ``at`` (its top left), with its frame."""
    h, w = panel.image.shape[:2]
    x, y = at
    frame = int(rng.integers(1, max(3, h // 7)))
    if rng.random() < (0.65 if panel.display.kind is DisplayKind.LCD else 0.4):
        shade = np.full(3, rng.uniform(8, 80) if rng.random() < 0.6 else rng.uniform(130, 250), np.float32)
        radius = int(rng.integers(1, frame + 2))
        _fill(sheet.canvas, (x - frame, y - frame, x + w + frame, y + h + frame), radius, shade)
    sheet.canvas[y : y + h, x : x + w] = panel.image
    sheet.take((x - frame, y - frame, x + w + frame, y + h + frame))
    return panel.display.moved(translation(x, y))


def _furnish(rng: np.random.Generator, sheet: Sheet, area: Box, unit: float) -> None:
    """Print, lamps, codes and marks all over ``area``; ``unit`` is the height of usual print, px."""
    makers: tuple[tuple[Callable[[], None], float], ...] = (
        (lambda: text_block(rng, sheet, area, unit * rng.uniform(0.6, 1.3)), 0.62),
        (lambda: lamp(rng, sheet, area, max(2, round(unit * 0.6))), 0.1),
        (lambda: logo(rng, sheet, area, round(unit * rng.uniform(1.5, 3.5))), 0.12),
        (lambda: button(rng, sheet, area, round(unit * rng.uniform(0.8, 2.6))), 0.06),
        (lambda: label(rng, sheet, area, round(unit * rng.uniform(0.9, 2.0))), 0.05),
        (lambda: barcode(rng, sheet, area, round(unit * rng.uniform(1.8, 3.2))), 0.05),
    )
    chances = np.array([m[1] for m in makers])
    for _ in range(rng.integers(8, 28)):
        makers[rng.choice(len(makers), p=chances)][0]()


def _brand(rng: np.random.Generator, sheet: Sheet, area: Box, height: float) -> None:
    ink = text_mask(str(rng.choice(BRANDS)), "DejaVuSans-Bold", height, rng.uniform(0.8, 1.2))
    at = sheet.free(rng, (ink.shape[1], ink.shape[0]), area)
    if at:
        colour = rng.uniform(10, 200, 3).astype(np.float32) * np.float32(0.6)
        blend(sheet.canvas, ink, at, colour)


def box_face(rng: np.random.Generator, panel: Panel) -> Face:
    """A box-shaped meter: case, plate, display in the upper half, terminal cover below."""
    ph, pw = panel.image.shape[:2]
    w = round(pw * rng.uniform(1.25, 2.6) + 30)
    h = round(max(ph * 2.2, w * rng.uniform(0.65, 1.45)))
    canvas = plastic(rng, (h, w))
    mask = np.zeros((h, w), np.uint8)
    _rounded(mask, (0, 0, w - 1, h - 1), int(w * rng.uniform(0.01, 0.12)))
    rim = int(rng.integers(4, max(6, w // 14)))
    foot = h - int(h * rng.uniform(0.02, 0.3))
    plate = (rim, rim, w - rim, foot - rim)
    colour = np.clip(rng.uniform(170, 245) * np.exp(rng.normal(0, 0.04, 3)), 0, 255)
    if rng.random() < 0.12:
        colour = rng.uniform(20, 120, 3)
    if rng.random() < 0.8:
        _fill(canvas, plate, int(w * rng.uniform(0, 0.06)), colour.astype(np.float32), rng.uniform(0.85, 1.0))
    cv2.rectangle(canvas, (0, foot), (w, h), [float(v) for v in rng.uniform(10, 200) * rng.uniform(0.9, 1, 3)], -1)
    cv2.line(canvas, (0, foot), (w, foot), [20.0] * 3, max(1, rim // 4))
    mechanical = panel.display.kind is DisplayKind.MECHANICAL
    sheet = Sheet(canvas, COUNTER_SENTENCES if mechanical else SENTENCES)
    unit = max(5.0, w * rng.uniform(0.02, 0.035))
    x = int(np.clip(rng.normal((w - pw) / 2, w * 0.08), rim + 2, w - pw - rim - 2))
    lowest = max(rim + 4, int(foot * 0.5 - ph / 2))
    y = int(rng.integers(rim + 3, max(rim + 4, lowest)))
    display = _set_in(rng, sheet, panel, (x, min(y, h - ph - 3)))
    inside = (plate[0] + 4, plate[1] + 4, plate[2] - 4, plate[3] - 4)
    _brand(rng, sheet, inside, unit * rng.uniform(1.2, 3))
    if mechanical and rng.random() < 0.4:
        label(rng, sheet, inside, round(unit * 1.6))
    if mechanical and rng.random() < 0.7:
        below = (inside[0], y + ph + 3, inside[2], inside[3])
        slot(rng, sheet, below, (round(w * rng.uniform(0.25, 0.6)), max(6, round(h * rng.uniform(0.03, 0.08)))))
    _furnish(rng, sheet, inside, unit)
    for _ in range(rng.integers(0, 4)):
        button(rng, sheet, (0, foot, w, h), max(3, (h - foot) // 5))
    return Face(canvas, mask, display, panel)


def round_face(rng: np.random.Generator, panel: Panel) -> Face:
    """A round meter: water meters, and electricity meters under a glass dome."""
    ph, pw = panel.image.shape[:2]
    size = round(pw * rng.uniform(1.25, 2.0) + 20)
    canvas = np.full((size, size, 3), rng.uniform(20, 220), np.float32) * rng.uniform(0.7, 1, 3).astype(np.float32)
    mask = np.zeros((size, size), np.uint8)
    middle, radius = size // 2, size // 2 - 2
    cv2.circle(mask, (middle, middle), radius, 255, -1, cv2.LINE_AA)
    level = rng.uniform(180, 250) if rng.random() < 0.85 else rng.uniform(25, 90)
    disc = level * rng.uniform(0.93, 1.0, 3)
    inner = radius - int(size * rng.uniform(0.02, 0.09))
    rim = [float(v) for v in rng.uniform(10, 230) * np.exp(rng.normal(0, 0.15, 3))]
    cv2.circle(canvas, (middle, middle), inner + 2, rim, -1, cv2.LINE_AA)
    cv2.circle(canvas, (middle, middle), inner, [float(v) for v in disc], -1, cv2.LINE_AA)
    water = rng.random() < 0.75
    sheet = Sheet(canvas, WATER_SENTENCES if water else COUNTER_SENTENCES)
    reach = np.sqrt(max(0.0, inner**2 - (pw / 2) ** 2)) - ph / 2 - 4
    y = int(middle - ph / 2 + np.clip(rng.normal(-0.25, 0.3), -0.95, 0.8) * max(0.0, reach))
    display = _set_in(rng, sheet, panel, ((size - pw) // 2, max(2, y)))
    unit = max(5.0, size * rng.uniform(0.022, 0.038))
    box = int(inner * 0.68)
    area = (middle - box, middle - box, middle + box, middle + box)
    if water:
        for _ in range(rng.integers(1, 5)):
            dial(rng, sheet, area, int(size * rng.uniform(0.05, 0.11)))
    elif rng.random() < 0.7:
        slot(rng, sheet, area, (int(size * 0.5), max(5, int(size * 0.05))))
    _brand(rng, sheet, area, unit * rng.uniform(1.2, 2.6))
    _furnish(rng, sheet, area, unit)
    return Face(canvas, mask, display, panel)
