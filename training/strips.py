"""Strips for the recogniser: real and drawn displays, cut the way the reader cuts them, with targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.vision.geometry import StripShape, cut_strip, strip_matrix, to_quad
from training.manifest import Scene, Strip
from training.prepare import read_photo

Image = NDArray[np.uint8]
Corners = NDArray[np.float64]

SIZE = (320, 48)  # width, height of a strip, px
MARGIN = (0.05, 0.10)  # fraction of the display's width and height added on each side
ALPHABET = "0123456789.?"
ANY = len(ALPHABET) + 1  # CTC class of a digit that is there but not labelled; only in targets
POINT = ALPHABET.index(".") + 1
STEPS = 40
IGNORE = -1
NO_QUADS: Mapping[str, Corners] = MappingProxyType({})
_KEEP_HEIGHT = 96  # px of display height kept in memory; twice what a strip has
_SURROUND = 0.6  # of the display's size kept around it for random margins


class Cell(NamedTuple):
    """Where a digit stands in a cut: its place in the targets, its box x0, y0, x1, y1 in px.

    Digits of the same ``look`` may be exchanged for each other.
    """

    place: int
    box: tuple[int, int, int, int]
    look: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A display with its surroundings and what is known of it.

    ``targets`` are CTC classes: ``ALPHABET.index(symbol) + 1``, or :data:`ANY`. Unknown facts are ``IGNORE``.
    """

    image: Image
    quad: Corners
    targets: tuple[int, ...]
    legible: int
    source: str
    shows: int = IGNORE
    tight: bool = False
    mechanical: bool = False
    digits: Corners = field(default_factory=lambda: np.zeros((0, 4, 2)))
    turns: tuple[float, ...] = ()
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One strip (48, 320, 3) with its targets; ``turns`` per step, NaN where unknown."""

    strip: Image
    targets: tuple[int, ...]
    turns: NDArray[np.float32]
    shows: int
    upright: int
    legible: int


def encode(text: str, *, any_digit: bool = False) -> tuple[int, ...]:
    """CTC classes of a reading; ``?`` is :data:`ANY` when it stands for a wheel that may be read either way."""
    return tuple(ANY if c == "?" and any_digit else ALPHABET.index(c) + 1 for c in text)


def with_point(digits: str, decimals: int | None) -> str:
    """``("004821", 1)`` to ``"00482.1"``."""
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals and len(digits) > decimals else digits


def _lower(reading: str, also: str) -> str:
    """Of two accepted readings the one rolling out, wheel by wheel."""
    return "".join(a if (int(b) - int(a)) % 10 == 1 else b for a, b in zip(reading, also, strict=True))


def scene_targets(scene: Scene) -> tuple[int, ...] | None:
    """The targets of a scene, or ``None`` when nobody has read it."""
    if scene.integer_value is not None:
        # Leading zeros are not in this source's labels, its counters have five black wheels. A fraction of fewer than
        # three digits has lost trailing zeros; of three, the last is now the digit rolling out, now the one rolling in.
        fraction = f".{(scene.fraction_digits or '')[:2].ljust(3, '?')}" if scene.fraction_digits else ""
        return encode(f"{scene.integer_value.zfill(5)}{fraction}", any_digit=True)
    if scene.quality == "unread":
        return None
    reading = scene.reading or ""
    if scene.also and len(scene.also) == len(reading) and "?" not in reading + scene.also:
        reading = _lower(reading, scene.also)
    return encode(with_point(reading, scene.decimals), any_digit=scene.kind == "mechanical")


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a photo at a resolution of its own."""

    image: Image
    origin: Corners
    scale: float

    def place(self, points: Corners) -> Corners:
        """Points (..., 2) of the photo as points of the part."""
        return (points - self.origin) * self.scale


def _surrounded(image: Image, quad: Corners) -> _Part:
    """The part of a photo around a display, at no more resolution than training needs."""
    height, width = image.shape[:2]
    low, high = quad.min(0), quad.max(0)
    reach = _SURROUND * max(np.linalg.norm(quad[3] - quad[0]), 0.3 * np.linalg.norm(quad[1] - quad[0]))
    x0, y0 = np.maximum(low - reach, 0).astype(int)
    x1, y1 = np.minimum(high + reach + 1, (width, height)).astype(int)
    scale = min(1.0, _KEEP_HEIGHT / max(1.0, float(np.linalg.norm(quad[3] - quad[0]))))
    origin = np.array([x0, y0], dtype=np.float64)
    return _Part(_shrunk(image[y0:y1, x0:x1], scale), origin, scale)


def _shrunk(image: Image, scale: float) -> Image:
    if scale >= 1.0:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _cells(scene: Scene, targets: tuple[int, ...], part: _Part) -> Iterator[Cell]:
    """The digits of a scene that are labelled one by one, where the labels and the reading agree."""
    digits = [place for place, target in enumerate(targets) if target != POINT]
    if "".join(d.symbol for d in scene.digits) != scene.reading:
        return
    for place, digit in zip(digits, scene.digits, strict=True):
        if digit.symbol != "?":
            x0, y0, x1, y1 = part.place(np.array(digit.box).reshape(2, 2)).round().astype(int).ravel().tolist()
            yield Cell(place, (x0, y0, x1, y1), scene.source)


