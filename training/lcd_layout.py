"""What stands where on an LCD glass: the number, its unit, side lines and symbols, in px of the glass."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from meterocr.readout import Quantity
from training.glyphs import DISPLAY_FONTS, stamp, text_mask
from training.segments import Mask, SegmentStyle, random_style

_UNITS: tuple[tuple[str, Quantity, float], ...] = (
    ("kWh", Quantity.KWH, 5.0),
    ("kW h", Quantity.KWH, 4.0),
    ("KWh", Quantity.KWH, 1.0),
    ("CkW h", Quantity.KWH, 0.3),
    ("kVAh", Quantity.KVAH, 0.7),
    ("kVA h", Quantity.KVAH, 0.3),
    ("kW", Quantity.KW, 0.8),
    ("KW", Quantity.KW, 0.2),
    ("kVA", Quantity.KVA, 0.4),
    ("V", Quantity.VOLT, 0.5),
    ("A", Quantity.AMPERE, 0.5),
    ("m\u00b3", Quantity.CUBIC_METRE, 0.2),
    ("", Quantity.UNKNOWN, 1.6),
)
_WORDS = ("CUM", "T1", "T4", "MD", "BP", "R Y B", "[CUM", "[RYB", "\u2192", "\u2190", "TOTAL", "L1", "o", "123")


@dataclass(frozen=True)
class Cell:
    """A place for one digit: its symbol (``" "`` when dark), top left and height, px, and how dark it is, 0..1."""

    symbol: str
    x: float
    y: float
    h: float
    level: float = 1.0


@dataclass(frozen=True, eq=False)
class LcdLayout:
    """A glass of ``width`` x ``height`` px.

    Attributes:
        style: of all seven-segment digits.
        cells: all digit places, side lines included; ``number``: those of the main number, lit.
        decimals: how many of ``number`` are fractional.
        dots: decimal points: centre x, y, size, level 0..1.
        print: ink of the printed symbols.
        shows: the unit, and ``unit_at`` where its middle lies.
    """

    style: SegmentStyle
    width: int
    height: int
    digit_height: float
    cells: tuple[Cell, ...]
    number: tuple[Cell, ...]
    decimals: int
    dots: tuple[tuple[float, float, float, float], ...]
    round_dots: bool
    print: Mask
    shows: Quantity
    unit_at: tuple[float, float]

    def switched_off(self) -> LcdLayout:
        """The same glass without power."""
        dark = tuple(replace(c, symbol=" ") for c in self.cells)
        return replace(self, cells=dark, number=(), decimals=0, dots=(), print=np.zeros_like(self.print),
                       shows=Quantity.UNKNOWN)  # fmt: skip


@dataclass(frozen=True)
class _Number:
    """The main number: ``blanks`` dark places, then ``digits``, the last ``decimals`` ``small`` times as high."""

    digits: str
    blanks: int
    decimals: int
    small: float
    raised: float


def random_number(rng: np.random.Generator, whole: int, *, leading_zeros: bool = True) -> str:
    """``whole`` digits; half of the numbers begin with zeros, as young meters do."""
    digits = [str(d) for d in rng.integers(0, 10, whole)]
    if leading_zeros and rng.random() < 0.6:
        for i in range(rng.integers(1, max(2, whole))):
            digits[i] = "0"
    return "".join(digits)


def _number(rng: np.random.Generator) -> _Number:
    decimals = int(rng.choice([0, 1, 2, 3], p=[0.42, 0.34, 0.21, 0.03]))
    cells = int(rng.choice([4, 5, 6, 7, 8], p=[0.05, 0.27, 0.36, 0.2, 0.12]))
    whole = max(3, cells - (decimals if rng.random() < 0.7 else 0))
    whole = min(whole, 8 - decimals)
    if rng.random() < 0.3:
        lit = int(rng.integers(1 if rng.random() < 0.15 else min(3, whole), whole + 1))
        digits = random_number(rng, lit, leading_zeros=False)
        digits = digits if lit == 1 or digits[0] != "0" else "1" + digits[1:]
    else:
        lit = whole
        digits = "8" * whole if rng.random() < 0.01 else random_number(rng, whole)
    fraction = "".join(str(d) for d in rng.integers(0, 10, decimals))
    small = rng.uniform(0.45, 0.8) if rng.random() < 0.42 else 1.0
    raised = 0.0 if rng.random() < 0.8 else rng.uniform(0.2, 1.0)
    return _Number(digits + fraction, whole - lit, decimals, small, raised)


@dataclass
class _Builder:
    """Collects items in units of the digit's height, x from the number's left edge, y from its top."""

    style: SegmentStyle
    cells: list[Cell]
    number: list[Cell]
    dots: list[tuple[float, float, float, float]]
    print: list[tuple[str, float, float, float, float]]
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 1.0

    def grow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.left, self.right = min(self.left, x0), max(self.right, x1)
        self.top, self.bottom = min(self.top, y0), max(self.bottom, y1)

    def digits(self, symbols: str, at: tuple[float, float, float], spacing: float) -> float:
        """Digits of height at[2] from x at[0], y at[1] on; returns the x behind them."""
        x, y, h = at
        for symbol in symbols:
            self.cells.append(Cell(symbol, x, y, h))
            x += (self.style.width + spacing) * h
        self.grow(at[0], y, x - spacing * h + self.style.slant * h, y + h)
        return x


def _main_line(rng: np.random.Generator, b: _Builder, n: _Number) -> None:
    s = b.style
    spacing = s.thickness * 0.4 + rng.uniform(0.06, 0.32)
    whole = " " * n.blanks + n.digits[: len(n.digits) - n.decimals]
    fraction = n.digits[len(n.digits) - n.decimals :]
    x = b.digits(whole, (0.0, 0.0, 1.0), spacing)
    dot = rng.uniform(0.6, 1.15) * s.thickness
    if n.decimals:
        room = rng.choice([0.0, rng.uniform(0.02, 0.2)])
        level = rng.uniform(0.45, 1.0) if rng.random() < 0.35 else 1.0
        b.dots.append((x - spacing / 2 + room / 2, 1 - dot / 2, dot, level))
        y = (1 - n.small) * (1 - n.raised)
        b.digits(fraction, (x + room, y, n.small), spacing)
        if n.small < 1 and rng.random() < 0.3:
            faint = rng.uniform(0.45, 0.9)
            b.cells[-n.decimals :] = [replace(c, level=faint) for c in b.cells[-n.decimals :]]
    b.number = [c for c in b.cells if c.symbol != " "]


def _unit(rng: np.random.Generator, b: _Builder, n: _Number) -> tuple[Quantity, tuple[float, float]]:
    weights = np.array([u[2] for u in _UNITS])
    text, shows, _ = _UNITS[rng.choice(len(_UNITS), p=weights / weights.sum())]
    if not text:
        return Quantity.UNKNOWN, (0.0, 0.0)
    if shows is Quantity.KWH and rng.random() < 0.08:
        text = "CUM " + text
    h = rng.uniform(0.2, 0.45)
    squeeze = rng.uniform(0.6, 1.0)
    width = text_mask(text, "DejaVuSans-Bold", 40).shape[1] / 40 * h * squeeze
    fraction_left = b.number[-n.decimals].x if n.decimals else b.right
    place = rng.choice(["right", "below", "above", "over"], p=[0.5, 0.27, 0.13, 0.1])
    if place == "over" and n.decimals and n.small < 0.62:
        h = min(h, 1 - n.small - 0.06) if n.raised == 0 else h
        x, y = fraction_left + rng.uniform(0, 0.1), 0.0 if n.raised == 0 else 1 - h
    elif place == "below":
        x, y = b.right - width * rng.uniform(0.2, 1.1), 1 + rng.uniform(0.06, 0.35)
    elif place == "above":
        x, y = b.left + rng.uniform(0, 1) * (b.right - b.left - width), -h - rng.uniform(0.06, 0.3)
    else:
        x, y = b.right + rng.uniform(0.06, 0.35), rng.choice([0.0, (1 - h) / 2, 1 - h])
    b.print.append((text, x, y, h, squeeze))
    b.grow(x, y, x + width, y + h)
    return shows, (x + width / 2, y + h / 2)


def _second_line(rng: np.random.Generator, b: _Builder) -> None:
    """Smaller digits under the number: demand, voltage, a date."""
    h = rng.uniform(0.32, 0.66)
    y = max(b.bottom, 1 + rng.uniform(0.1, 0.3)) if rng.random() < 0.8 else 1 + rng.uniform(0.1, 0.3)
    symbols = "".join(str(d) for d in rng.integers(0, 10, rng.integers(3, 6)))
    length = len(symbols) * (b.style.width + 0.2) * h
    x = max(b.left, b.right - length - rng.uniform(0.1, 0.8)) if rng.random() < 0.75 else b.left
    end = b.digits(symbols, (x, y, h), 0.2)
    if rng.random() < 0.7:
        b.dots.append((end - 0.1 * h - rng.integers(1, 4) * (b.style.width + 0.2) * h, y + h * 0.96, 0.09 * h, 1.0))
    if rng.random() < 0.6:
        b.print.append((str(rng.choice(["kW", "V", "A", "kVA", "Hz", "PF"])), end, y + h * 0.45, h * 0.5, 0.8))
        b.grow(end, y, end + h, y + h)
    if rng.random() < 0.45:
        word = str(rng.choice(["MD", "MAX", "T1", "CUM", "Rate", "L1"]))
        b.print.append((word, x - 1.3 * h, y + h * 0.45, h * 0.5, 0.9))
        b.grow(x - 1.3 * h, y, x, y + h)


def _symbols(rng: np.random.Generator, b: _Builder) -> None:
    """Phase boxes, page numbers, tariff marks, arrows at the sides of the number."""
    if rng.random() < 0.14:
        h, gap = rng.uniform(0.26, 0.36), rng.uniform(0.02, 0.1)
        x = b.left - h * 2.2 - 0.06
        for i, name in enumerate("RYB"):
            y = i * (h + gap) - rng.uniform(0, 0.02)
            b.print.append((name, x, y, h, 0.8))
            b.print.append((f"[I{i + 1}", x + h * 0.9, y, h, 0.8))
        b.grow(x, 0, x + 0.1, 3 * h + 2 * gap)
    if rng.random() < 0.16:
        h = rng.uniform(0.28, 0.5)
        x, y = b.left - rng.uniform(0.7, 1.6) * h, rng.choice([-h * rng.uniform(0.3, 1.2), 0.0, 1 - h])
        b.digits("".join(str(d) for d in rng.integers(0, 10, rng.integers(1, 3))), (x - 0.7 * h, y, h), 0.18)
    for _ in range(rng.choice([0, 1, 2, 3], p=[0.55, 0.25, 0.14, 0.06])):
        word = str(rng.choice(_WORDS))
        h = rng.uniform(0.16, 0.34)
        below = rng.random() < 0.65
        x = b.left + rng.uniform(0, 0.8) * (b.right - b.left)
        y = 1 + rng.uniform(0.06, 0.3) if below else -h - rng.uniform(0.06, 0.3)
        if all(abs(x - p[1]) > 1.3 * h + 0.7 or abs(y - p[2]) > p[3] for p in b.print) and not (
            below and any(c.y > 0.9 for c in b.cells)
        ):
            b.print.append((word, x, y, h, 0.8))
            b.grow(x, y, x + h * 2, y + h)


def _stamp_print(rng: np.random.Generator, b: _Builder, mask: Mask, frame: tuple[float, float, float]) -> None:
    x0, y0, unit = frame
    font = str(rng.choice(DISPLAY_FONTS, p=[0.6, 0.2, 0.1, 0.1]))
    level = 1.0 if rng.random() < 0.7 else rng.uniform(0.3, 0.9)
    for text, x, y, h, squeeze in b.print:
        at = ((x - x0) * unit, (y - y0) * unit)
        boxed = text.startswith("[")
        ink = text_mask(text.removeprefix("["), font, h * unit * (0.7 if boxed else 1.0), squeeze)
        if boxed:
            pad = max(1, round(0.15 * h * unit))
            ink = np.asarray(255 - cv2.copyMakeBorder(ink, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), np.uint8)
        stamp(mask, ink, at[0], at[1], level)


def random_layout(rng: np.random.Generator, digit_height: float) -> LcdLayout:
    """A layout from the range seen on real meters, its main digits ``digit_height`` px high."""
    b = _Builder(random_style(rng), [], [], [], [])
    n = _number(rng)
    _main_line(rng, b, n)
    shows, unit_at = _unit(rng, b, n)
    if rng.random() < 0.2:
        _second_line(rng, b)
    _symbols(rng, b)
    pad = np.abs(rng.normal(0.12, 0.14, 4)) + 0.05
    pad[0] += rng.uniform(0, 1.5) if rng.random() < 0.25 else 0
    width, height = b.right - b.left + pad[0] + pad[2], b.bottom - b.top + pad[1] + pad[3]
    spare = max(0.0, width / (rng.uniform(1.35, 2.3) if rng.random() < 0.22 else 6.5) - height)
    above = spare * rng.uniform(0, 0.7)
    pad[1], pad[3], height = pad[1] + above, pad[3] + spare - above, height + spare
    pad[0] += max(0.0, 1.35 * height - width)
    frame = (b.left - pad[0], b.top - pad[1], digit_height)
    w, h = (round(v * digit_height) for v in (b.right + pad[2] - frame[0], b.bottom + pad[3] - frame[1]))
    mask = np.zeros((h, w), np.uint8)
    _stamp_print(rng, b, mask, frame)

    def placed(cells: list[Cell]) -> tuple[Cell, ...]:
        u = digit_height
        return tuple(replace(c, x=(c.x - frame[0]) * u, y=(c.y - frame[1]) * u, h=c.h * u) for c in cells)

    u = digit_height
    dots = tuple(((x - frame[0]) * u, (y - frame[1]) * u, s * u, level) for x, y, s, level in b.dots)
    at = ((unit_at[0] - frame[0]) * u, (unit_at[1] - frame[1]) * u)
    return LcdLayout(b.style, w, h, u, placed(b.cells), placed(b.number), n.decimals, dots, rng.random() < 0.5,
                     mask, shows, at)  # fmt: skip
