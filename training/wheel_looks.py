"""How mechanical counters are made and how their wheels stand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.canvas import Canvas
from training.glyphs import WHEEL_FONTS, StrokeStyle, random_strokes
from training.lcd_layout import random_number

ROLLED_OVER = 0.8
"""From this phase on a wheel is read as the digit that comes in; before, as the one that goes out."""


@dataclass(frozen=True)
class Count:
    """Where the wheels stand, from the left: ``digits`` as read; ``positions`` as seen; ``decimals`` red.

    A position is the digit plus the way to the next one, give or take the wheel's slack.
    """

    digits: tuple[int, ...]
    positions: tuple[float, ...]
    decimals: int

    @property
    def turns(self) -> tuple[float, ...]:
        """How far each wheel stands past the digit it is read as, in digits; before it below 0."""
        return tuple((p - d + 1) % 10 - 1 for p, d in zip(self.positions, self.digits, strict=True))

    @property
    def text(self) -> str:
        return join("".join(map(str, self.digits)), self.decimals)


def join(symbols: str, decimals: int) -> str:
    """``symbols`` with the point before the last ``decimals``."""
    cut = len(symbols) - decimals
    return f"{symbols[:cut]}.{symbols[cut:]}" if decimals else symbols


def random_count(rng: np.random.Generator, slack: float = 0.0) -> Count:
    """A count of 4 to 8 wheels. The last stands at any phase; another one moves while all to its right pass 9 to 0.

    ``slack`` is how far the wheels of an old counter stand off their places, a standard deviation in digits.
    """
    wheels = int(rng.choice([4, 5, 6, 7, 8], p=[0.05, 0.36, 0.32, 0.07, 0.2]))
    decimals = {4: 0, 5: 1, 6: 1, 7: 2, 8: 3}[wheels]
    if rng.random() < (0.62 if wheels == 5 else 0.25 if wheels < 8 else 0.1):
        decimals = int(rng.choice([0, 1, 2])) if wheels > 5 else 0
    digits = [int(d) for d in random_number(rng, wheels)]
    if rng.random() < 0.15:
        digits[-1] = 9
    phase = 0.0 if rng.random() < 0.35 else float(rng.uniform(0, 1))
    phase = phase if not 0.72 < phase < 0.86 else phase - 0.2
    positions, moving = [0.0] * wheels, phase
    for i in reversed(range(wheels)):
        lag = rng.normal(0, 0.03) if i < wheels - 1 else 0.0
        positions[i] = digits[i] + float(np.clip(moving + lag, 0.0, 0.99) if moving else 0.0)
        moving = moving if digits[i] == 9 else 0.0
    if slack:
        positions = [p + float(np.clip(rng.normal(0, slack), -0.25, 0.25)) for p in positions]
    if phase >= ROLLED_OVER:
        up = (int("".join(map(str, digits))) + 1) % 10**wheels
        digits = [int(c) for c in f"{up:0{wheels}d}"]
    return Count(tuple(digits), tuple(positions), decimals)


@dataclass(frozen=True, eq=False)
class Look:
    """How a counter is made. Lengths in digit heights, colours RGB.

    ``holes``: each wheel behind its own window in the plate; otherwise wheels stand side by side. ``shine``: how much
    brighter the ink is where a lamp glints in it. ``uneven``: spread of the wheels' brightness. ``pointer``: a line
    beside the last wheel. ``dim``: from :func:`dim_look`.
    """

    strokes: StrokeStyle | None
    font: str
    squeeze: float
    window: float
    wheel: float
    gap: float
    offset: float
    pitch: float
    holes: bool
    ticks: bool
    plate: Canvas
    body: Canvas
    ink: Canvas
    red_body: Canvas
    red_ink: Canvas
    red_plate: Canvas
    comma: str
    shine: float = 0.0
    uneven: float = 0.0
    pointer: bool = False
    dim: bool = False


def _colour(rng: np.random.Generator, *levels: float, spread: float = 12.0) -> Canvas:
    base = np.maximum(np.array(levels) + rng.normal(0, spread / 2), 3.0)
    return np.asarray(np.clip(base * np.exp(rng.normal(0, 0.07, 3)), 0, 255), np.float32)


def random_look(rng: np.random.Generator) -> Look:
    """A look from the range seen on real counters."""
    dark = rng.random() < 0.55
    black, white = _colour(rng, 32, 32, 34, spread=30), _colour(rng, 218, 216, 208, spread=36)
    red = _colour(rng, 200, 45, 40, spread=50)
    body, ink = (black, white) if dark else (white, _colour(rng, 34, 33, 36, spread=24))
    style = str(rng.choice(["red ink", "red body", "white body", "same"], p=[0.36, 0.24, 0.25, 0.15]))
    red_body, red_ink = {
        "red ink": (body if not dark else white, red),
        "red body": (red, white if rng.random() < 0.7 else black),
        "white body": (white, red if rng.random() < 0.75 else black),
        "same": (body, ink),
    }[style]
    holes = rng.random() < 0.55
    plate = _colour(rng, *(body if rng.random() < 0.6 else white if rng.random() < 0.6 else black), spread=40)
    framed = style == "same" or rng.random() < 0.35
    red_plate = _colour(rng, 205, 70, 45, spread=70) if framed else white if rng.random() < 0.3 else plate
    strokes = random_strokes(rng) if rng.random() < 0.7 else None
    window = rng.uniform(1.12, 1.75)
    return Look(
        strokes=strokes,
        font=str(rng.choice(WHEEL_FONTS)),
        squeeze=rng.uniform(0.7, 1.05),
        window=window,
        wheel=rng.uniform(0.78, 1.25),
        gap=rng.uniform(0.08, 0.75) if holes else rng.uniform(0.0, 0.22),
        offset=rng.normal(0, 0.035),
        pitch=rng.uniform(1.2, 1.75),
        holes=holes,
        ticks=rng.random() < 0.45,
        plate=plate,
        body=body,
        ink=ink,
        red_body=red_body,
        red_ink=red_ink,
        red_plate=red_plate,
        comma=str(rng.choice([",", ".", "line", ""], p=[0.42, 0.08, 0.2, 0.3])),
    )


def dim_look(rng: np.random.Generator) -> Look:
    """Black drums far apart in one slot, in bad light, as in old electromechanical meters: grey on nearly black."""
    body = _colour(rng, *[rng.uniform(8, 70)] * 3, spread=8)
    ink = np.asarray(np.minimum(body + rng.uniform(22, 170) * np.exp(rng.normal(0, 0.08, 3)), 255), np.float32)
    square = float(rng.choice([2.4, 3.2, 5.0]))
    strokes = replace(random_strokes(rng), square=square, thickness=float(rng.uniform(0.07, 0.16)))
    frame = _colour(rng, 190, 190, 185, spread=50)
    if rng.random() < 0.6:
        frame = np.asarray(body + rng.uniform(15, 120) * np.array([1.0, 0.15, 0.2]), np.float32)
    framed = rng.random() < 0.65
    return replace(
        random_look(rng),
        strokes=strokes if rng.random() < 0.85 else None,
        wheel=rng.uniform(0.95, 1.7),
        gap=rng.uniform(0.0, 0.3),
        holes=False,
        ticks=rng.random() < 0.7,
        plate=np.asarray(body * rng.uniform(0.7, 1.3), np.float32),
        body=body,
        ink=ink,
        red_body=body,
        red_ink=ink,
        red_plate=frame if framed else body,
        comma=str(rng.choice(["line", ",", ""] if framed else ["line", ","])),
        shine=rng.uniform(0.3, 2.5) if rng.random() < 0.5 else 0.0,
        uneven=rng.uniform(0.0, 0.25),
        pointer=rng.random() < 0.4,
        dim=True,
    )
