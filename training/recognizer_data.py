"""What the recogniser learns from: everything that is labelled, or drawn strips only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.crops import CropBank
from training.manifest import data_hash, load_scenes, load_strips
from training.mixture import drawn_cut
from training.strips import NO_QUADS, Corners, Cut, other_cuts, scene_cuts, strip_cuts
from training.synth import draw_lcd_strip, draw_mechanical_strip


@dataclass(frozen=True, slots=True)
class Data:
    """Cuts by source for training, and the val cuts."""

    train: dict[str, list[Cut]]
    val: list[Cut]
    crops: CropBank | None
    hash: str


def labelled_data(
    root: Path, *, seed: int, quads: Mapping[str, Corners] = NO_QUADS, splits: Collection[str] = ("train",)
) -> Data:
    """Everything that is labelled under ``root`` (the layout of ``../shared/data``).

    Args:
        quads: corners found by :mod:`training.refine`, id to (4, 2) px.
        splits: what to learn from. With ``"val"`` among them the val scores say nothing about other photos.
    """
    scenes, strips = load_scenes(root), load_strips(root)
    train: dict[str, list[Cut]] = defaultdict(list)
    fit = [s for s in scenes if s.split in splits]
    for cut in [*scene_cuts(root, fit, quads), *strip_cuts(root, [s for s in strips if s.split in splits])]:
        train[cut.source].append(cut)
    train["other"] = list(other_cuts(root, fit, np.random.default_rng(seed)))
    val = [
        *scene_cuts(root, [s for s in scenes if s.split == "val"], quads),
        *strip_cuts(root, [s for s in strips if s.split == "val"]),
    ]
    return Data(dict(train), val, CropBank.load(root), data_hash(root))


def drawn_data(*, seed: int, count: int = 12) -> Data:
    """No photos: the mixture draws its strips, and ``count`` drawn ones are the val part."""
    rng = np.random.default_rng(seed)
    drawn = [draw_lcd_strip(rng) if i % 2 else draw_mechanical_strip(rng) for i in range(count)]
    return Data({}, [drawn_cut(strip) for strip in drawn], None, "drawn")
