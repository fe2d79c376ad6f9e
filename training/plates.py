"""The face of a meter around its display: plastic, frames, printed text."""

from __future__ import annotations

import cv2
import numpy as np

from meterocr.readout import DisplayKind
from training.canvas import Canvas
from training.glyphs import PLATE_FONTS, blend, text_mask
from training.weather import smooth_field

SENTENCES = (
    "ac,1Ph, 2 Wire Static Energy Meter", "Single Phase Static kWh Meter", "Single Phase Two Wires kWh Meter",
    "ac, 3 Phase, 4 Wire Static Watthour Meter", "1 PHASE 2 WIRE METER", "STATIC WATTHOUR METER", "kWh",
    "PROPERTY OF ELECTRICITY BOARD", "imp/kWh", "3200 imp/kWh", "6400 imp/kWh", "MD Reset", "10-60A 240V 50Hz",
    "5-30A", "CLASS 1.0", "IS 13779", "IEC 62053-21", "Made in India", "Type: SP-01", "Pulse  Reverse  Power",
    "CAL", "kVAh", "No.", "Serial No.", "Earth  Reverse", "TAMPER", "OCT 2014", "S.No. 4081726",
)  # fmt: skip
COUNTER_SENTENCES = (
    "KILOWATT HOURS", "WATTHOUR METER", "10000  1000  100  10  1", "100000 10000 1000 100 10 1 1/10", "kWh",
    "SINGLE PHASE 2 WIRE", "15(45)A 220V", "CLASS 2", "WEATHER PROOF", "400 rev/kWh", "MADE IN INDIA", "No.",
)  # fmt: skip
WATER_SENTENCES = (
    "m\u00b3", "Qn=1,5 m\u00b3/h", "Q3=2.5 m\u00b3/h", "H-B V-A", "90\u00b0C", "1 MPa", "DN 15", "x0,0001", "x0,001",
    "No.", "CLASS B", "2014",
)  # fmt: skip
BRANDS = ("Voltara", "NORTHWIND", "Gridlex", "AMPRO", "Surya Metro", "KELMAR", "Zenix", "ORBIT", "Jyotika", "TERRA EMI",
          "Luxmi", "Enercon", "ELMEC", "WATTEX")  # fmt: skip


def plastic(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    """(h, w, 3) of a meter's plate: a near-grey or tinted colour, uneven light, fine texture."""
    level = rng.uniform(150, 245) if rng.random() < 0.7 else rng.uniform(15, 130)
    colour = level * np.exp(rng.normal(0, 0.05, 3))
    if rng.random() < 0.1:
        colour = colour * rng.uniform(0.45, 1.0, 3)
    small = (shape[0] // 8 + 2, shape[1] // 8 + 2)
    light = 1 + np.float32(rng.uniform(0.0, 0.12)) * smooth_field(rng, small, 2)
    coarse = np.clip(light[..., None] * colour.astype(np.float32), 0, 255).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0])), np.float32)


def write(rng: np.random.Generator, canvas: Canvas, text: str, at: tuple[float, float, float]) -> tuple[float, float]:
    """Print ``text`` with its top left at at[0], at[1] and at[2] px high, in ink that shows; returns its size w, h."""
    ink = text_mask(text, str(rng.choice(PLATE_FONTS)), at[2], rng.uniform(0.75, 1.05))
    under = float(canvas[::7, ::7].mean())
    level = rng.uniform(5, 80) if under > 115 else rng.uniform(170, 250)
    colour = np.float32(level) * rng.uniform(0.75, 1.0, 3).astype(np.float32)
    blend(canvas, ink, at[:2], colour, rng.uniform(0.6, 1.0))
    return float(ink.shape[1]), float(ink.shape[0])


def _bloom(rng: np.random.Generator, canvas: Canvas, glass: Canvas, margin: int) -> None:
    """The light of the glass on the frame about it, in place."""
    h, w = canvas.shape[:2]
    small = cv2.resize(glass, (max(1, glass.shape[1] // 8), max(1, glass.shape[0] // 8)), interpolation=cv2.INTER_AREA)
    pad = max(1, margin // 8)
    halo = cv2.blur(cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), (2 * pad + 1,) * 2)
    canvas += cv2.resize(halo, (w, h)) * np.float32(rng.uniform(0.2, 1.1))


def surround(rng: np.random.Generator, glass: Canvas, margin: int, kind: DisplayKind) -> Canvas:
    """``glass`` in the middle of a piece of meter face that is ``margin`` px wider on each side."""
    h, w = glass.shape[:2]
    canvas = plastic(rng, (h + 2 * margin, w + 2 * margin))
    phrases = SENTENCES if kind is DisplayKind.LCD else COUNTER_SENTENCES + WATER_SENTENCES
    for _ in range(rng.choice([0, 1, 2, 3], p=[0.3, 0.35, 0.25, 0.1])):
        text = str(rng.choice(phrases)) if rng.random() < 0.75 else str(rng.choice(BRANDS))
        size = rng.uniform(0.3, 0.9) * margin
        above = rng.random() < 0.5
        y = margin - size * rng.uniform(1.05, 1.8) if above else margin + h + size * rng.uniform(0.05, 0.8)
        write(rng, canvas, text, (rng.uniform(-0.1, 0.7) * w + margin, y, size))
    if rng.random() < (0.6 if kind is DisplayKind.LCD else 0.4):
        frame = max(1, round(margin * rng.uniform(0.08, 0.5)))
        shade = rng.uniform(10, 90) if rng.random() < 0.65 else rng.uniform(150, 255)
        box = (margin - frame, margin - frame), (margin + w + frame, margin + h + frame)
        cv2.rectangle(canvas, *box, (shade, shade, shade * 0.97), -1)
    if rng.random() < 0.2:
        canvas *= np.float32(rng.uniform(0.08, 0.5))
    if rng.random() < 0.15:
        _bloom(rng, canvas, glass, margin)
    if rng.random() < 0.12:
        canvas[:, : rng.integers(1, margin)] = 0
    canvas[margin : margin + h, margin : margin + w] = glass
    return canvas
