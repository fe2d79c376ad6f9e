"""Liquid crystal displays: the glass with its digits, units and side lines, as seen straight on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import UNREAD, DisplayKind, Quantity
from training.canvas import Canvas, Panel, Points, SynthDisplay, box_quad
from training.lcd_layout import LcdLayout, random_layout
from training.segments import centres, fill, lit_segments, outlines, readable_as
from training.weather import Veil, random_veil, seen, smooth_field, soil

# Glass colour, ink colour, weight: what the photographs show most often, lit and unlit.
_PALETTES: tuple[tuple[tuple[int, int, int], tuple[int, int, int], float], ...] = (
    ((20, 215, 30), (8, 55, 14), 3.0),
    ((35, 235, 160), (25, 95, 85), 1.5),
    ((30, 150, 75), (12, 52, 34), 1.2),
    ((95, 140, 230), (28, 44, 105), 1.5),
    ((30, 80, 205), (15, 25, 90), 0.8),
    ((150, 195, 238), (45, 70, 120), 1.5),
    ((205, 220, 240), (45, 60, 110), 1.5),
    ((252, 253, 255), (85, 115, 185), 1.2),
    ((242, 140, 22), (62, 40, 22), 1.3),
    ((238, 205, 20), (62, 58, 16), 0.8),
    ((150, 168, 142), (46, 54, 46), 2.2),
    ((128, 140, 128), (50, 52, 78), 1.2),
    ((66, 74, 66), (26, 30, 28), 1.3),
    ((40, 62, 44), (14, 22, 18), 0.7),
    ((165, 142, 112), (66, 56, 52), 0.9),
    ((196, 168, 172), (88, 66, 84), 0.6),
    ((140, 165, 40), (52, 68, 24), 0.7),
    ((226, 222, 190), (132, 128, 100), 0.5),
    ((40, 232, 232), (30, 120, 150), 0.4),
    ((14, 10, 12), (240, 50, 40), 0.25),
    ((10, 26, 90), (215, 230, 250), 0.25),
)
_MIN_CONTRAST = 8.0


@dataclass(frozen=True, eq=False)
class _Colours:
    glass: Canvas
    ink: Canvas
    opacity: float
    ghost: float


def _colours(rng: np.random.Generator, trouble: float) -> _Colours:
    weights = np.array([p[2] for p in _PALETTES])
    glass, ink, _ = _PALETTES[rng.choice(len(_PALETTES), p=weights / weights.sum())]
    spread = np.exp(rng.normal(0, 0.10, 3)) * np.exp(rng.normal(0, 0.14))
    g = np.clip(np.array(glass) * spread, 0, 255)
    i = np.clip(np.array(ink) * np.exp(rng.normal(0, 0.2, 3)), 0, 255)
    opacity = rng.uniform(0.6, 1.0) if rng.random() > 0.3 * trouble else rng.uniform(0.16, 0.6)
    ghost = 0.0 if rng.random() < 0.4 else opacity * rng.uniform(0.02, 0.18)
    return _Colours(g.astype(np.float32), i.astype(np.float32), opacity, ghost)


def _place(shapes: dict[str, NDArray[np.float64]], names: str, box: tuple[float, float, float]) -> list[Points]:
    """Polygons ``names`` of the digit whose top left is at box x, y and whose height is box h."""
    x, y, h = box
    return [(shapes[n] * h + (x, y)).astype(np.float32) for n in names]


def _ink(layout: LcdLayout) -> tuple[Canvas, Canvas]:
    """Masks 0..1 of the lit ink and of all segments there are."""
    shapes = outlines(layout.style)
    lit = np.zeros((layout.height, layout.width), np.uint8)
    every = np.zeros_like(lit)
    for cell in layout.cells:
        box = (cell.x, cell.y, cell.h)
        fill(lit, _place(shapes, lit_segments(cell.symbol, layout.style), box), round(255 * cell.level))
        fill(every, _place(shapes, "abcdefg", box))
    for x, y, size, level in layout.dots:
        square = box_quad(x - size / 2, y - size / 2, x + size / 2, y + size / 2)
        if layout.round_dots:
            cv2.circle(lit, (round(x * 16), round(y * 16)), round(size * 9), round(255 * level), -1, cv2.LINE_AA, 4)
        else:
            fill(lit, [square], round(255 * level))
        every = np.maximum(every, lit)
    np.maximum(lit, layout.print, out=lit)
    return lit.astype(np.float32) / np.float32(255), every.astype(np.float32) / np.float32(255)


def _mottle(rng: np.random.Generator, ink: Canvas, digit_height: float) -> Canvas:
    """Segments with dark edges and a blotchy inside, as old glass shows them."""
    soft = cv2.GaussianBlur(ink, (0, 0), digit_height * 0.03)
    edge = np.clip(1.6 - 1.6 * soft, 0, 1)
    inside = 0.55 + 0.22 * smooth_field(rng, (ink.shape[0], ink.shape[1]), 60)
    return np.asarray(ink * np.clip(np.maximum(edge, inside), 0, 1), np.float32)


def _compose(rng: np.random.Generator, layout: LcdLayout, colours: _Colours, trouble: float) -> Canvas:
    ink, every = _ink(layout)
    shape = (layout.height, layout.width)
    if rng.random() < 0.12 * trouble:
        ink = _mottle(rng, ink, layout.digit_height)
    alpha = ink * np.float32(colours.opacity)
    if colours.ghost:
        alpha = np.maximum(alpha, every * np.float32(colours.ghost))
    if rng.random() < 0.3:
        shift = layout.digit_height * rng.uniform(-0.06, 0.06, 2)
        matrix = np.array([[1, 0, shift[0]], [0, 1, abs(shift[1])]], np.float32)
        shadow = cv2.warpAffine(cv2.blur(alpha, (3, 3)), matrix, (shape[1], shape[0]))
        alpha = np.maximum(alpha, shadow * np.float32(rng.uniform(0.1, 0.4)))
    glass = np.full((*shape, 3), colours.glass, np.float32)
    if rng.random() < 0.3 * trouble:
        glass = glass * (1 + np.float32(rng.uniform(0.01, 0.05)) * smooth_field(rng, shape, 80))[..., None]
    return glass + alpha[..., None] * (colours.ink - glass)


def _bevel(rng: np.random.Generator, canvas: Canvas, digit_height: float) -> None:
    """The shadow of the frame along the upper and one side edge, or the bright rim of the glass, in place."""
    h, w = canvas.shape[:2]
    depth = max(1, round(digit_height * rng.uniform(0.02, 0.16)))
    factor = np.float32(rng.uniform(0.3, 0.85) if rng.random() < 0.75 else rng.uniform(1.1, 1.5))
    canvas[:depth] *= factor
    side = slice(0, depth) if rng.random() < 0.5 else slice(w - depth, w)
    canvas[depth:, side] *= factor
    if rng.random() < 0.3:
        canvas[h - depth :] += np.float32(rng.uniform(10, 80))


def _read(layout: LcdLayout, colours: _Colours, veil: Veil) -> tuple[str, float]:
    """What of the number can still be read under ``veil``, and the contrast of its faintest readable digit."""
    spots = centres(layout.style)[None]
    boxes = np.array([(c.x, c.y, c.h) for c in layout.number])[:, None]
    points = (spots * boxes[..., 2:] + boxes[..., :2]).astype(np.float32).reshape(-1, 2)
    ghost = colours.glass + np.float32(colours.ghost) * (colours.ink - colours.glass)
    levels = np.repeat([c.level for c in layout.number], 7)[:, None].astype(np.float32)
    ink = colours.glass + np.float32(colours.opacity) * levels * (colours.ink - colours.glass)
    contrast = seen(veil.at(ghost[None], points) - veil.at(ink, points)).reshape(-1, 7)
    symbols = []
    faintest = 255.0
    for cell, depths in zip(layout.number, contrast, strict=True):
        visible = "".join(n for n, depth in zip("abcdefg", depths, strict=True) if depth >= _MIN_CONTRAST)
        fits = readable_as(lit_segments(cell.symbol, layout.style), visible)
        symbols.append(cell.symbol if fits == {cell.symbol} else UNREAD)
        if symbols[-1] != UNREAD:
            faintest = min(faintest, float(np.median(depths)))
    whole = "".join(symbols[: len(symbols) - layout.decimals])
    fraction = "".join(symbols[len(symbols) - layout.decimals :])
    return (f"{whole}.{fraction}" if fraction else whole), faintest


def _display(layout: LcdLayout, text: str) -> SynthDisplay:
    s = layout.style
    digits = np.array([
        box_quad(0, 0, s.width + s.slant, 1) * c.h + (c.x, c.y) for c in layout.number
    ], np.float32).reshape(-1, 4, 2)  # fmt: skip
    quad = box_quad(0, 0, layout.width, layout.height)
    legible = UNREAD not in text.partition(".")[0]
    return SynthDisplay(DisplayKind.LCD, text, layout.shows, legible, quad, digits, (0.0,) * len(digits))


def _cut(rng: np.random.Generator, layout: LcdLayout, display: SynthDisplay) -> SynthDisplay:
    """The same display when its corners are drawn tightly about the digits, as some data sets have it."""
    size = np.array([layout.width, layout.height])
    pad = rng.uniform(0.02, 0.28, 4) * layout.digit_height
    low = np.maximum(display.digits.min(axis=(0, 1)) - pad[:2], 0)
    high = np.minimum(display.digits.max(axis=(0, 1)) + pad[2:], size)
    seen_unit = bool((low <= layout.unit_at).all() and (layout.unit_at <= high).all())
    shows = display.shows if seen_unit else Quantity.UNKNOWN
    return replace(display, quad=box_quad(low[0], low[1], high[0], high[1]), shows=shows)


def paint_lcd(rng: np.random.Generator, *, digit_height: float, trouble: float = 1.0, tight: float = 0.0) -> Panel:
    """A random glass with digits ``digit_height`` px high; ``trouble`` 0 is a clean, well lit one, 1 what happens.

    With ``trouble`` the display can be off, or washed out; the panel's truth says so. ``tight`` is the chance that
    the quad encloses only the digits instead of the whole glass.
    """
    layout = random_layout(rng, digit_height)
    colours = _colours(rng, trouble)
    off = rng.random() < 0.03 * trouble
    veil = random_veil(rng, (layout.height, layout.width), trouble)
    if off:
        layout = layout.switched_off()
    canvas = veil.over(_compose(rng, layout, colours, trouble))
    if rng.random() < 0.4:
        _bevel(rng, canvas, digit_height)
    soil(rng, canvas, trouble)
    text, faintest = ("", 0.0) if off else _read(layout, colours, veil)
    display = _display(layout, text)
    if not set(text) - {UNREAD, "."}:
        display = display.unreadable()
    elif rng.random() < tight:
        display = _cut(rng, layout, display)
    style = layout.style
    return Panel(np.clip(canvas, 0, 255), display, style.width * digit_height, style.thickness * digit_height, faintest)
