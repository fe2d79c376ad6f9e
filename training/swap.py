"""New readings from old photos: digits replaced by others of the same look, in the light of their new place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.strips import ALPHABET, POINT, Cell, Cut

_CHANCE = 0.6  # of each digit to be replaced
_RIM = 0.12  # of a digit's box over which the new one fades in
_GAIN = (0.5, 2.0)  # least and most by which the contrast of the new one is changed
_LEAST_SIDE = 4  # px
_COVERED = 0.06  # of the counters have one digit behind a sticker: a net must not leave it out
_UNREAD = ALPHABET.index("?") + 1

Patch = NDArray[np.float32]


class DigitSwap:
    """Replaces digits of cuts whose digits are known one by one; the target changes with the picture."""

    def __init__(self, cuts: Iterable[Cut]) -> None:
        self._bank: dict[str, list[tuple[int, Patch]]] = defaultdict(list)
        for cut in cuts:
            for cell in cut.cells:
                patch = _view(cut.image, cell).astype(np.float32)
                if min(patch.shape[:2]) >= _LEAST_SIDE:
                    self._bank[cell.look].append((cut.targets[cell.place], patch))

    def __call__(self, cut: Cut, rng: np.random.Generator) -> Cut:
        """A copy of ``cut`` with some digits replaced; ``cut`` itself where none can be."""
        if not any(cell.look in self._bank for cell in cut.cells):
            return cut
        image, targets = cut.image.copy(), list(cut.targets)
        for cell in cut.cells:
            bank, place = self._bank.get(cell.look), _view(image, cell)
            if bank and rng.random() < _CHANCE and min(place.shape[:2]) >= _LEAST_SIDE:
                target, patch = bank[rng.integers(len(bank))]
                place[:] = _blended(place.astype(np.float32), patch)
                targets[cell.place] = target
        changed = replace(cut, image=image, targets=tuple(targets))
        return _covered(changed, rng) if rng.random() < _COVERED else changed


def _covered(cut: Cut, rng: np.random.Generator) -> Cut:
    """The cut with one of its digits hidden, in its own image."""
    cell = cut.cells[rng.integers(len(cut.cells))]
    place = _view(cut.image, cell)
    if min(place.shape[:2]) < _LEAST_SIDE:
        return cut
    level = rng.uniform(90, 245) if rng.random() < 0.6 else float(np.median(place))
    paper = level * rng.uniform(0.85, 1.0, 3) + rng.normal(0, rng.uniform(0, 8), place.shape)
    fade = np.outer(_ramp(place.shape[0]), _ramp(place.shape[1]))[..., None]
    place[:] = np.clip(paper * fade + place * (1 - fade), 0, 255).astype(np.uint8)
    targets = tuple(_UNREAD if i == cell.place else target for i, target in enumerate(cut.targets))
    whole = cell.place < (targets.index(POINT) if POINT in targets else len(targets))
    return replace(cut, targets=targets, legible=0 if whole else cut.legible)


def _view(image: NDArray[np.uint8], cell: Cell) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = cell.box
    return image[max(0, y0) : y1, max(0, x0) : x1]


def _blended(place: Patch, patch: Patch) -> NDArray[np.uint8]:
    """``patch`` in the size, background and contrast of ``place``, fading into it at the rim."""
    height, width = place.shape[:2]
    fit = np.asarray(cv2.resize(patch, (width, height), interpolation=cv2.INTER_AREA), dtype=np.float32)
    gain = np.clip(_contrast(place) / max(1.0, _contrast(fit)), *_GAIN)
    fit = (fit - _background(fit)) * gain + _background(place)
    fade = np.outer(_ramp(height), _ramp(width))[..., None]
    return np.asarray(np.clip(fit * fade + place * (1 - fade), 0, 255), dtype=np.uint8)


def _contrast(patch: Patch) -> float:
    """Between ink and ground, in grey levels; unlike the spread it does not depend on how much ink a digit has."""
    low, high = np.percentile(patch.mean(2), (3, 97))
    return float(high - low)


def _background(patch: Patch) -> Patch:
    """Colour (W, 3) of the ground below (H, W, 3): from that of its left rim to that of its right rim."""
    left, right = (np.median(patch[:, part].reshape(-1, 3), axis=0) for part in (slice(2), slice(-2, None)))
    return np.asarray(np.linspace(left, right, patch.shape[1]), dtype=np.float32)


def _ramp(length: int) -> Patch:
    distance = np.minimum(np.arange(length), np.arange(length)[::-1]) + 1.0
    return np.asarray(np.clip(distance / max(1.0, _RIM * length), 0, 1), dtype=np.float32)
