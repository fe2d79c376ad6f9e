"""Where each digit of a training strip stands, by a recogniser that already reads it.

Most photos say what they show, not where each digit is. A net that reads a strip right says at which step it saw
each digit; between two digits lies the emptiest column. Such digits can then be exchanged (:mod:`training.swap`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice, pairwise

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from meterocr.vision.geometry import StripShape, box_quad, corners, cut_strip, to_quad
from training.recognizer_score import margin_of, matches, val_strip
from training.strips import POINT, SIZE, STEPS, Cell, Cut, Image

_AROUND = StripShape(640, 128, (0.25, 0.35))  # of the level image that an aligned cut keeps
_UNEVEN = 1.6  # most that the widest digit may be wider than the middle one
_SEARCH = 0.22  # of the pitch: how far from half-way between two digits the gap may be
_SURER = 0.6  # of the other direction, for corners to be taken as starting at the wrong end

_BATCH = 32

Columns = NDArray[np.float64]
Path = list[int]
"""A class per step of a strip."""


def aligned(net: nn.Module, cuts: Iterable[Cut]) -> Iterator[Cut]:
    """The cuts, made level and with :attr:`Cut.cells` where ``net`` reads them right.

    The others stay as they are, but for those whose corners start at the wrong end: they are turned.
    """
    waiting = iter(cuts)
    while part := list(islice(waiting, _BATCH)):
        strips = {i: val_strip(cut) for i, cut in enumerate(part) if cut.legible == 1 and not cut.cells}
        paths = dict(zip(strips, _paths(net, list(strips.values())), strict=True))
        yield from (_aligned(net, cut, strips[i], paths[i]) if i in strips else cut for i, cut in enumerate(part))


@torch.inference_mode()
def _paths(net: nn.Module, strips: list[Image]) -> list[Path]:
    """The likeliest class at each step of each strip."""
    return net(torch.from_numpy(np.stack(strips))).symbols.argmax(2).tolist() if strips else []


def _aligned(net: nn.Module, cut: Cut, strip: Image, path: Path) -> Cut:
    margin, places = margin_of(cut), spotted(path, cut.targets)
    if places is None:
        return replace(cut, quad=np.roll(cut.quad, 2, axis=0)) if _upside_down(net, strip) else cut
    shape = replace(_AROUND, margin=margin if cut.tight else _AROUND.margin)
    level = cut_strip(cut.image, to_quad(cut.quad), shape)
    inner = corners(box_quad(*shape.inset()))
    to_level = np.interp(boundaries(strip, places, cut.targets), *_same_columns(StripShape(*SIZE, margin), shape))
    y0, y1 = (max(0, int(inner[0, 1])), min(shape.height, int(inner[2, 1]))) if not cut.tight else (0, shape.height)
    cells = tuple(
        Cell(place, (round(a), y0, round(b), y1), f"{id(cut)}-{cut.targets[:place].count(POINT)}")
        for place, (a, b) in enumerate(to_level)
        # A point stands in the cell of one of its neighbours, and would move with it.
        if 1 <= cut.targets[place] < POINT and POINT not in cut.targets[max(0, place - 1) : place + 2]
    )
    return replace(cut, image=level, quad=inner, cells=_even(cells))


def _even(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The cells, or none where their widths say that the digits were not told apart."""
    widths = [c.box[2] - c.box[0] for c in cells]
    return cells if cells and min(widths) > 0 and max(widths) <= _UNEVEN * np.median(widths) else ()


def _same_columns(here: StripShape, there: StripShape) -> tuple[Columns, Columns]:
    """Two columns of a strip of one shape and the same two of the display in a strip of another."""
    (left, _, right, _), (left_there, _, right_there, _) = here.inset(), there.inset()
    return _line(left, right), _line(left_there, right_there)


def _line(left: float, right: float) -> Columns:
    """Columns from far left of a display to far right of it, for interpolation beyond its ends."""
    return np.array([left - (right - left), right + (right - left)])


@torch.inference_mode()
def _upside_down(net: nn.Module, strip: Image) -> bool:
    """Whether ``net`` is far surer of the direction of reading when the strip is turned round."""
    as_is, turned = net(torch.from_numpy(np.stack([strip, strip[::-1, ::-1]]))).upright.sigmoid().tolist()
    return bool(turned - as_is > _SURER)


def spotted(path: Path, targets: tuple[int, ...]) -> list[float] | None:
    """The column, px, of each symbol of ``targets`` in a path; ``None`` where the path reads something else."""
    runs: list[tuple[int, list[int]]] = []
    for step, symbol in enumerate(path):
        if symbol and (step == 0 or path[step - 1] != symbol):
            runs.append((symbol, [step]))
        elif symbol:
            runs[-1][1].append(step)
    if not targets or not matches(targets, [symbol for symbol, _ in runs]):
        return None
    return [(float(np.mean(steps)) + 0.5) * SIZE[0] / STEPS for _, steps in runs]


def boundaries(strip: Image, places: list[float], targets: tuple[int, ...]) -> Columns:
    """Left and right end (len(targets), 2) of each symbol, px of the strip."""
    digits = [i for i, target in enumerate(targets) if target != POINT]
    at = np.array([places[i] for i in digits])
    pitch = float(np.median(np.diff(at))) if len(at) > 1 else SIZE[0] / 8
    empty = _ink(strip)
    between = [_emptiest(empty, (a + b) / 2, _SEARCH * pitch) for a, b in pairwise(at)]
    ends = [_emptiest(empty, at[0] - pitch / 2, _SEARCH * pitch), *between]
    ends.append(_emptiest(empty, at[-1] + pitch / 2, _SEARCH * pitch))
    out = np.repeat(np.array(places)[:, None], 2, axis=1)
    out[digits] = np.stack([ends[:-1], ends[1:]], axis=1)
    return out


def _ink(strip: Image) -> Columns:
    """How much is drawn in each column (W,) of the strip: changes of light across it."""
    light = cv2.GaussianBlur(strip.mean(2).astype(np.float32), (5, 5), 0)
    return np.asarray(np.abs(np.gradient(light, axis=1)).mean(0) + np.abs(np.gradient(light, axis=0)).mean(0))


def _emptiest(ink: Columns, around: float, reach: float) -> float:
    low, high = max(0, int(around - reach)), min(len(ink), int(around + reach) + 1)
    if high - low < 2:
        return float(np.clip(around, 0, len(ink)))
    columns = np.arange(low, high)
    return float(columns[np.argmin(ink[low:high] * (1 + 0.5 * ((columns - around) / reach) ** 2))])