def scene_cuts(root: Path, scenes: Sequence[Scene], quads: Mapping[str, Corners] = NO_QUADS) -> Iterator[Cut]:
    """The displays of ``scenes`` that have been read, with their surroundings.

    ``quads`` (id to (4, 2) px) are better corners than the manifest's, where there are any.
    """
    for scene in scenes:
        targets = scene_targets(scene)
        corners = quads.get(scene.id, scene.corners)
        if targets is None or corners is None:
            continue
        quad = np.array(corners)
        part = _surrounded(read_photo(root / scene.image), quad)
        legible = 0 if scene.quality == "unreadable" else 1
        cells = tuple(_cells(scene, targets, part))
        drums = scene.kind == "mechanical"
        yield Cut(part.image, part.place(quad), targets, legible, scene.source, mechanical=drums, cells=cells)


def strip_cuts(root: Path, strips: Sequence[Strip]) -> Iterator[Cut]:
    """Ready-cut strips: nothing around them to cut from."""
    for strip in strips:
        image = read_photo(root / strip.image)
        height, width = image.shape[:2]
        quad = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
        yield Cut(image, quad, encode(with_point(strip.reading, strip.decimals)), 1, strip.source, tight=True)


def other_cuts(root: Path, scenes: Sequence[Scene], rng: np.random.Generator) -> Iterator[Cut]:
    """Places in the same photos that are no display, printed serial numbers among them."""
    for scene in scenes:
        image = read_photo(root / scene.image)
        height, width = image.shape[:2]
        x0, y0, x1, y1 = scene.display
        places = [tuple(box) for box in scene.serial_boxes]
        for _ in range(2):
            w = rng.uniform(0.15, 0.6) * width
            h = w / rng.uniform(2, 6)
            x, y = rng.uniform(0, width - w), rng.uniform(0, max(1.0, height - h))
            places.append((x, y, x + w, y + h))
        for a, b, c, d in places:
            if c < x0 or a > x1 or d < y0 or b > y1:
                quad = np.array([(a, b), (c, b), (c, d), (a, d)], dtype=np.float64)
                part = _surrounded(image, quad)
                yield Cut(part.image, part.place(quad), (), 0, "other")


def strip_at(image: Image, quad: Corners, *, margin: tuple[float, float] = MARGIN) -> Image:
    """The display at ``quad``, enlarged by ``margin`` on each side, as the reader cuts it: (48, 320, 3)."""
    return cut_strip(image, to_quad(quad), StripShape(*SIZE, margin))


def jittered(cut: Cut, rng: np.random.Generator) -> Sample:
    """A strip cut as a detector would: margins, corners and angle a little off; sometimes upside down."""
    quad = cut.quad
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    tall = float(np.linalg.norm(down))
    if cut.tight:
        margin = (rng.uniform(-0.005, 0.05), rng.uniform(-0.03, 0.25))
        noise = rng.normal(0, 0.02 * tall, (4, 2))
    else:
        margin = (rng.normal(MARGIN[0], 0.03), rng.normal(MARGIN[1], 0.07))
        shift = rng.normal(0, 0.012) * along + rng.normal(0, 0.05) * down
        noise = rng.normal(0, 0.035 * tall, (4, 2)) + shift
    margin = (max(margin[0], -0.01), max(margin[1], -0.05))
    turn = np.deg2rad(rng.normal(0, 1.5) if rng.random() < 0.7 else rng.normal(0, 5))
    middle = quad.mean(0)
    rotation = np.array([(np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))])
    quad = (quad - middle) @ rotation.T + middle + noise
    shape = StripShape(*SIZE, margin)
    strip = cut_strip(cut.image, to_quad(quad), shape)
    if rng.random() < 0.08 and cut.targets:
        return Sample(np.ascontiguousarray(strip[::-1, ::-1]), (), _unknown(), IGNORE, 0, IGNORE)
    return Sample(
        strip,
        cut.targets,
        _steps(cut, strip_matrix(to_quad(quad), shape)),
        cut.shows,
        1 if cut.targets else IGNORE,
        cut.legible,
    )


def _unknown() -> NDArray[np.float32]:
    return np.full(STEPS, np.nan, np.float32)


def _steps(cut: Cut, matrix: Corners) -> NDArray[np.float32]:
    """Per step of the strip: how far the wheel there has turned; NaN between digits and where unknown."""
    steps = _unknown()
    if len(cut.digits) == 0:
        return steps
    corners = cut.digits.reshape(-1, 1, 2).astype(np.float32)
    xs = cv2.perspectiveTransform(corners, matrix)[:, 0, 0].reshape(-1, 4) * STEPS / SIZE[0]
    for (low, high), turn in zip(np.stack([xs.min(1), xs.max(1)], 1), cut.turns, strict=True):
        steps[max(0, round(low)) : max(0, round(high))] = turn
    return steps
