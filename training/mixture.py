"""An endless stream of training strips: each kind with its chance, drawn or cut from real photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from meterocr.readout import Quantity
from training.augment import StripAugment
from training.crops import CropBank
from training.strips import Cut, Sample, encode, jittered
from training.swap import DigitSwap
from training.synth import SynthStrip, draw_lcd_strip, draw_mechanical_strip

SHOWS = tuple(Quantity)
_DRAWN = ("synth_lcd", "synth_mechanical")

# Drawn strips come with light and camera of their own, and some real ones are hard to read as they are: damage on
# top of that teaches the net to invent digits.
_DAMAGED = {"drawn": 0.25, "real": 0.5}
_SWAPPED = 0.6  # of the real counters whose digits are labelled one by one get other digits


@dataclass(frozen=True, slots=True)
class Batch:
    """N samples as tensors: strips (N, 48, 320, 3) uint8; targets all in one row, with their lengths (N,)."""

    strips: Tensor
    targets: Tensor
    lengths: Tensor
    turns: Tensor
    shows: Tensor
    upright: Tensor
    legible: Tensor
    labelled: Tensor  # (N,) bool: the targets are what the strip shows


def collate(samples: list[Sample]) -> Batch:
    flat = [t for s in samples for t in s.targets]
    return Batch(
        strips=torch.from_numpy(np.stack([s.strip for s in samples])),
        targets=torch.tensor(flat, dtype=torch.long),
        lengths=torch.tensor([len(s.targets) for s in samples]),
        turns=torch.from_numpy(np.stack([s.turns for s in samples])),
        shows=torch.tensor([s.shows for s in samples]),
        upright=torch.tensor([s.upright for s in samples]),
        legible=torch.tensor([s.legible for s in samples]),
        labelled=torch.tensor([s.upright != 0 for s in samples]),
    )


def drawn_cut(strip: SynthStrip) -> Cut:
    """A drawn display as a cut."""
    return Cut(
        image=strip.image,
        quad=np.asarray(strip.quad, dtype=np.float64),
        targets=encode(strip.text),
        legible=int(strip.legible),
        source="synth",
        shows=SHOWS.index(strip.shows),
        mechanical=strip.kind == "mechanical",
        digits=np.asarray(strip.digits, dtype=np.float64),
        turns=strip.turns,
    )


class Mixture(IterableDataset[Sample]):
    """Samples without end; the same seed and worker give the same stream."""

    def __init__(
        self, cuts: Mapping[str, list[Cut]], mix: Mapping[str, float], *, seed: int, crops: CropBank | None = None
    ) -> None:
        missing = [name for name in mix if name not in _DRAWN and not cuts.get(name)]
        if missing:
            raise ValueError(f"expected photos for every source of the mix, got none for {missing}")
        self._cuts, self._mix, self._seed, self._crops = cuts, dict(mix), seed, crops
        self._swap = DigitSwap(cut for name in mix for cut in cuts.get(name, ()))

    def __iter__(self) -> Iterator[Sample]:
        worker = get_worker_info()
        seed = self._seed + 1009 * (worker.id if worker else 0)
        rng = np.random.default_rng(seed)
        # Backlights have any colour, but red wheels are the fraction.
        augment = {drums: StripAugment(seed=seed, hue_shift=12 if drums else 90) for drums in (False, True)}
        cv2.setNumThreads(1)
        names = list(self._mix)
        chances = np.array(list(self._mix.values()), dtype=np.float64)
        chances /= chances.sum()
        while True:
            name = names[rng.choice(len(names), p=chances)]
            cut = self._draw(name, rng)
            sample = jittered(cut, rng)
            damaged = rng.random() < _DAMAGED["drawn" if name in _DRAWN else "real"]
            yield replace(sample, strip=augment[cut.mechanical](sample.strip)) if damaged else sample

    def _draw(self, name: str, rng: np.random.Generator) -> Cut:
        if name == "synth_lcd":
            return drawn_cut(draw_lcd_strip(rng))
        if name == "synth_mechanical":
            return drawn_cut(draw_mechanical_strip(rng, self._crops))
        cuts = self._cuts[name]
        cut = cuts[rng.integers(len(cuts))]
        return self._swap(cut, rng) if rng.random() < _SWAPPED else cut
