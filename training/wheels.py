"""Mechanical counters: wheels behind windows, rolling by the carry rule, as seen straight on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from meterocr.readout import UNREAD, DisplayKind, Quantity
from training.canvas import Canvas, Panel, Points, SynthDisplay, box_quad
from training.crops import CropBank
from training.glyphs import blend, stamp, stroke_mask, text_mask
from training.segments import Mask
from training.weather import Veil, patch, random_veil, seen, soil, wires
from training.wheel_looks import Count, Look, dim_look, join, random_count, random_look

_MIN_CONTRAST = 8.0
_DIM = 0.3  # of the counters that are not photographed at their best
_GRID = np.stack(np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 1, 7)), axis=-1).reshape(-1, 2)


def _glyph(look: Look, digit: int, height: float) -> Mask:
    if look.strokes is not None:
        return stroke_mask(digit, look.strokes, height)
    return text_mask(str(digit), look.font, height, look.squeeze)


@dataclass(frozen=True)
class _Wheel:
    position: float
    red: bool
    last: bool
    glint: float  # height, -1 to 1, at which a lamp glints in the ink


def _wheel(rng: np.random.Generator, look: Look, wheel: _Wheel, unit: float) -> Canvas:
    """(window, wheel) px of one wheel: its digit, the neighbours, the curved shading."""
    position = wheel.position
    h, w = round(look.window * unit), round(look.wheel * unit)
    mask = np.zeros((h, w), np.uint8)
    turn = position + rng.normal(0, 0.025)
    radius = look.pitch / np.sin(2 * np.pi / 10)
    digit = int(np.floor(position))
    for step in (-1, 0, 1, 2):
        angle = (digit + step - turn) * 2 * np.pi / 10
        y = h * (0.5 + look.offset) + np.sin(angle) * radius * unit
        ink = _glyph(look, (digit + step) % 10, unit * max(0.3, np.cos(angle)))
        stamp(mask, ink, w / 2 - ink.shape[1] / 2 + look.wheel * unit * 0.02, y - ink.shape[0] / 2)
    if wheel.last and look.ticks:
        for tick in range(-14, 15):
            angle = (tick / 5 + np.ceil(turn * 5) / 5 - turn) * 2 * np.pi / 10
            y = round(h * (0.5 + look.offset) + np.sin(angle) * radius * unit)
            length = w * (0.2 if tick % 5 == 0 else 0.13)
            cv2.line(mask, (round(w - length), y), (w, y), 230, max(1, round(unit * 0.035)))
    body, colour = (look.red_body, look.red_ink) if wheel.red else (look.body, look.ink)
    alpha = (mask.astype(np.float32) / 255)[..., None]
    canvas = body + alpha * (colour - body)
    v = np.linspace(-1, 1, h, dtype=np.float32)[:, None, None]
    canvas = canvas * (1 - rng.uniform(0.05, 0.4) * v**2 - rng.uniform(-0.12, 0.12) * v)
    if look.shine:
        canvas += alpha * colour * look.shine * np.exp(-(((v - wheel.glint) / 0.15) ** 2))
    if look.uneven:
        canvas *= np.exp(rng.normal(0, look.uneven))
    return np.asarray(canvas, np.float32)


def _teeth(rng: np.random.Generator, canvas: Canvas, x: float, box: tuple[int, int], width: float) -> None:
    """The dark gap with gear teeth between two wheels that stand side by side."""
    top, bottom = box
    dark = rng.uniform(20, 90)
    left, right = round(x - width / 2), max(round(x + width / 2), round(x - width / 2) + 1)
    canvas[top:bottom, left:right] *= np.float32(dark / 140)
    if width > 4:
        start = rng.uniform(0, 1)
        for i in range(4):
            y = round(top + (i + start) / 4 * (bottom - top))
            canvas[y : min(bottom, y + (bottom - top) // 8), left:right] = canvas[top:bottom, left:right].max()


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where the wheels stand, px: left edges, the top, wheel size, the plate's size."""

    lefts: tuple[float, ...]
    top: float
    wheel: tuple[int, int]
    size: tuple[int, int]


