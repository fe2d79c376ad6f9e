"""Things on and about a meter that are not its display: labels, codes, lamps, buttons, dials, covers.

All draw in place onto float32 canvases; sizes are px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from training.canvas import Canvas
from training.glyphs import PLATE_FONTS, blend, random_strokes, stroke_mask, text_mask
from training.plates import SENTENCES

Box = tuple[int, int, int, int]


@dataclass(eq=False)
class Sheet:
    """A canvas with a record of what is taken, so that things do not overlap by chance, and what is printed on it."""

    canvas: Canvas
    phrases: Sequence[str] = SENTENCES
    taken: list[Box] = field(default_factory=list)

    def take(self, box: Box, pad: int = 3) -> None:
        """Mark ``box`` (x0, y0, x1, y1) as taken."""
        x0, y0, x1, y1 = box
        self.taken.append((x0 - pad, y0 - pad, x1 + pad, y1 + pad))

    def free(self, rng: np.random.Generator, size: tuple[int, int], area: Box) -> tuple[int, int] | None:
        """A free top left within ``area`` for something ``size`` (w, h), taken at once; ``None`` without room."""
        w, h = size
        x0, y0, x1, y1 = area
        if x1 - x0 <= w or y1 - y0 <= h:
            return None
        for _ in range(10):
            x, y = int(rng.integers(x0, x1 - w)), int(rng.integers(y0, y1 - h))
            if all(x + w <= a or x >= c or y + h <= b or y >= d for a, b, c, d in self.taken):
                self.take((x, y, x + w, y + h))
                return x, y
        return None


def ink_for(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """A text colour that shows on ``canvas``, mostly near black or near white, at times red or blue."""
    if float(canvas[::9, ::9].mean()) < 115:
        return np.full(3, rng.uniform(170, 245), np.float32)
    if rng.random() < 0.12:
        return np.array([[180, 30, 30], [30, 50, 140]][rng.integers(2)], np.float32)
    return np.full(3, rng.uniform(5, 75), np.float32)


def serial_number(rng: np.random.Generator) -> str:
    """An invented serial number."""
    digits = "".join(str(d) for d in rng.integers(0, 10, rng.integers(5, 11)))
    return str(rng.choice(["", "", "S", "No. ", "S.No. ", "GP", "SS"])) + digits


def text_block(rng: np.random.Generator, sheet: Sheet, area: Box, height: float) -> None:
    """One line of print, ``height`` px high, somewhere free in ``area``."""
    words = serial_number(rng) if rng.random() < 0.2 else str(rng.choice(sheet.phrases))
    ink = text_mask(words, str(rng.choice(PLATE_FONTS)), height, rng.uniform(0.75, 1.05))
    at = sheet.free(rng, (ink.shape[1], ink.shape[0]), area)
    if at:
        x, y = at
        under = sheet.canvas[y : y + ink.shape[0], x : x + ink.shape[1]]
        blend(sheet.canvas, ink, at, ink_for(under, rng), rng.uniform(0.6, 1.0))


def barcode(rng: np.random.Generator, sheet: Sheet, area: Box, height: int) -> None:
    """Bars, with or without a white label and the number under them."""
    bars = np.repeat(rng.integers(0, 2, rng.integers(50, 95)).astype(np.uint8), max(1, height // 14))
    label = np.full((height + height // 2, len(bars) + 8), 245, np.uint8)
    label[4:height, 4:-4] = 245 - bars * 225
    if rng.random() < 0.7:
        number = text_mask(serial_number(rng), "DejaVuSansMono", height * 0.3)
        width = min(number.shape[1], label.shape[1])
        part = label[height + 2 : height + 2 + number.shape[0], :width]
        part -= (number[: part.shape[0], :width] * 0.85).astype(np.uint8)
    h, w = label.shape
    at = sheet.free(rng, (w, h), area)
    if at:
        sheet.canvas[at[1] : at[1] + h, at[0] : at[0] + w] = label[..., None] * np.float32(rng.uniform(0.8, 1.0))


def label(rng: np.random.Generator, sheet: Sheet, area: Box, height: int) -> None:
    """A sticker with a number: a decoy, for its digits are no reading. Light on dark at times."""
    style = random_strokes(rng)
    digits = rng.integers(0, 10, rng.integers(3, 11))
    glyphs = [stroke_mask(int(d), style, height) for d in digits]
    step = max(g.shape[1] for g in glyphs) + max(2, height // 6)
    w, h = step * len(glyphs) + height, round(height * rng.uniform(1.3, 2.2))
    at = sheet.free(rng, (w, h), area)
    if not at:
        return
    dark = rng.random() < 0.4
    part = sheet.canvas[at[1] : at[1] + h, at[0] : at[0] + w]
    part[:] = rng.uniform(10, 60) if dark else rng.uniform(200, 250) * rng.uniform(0.93, 1.0, 3)
    colour = np.full(3, rng.uniform(190, 245) if dark else rng.uniform(10, 70), np.float32)
    for i, glyph in enumerate(glyphs):
        blend(part, glyph, (height / 2 + i * step, (h - height) / 2), colour)


def lamp(rng: np.random.Generator, sheet: Sheet, area: Box, radius: int) -> None:
    """A pulse lamp, dark or glowing."""
    at = sheet.free(rng, (2 * radius, 2 * radius), area)
    if not at:
        return
    centre = (at[0] + radius, at[1] + radius)
    cv2.circle(sheet.canvas, centre, radius, (30.0, 28.0, 30.0), -1, cv2.LINE_AA)
    cv2.circle(sheet.canvas, centre, max(1, radius - 2), (70.0, 20.0, 24.0), -1, cv2.LINE_AA)
    if rng.random() < 0.35:
        glow = np.array([255, 60, 60] if rng.random() < 0.8 else [90, 255, 90], np.float32)
        size = radius * int(rng.integers(4, 12))
        y, x = np.mgrid[-1:1:24j, -1:1:24j]
        halo = (255 * np.exp(-5 * (x**2 + y**2))).astype(np.uint8)
        halo = np.asarray(cv2.resize(halo, (size, size)), np.uint8)
        blend(sheet.canvas, halo, (centre[0] - size / 2, centre[1] - size / 2), glow, rng.uniform(0.5, 1.0))


def button(rng: np.random.Generator, sheet: Sheet, area: Box, radius: int) -> None:
    """A push button or a screw: rings of different brightness."""
    at = sheet.free(rng, (2 * radius, 2 * radius), area)
    if not at:
        return
    centre = (at[0] + radius, at[1] + radius)
    tint = rng.uniform(0.3, 1.0, 3) if rng.random() < 0.4 else np.ones(3)
    for share in (1.0, 0.85, 0.6, 0.4):
        colour = [float(v) for v in tint * rng.uniform(40, 240)]
        cv2.circle(sheet.canvas, centre, max(1, round(radius * share)), colour, -1, cv2.LINE_AA)


def logo(rng: np.random.Generator, sheet: Sheet, area: Box, size: int) -> None:
    """A mark of approval: triangle, diamond, square in a square, circle."""
    at = sheet.free(rng, (size, size), area)
    if not at:
        return
    r = size / 2
    corners = int(rng.choice([3, 4, 4, 24]))
    turn = rng.choice([-np.pi / 2, -np.pi / 4])
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + turn
    points = np.c_[np.cos(angles), np.sin(angles)] * r * 0.95 + (at[0] + r, at[1] + r)
    colour = [float(v) for v in ink_for(sheet.canvas[at[1] : at[1] + size, at[0] : at[0] + size], rng)]
    thickness = max(1, size // 14)
    cv2.polylines(sheet.canvas, [points.astype(np.int32)], True, colour, thickness, cv2.LINE_AA)
    inner = (points - points.mean(axis=0)) * 0.5 + points.mean(axis=0)
    if rng.random() < 0.6:
        cv2.fillPoly(sheet.canvas, [inner.astype(np.int32)], colour, cv2.LINE_AA)


def slot(rng: np.random.Generator, sheet: Sheet, area: Box, size: tuple[int, int]) -> None:
    """The window over the turning disc of an induction meter: dark, with a bright line; a decoy without digits."""
    at = sheet.free(rng, size, area)
    if not at:
        return
    (x, y), (w, h) = at, size
    sheet.canvas[y : y + h, x : x + w] = rng.uniform(8, 60)
    line = y + int(h * rng.uniform(0.4, 0.6))
    sheet.canvas[line : line + max(2, h // 9), x + w // 8 : x + w - w // 8] = rng.uniform(120, 240)


def dial(rng: np.random.Generator, sheet: Sheet, area: Box, radius: int) -> None:
    """A small pointer dial of a water meter, or its star wheel."""
    at = sheet.free(rng, (2 * radius, 2 * radius), area)
    if not at:
        return
    cx, cy = at[0] + radius, at[1] + radius
    ink = [25.0, 25.0, 28.0]
    angle = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.3:
        turns = np.linspace(0, 2 * np.pi, 24, endpoint=False) + angle
        reach = np.where(np.arange(24) % 4 < 2, 0.9, 0.5)[:, None] * radius
        star = np.c_[np.cos(turns), np.sin(turns)] * reach + (cx, cy)
        cv2.fillPoly(sheet.canvas, [star.astype(np.int32)], ink, cv2.LINE_AA)
        return
    cv2.circle(sheet.canvas, (cx, cy), round(radius * 0.7), ink, 1, cv2.LINE_AA)
    for i in range(10):
        a = 2 * np.pi * i / 10
        glyph = text_mask(str(i), "DejaVuSans", max(3, radius * 0.22))
        spot = (cx + np.cos(a) * radius * 0.86 - 2, cy + np.sin(a) * radius * 0.86 - 3)
        blend(sheet.canvas, glyph, spot, np.array(ink, np.float32))
    red = [205.0, 40.0, 40.0]
    tip = (round(cx + np.cos(angle) * radius * 0.66), round(cy + np.sin(angle) * radius * 0.66))
    cv2.line(sheet.canvas, (cx, cy), tip, red, max(2, radius // 5), cv2.LINE_AA)
    cv2.circle(sheet.canvas, (cx, cy), max(2, radius // 3), red, -1, cv2.LINE_AA)