def _plan(rng: np.random.Generator, look: Look, count: Count, unit: float, unit_width: float) -> _Plan:
    w, h = round(look.wheel * unit), round(look.window * unit)
    pad = np.abs(rng.normal(0, 0.16, 4)) * unit + (0.12 * unit if look.holes else 0.03 * unit)
    if rng.random() < 0.15:
        pad[0] += rng.uniform(0.5, 3.0) * unit
    n = len(count.digits)
    step = w + look.gap * unit
    extra = rng.uniform(0, 0.4) * unit if count.decimals and rng.random() < 0.4 else 0.0
    lefts = tuple(pad[0] + i * step + (extra if i >= n - count.decimals else 0) for i in range(n))
    return _Plan(lefts, pad[1], (w, h), (round(lefts[-1] + w + pad[2] + unit_width), round(pad[1] + h + pad[3])))


def _paint_plate(rng: np.random.Generator, look: Look, count: Count, plan: _Plan) -> Canvas:
    w, h = plan.size
    canvas = np.full((h, w, 3), look.plate, np.float32)
    if not count.decimals:
        return canvas
    first = plan.lefts[len(plan.lefts) - count.decimals]
    x = (first + plan.lefts[len(plan.lefts) - count.decimals - 1] + plan.wheel[0]) / 2
    canvas[:, round(x) : round(plan.lefts[-1] + plan.wheel[0] + plan.lefts[0])] = look.red_plate
    if look.comma == "line":
        cv2.line(canvas, (round(x), 0), (round(x), h), [float(v) for v in look.ink], max(1, w // 150))
    elif look.comma:
        ink = text_mask(look.comma, "DejaVuSans-Bold", plan.wheel[1] * (0.22 if look.comma == "," else 0.12))
        y = min(h - ink.shape[0], plan.top + plan.wheel[1] * rng.uniform(0.82, 1.0))
        paint = look.ink if abs(float((look.plate - look.ink).mean())) > 50 else 255 - look.ink
        blend(canvas, ink, (x - ink.shape[1] / 2, y), paint)
    return canvas


def _print_unit(rng: np.random.Generator, canvas: Canvas, text: str, width: float) -> None:
    """The unit at the right end of the plate, as on Vietnamese counters."""
    h, w = canvas.shape[:2]
    ink = text_mask(text, "DejaVuSans-Bold" if rng.random() < 0.6 else "default", h * rng.uniform(0.35, 0.6), 0.9)
    ink = (
        ink if ink.shape[1] < width else np.asarray(cv2.resize(ink, (max(2, int(width * 0.9)), ink.shape[0])), np.uint8)
    )
    level = 225.0 if float(canvas[:, -round(width) :].mean()) < 120 else 35.0
    at = (w - width + (width - ink.shape[1]) / 2, (h - ink.shape[0]) / 2)
    blend(canvas, ink, at, np.full(3, level, np.float32))


def _point_at(canvas: Canvas, look: Look, plan: _Plan) -> None:
    """The line by which the last wheel is read, beside it."""
    y, x = round(plan.top + plan.wheel[1] * 0.5), round(plan.lefts[-1] + plan.wheel[0] * 0.85)
    canvas[y : y + max(1, plan.wheel[1] // 16), x:] = look.ink


def _seen(veil: Veil, look: Look, cover: Mask, box: Points, red: bool) -> float:
    """The contrast of the digit in ``box``, levels; 0 where glare or a wire hides too much of it."""
    (x0, y0), (x1, y1) = box[0], box[2]
    points = (_GRID * (x1 - x0, y1 - y0) + (x0, y0)).astype(np.float32)
    body, ink = (look.red_body, look.red_ink) if red else (look.body, look.ink)
    contrast = seen(veil.at(body[None], points) - veil.at(ink[None], points))
    x, y = np.clip(points.astype(int), 0, (cover.shape[1] - 1, cover.shape[0] - 1)).T
    hidden = (contrast < _MIN_CONTRAST) | (cover[y, x] > 120)
    return 0.0 if hidden.mean() > 0.4 else float(np.median(contrast))


def _counter(rng: np.random.Generator, trouble: float) -> tuple[Look, Count]:
    """How the counter looks and where it stands; at its best it is bright and new."""
    if not trouble:
        return random_look(rng), random_count(rng)
    look = dim_look(rng) if rng.random() < _DIM * trouble else random_look(rng)
    return look, random_count(rng, slack=abs(rng.normal(0, 0.06)))


def paint_wheels(
    rng: np.random.Generator,
    *,
    digit_height: float,
    trouble: float = 1.0,
    crops: CropBank | None = None,
) -> Panel:
    """A random counter with digits ``digit_height`` px high; ``trouble`` 0 is clean and well lit, 1 what happens.

    With ``crops`` a part of the counters is put together from photographed wheels.
    """
    look, count = _counter(rng, trouble)
    unit = digit_height
    bank = None if look.dim else crops
    photos = bank.row(rng, count.positions, count.decimals) if bank and rng.random() < 0.6 else None
    if photos and not look.comma:
        look = replace(look, comma=",")
    shows, word = Quantity.UNKNOWN, ""
    if rng.random() < 0.18:
        shows, word = (Quantity.KWH, "kWh") if rng.random() < 0.8 else (Quantity.CUBIC_METRE, "m\u00b3")
    unit_width = rng.uniform(1.2, 2.2) * unit if word else 0.0
    plan = _plan(rng, look, count, unit, unit_width)
    canvas = _paint_plate(rng, look, count, plan)
    (w, h), n = plan.wheel, len(count.digits)
    glint = rng.uniform(-0.8, 0.8) if look.shine else 0.0
    for i, (left, position) in enumerate(zip(plan.lefts, count.positions, strict=True)):
        red = i >= n - count.decimals
        if photos is None:
            wheel = _wheel(rng, look, _Wheel(position, red, i == n - 1, glint), unit)
        else:
            wheel = np.asarray(cv2.resize(photos[i], (w, h), interpolation=cv2.INTER_LINEAR), np.float32)
        y, x = round(plan.top), round(left)
        canvas[y : y + h, x : x + w] = wheel
        if look.holes:
            cv2.rectangle(
                canvas,
                (x, y),
                (x + w - 1, y + h - 1),
                [float(v) * 0.55 for v in look.plate],
                max(1, round(unit * 0.03)),
            )
            canvas[y : y + max(1, h // 10), x : x + w] *= np.float32(rng.uniform(0.4, 0.9))
        elif i and look.gap:
            _teeth(rng, canvas, x - look.gap * unit / 2, (y, y + h), look.gap * unit)
    if look.pointer:
        _point_at(canvas, look, plan)
    if word:
        _print_unit(rng, canvas, word, unit_width)
    return _light(rng, canvas, look, count, _Truth(plan, shows, unit, trouble))


@dataclass(frozen=True, eq=False)
class _Truth:
    plan: _Plan
    shows: Quantity
    unit: float
    trouble: float


def _light(rng: np.random.Generator, canvas: Canvas, look: Look, count: Count, truth: _Truth) -> Panel:
    plan, unit = truth.plan, truth.unit
    size = (plan.size[1], plan.size[0])
    veil = random_veil(rng, size, truth.trouble)
    canvas = veil.over(canvas)
    soil(rng, canvas, truth.trouble)
    cover = np.zeros(size, np.uint8)
    if rng.random() < 0.06 * truth.trouble:
        cover = wires(rng, canvas, int(rng.integers(1, 4)), unit * 0.1)
    if truth.trouble and rng.random() < 0.06 * truth.trouble:
        cover = np.maximum(cover, patch(rng, canvas, unit * rng.uniform(0.8, 1.3)))
    (w, h), n = plan.wheel, len(count.digits)
    middle = plan.top + h * (0.5 + look.offset)
    half = min(w, unit * 0.8) / 2
    digits = np.array([
        box_quad(x + w / 2 - half, middle - unit / 2, x + w / 2 + half, middle + unit / 2) for x in plan.lefts
    ], np.float32)  # fmt: skip
    seen = [_seen(veil, look, cover, box, i >= n - count.decimals) for i, box in enumerate(digits)]
    lost = [contrast == 0 for contrast in seen]
    symbols = "".join(UNREAD if gone else str(d) for d, gone in zip(count.digits, lost, strict=True))
    quad = box_quad(0, 0, plan.size[0], plan.size[1])
    legible = not any(lost[: n - count.decimals])
    display = SynthDisplay(DisplayKind.MECHANICAL, join(symbols, count.decimals), truth.shows, legible, quad, digits,
                           count.turns)  # fmt: skip
    display = display.unreadable() if all(lost) else display
    faintest = min((c for c in seen if c), default=0.0)
    return Panel(np.clip(canvas, 0, 255), display, 0.6 * unit, 0.12 * unit, faintest)
