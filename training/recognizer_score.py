"""How well a recogniser in training reads the val cuts; the released file is judged by :mod:`training.evaluate`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from training.strips import ALPHABET, ANY, MARGIN, Cut, Image, strip_at

Scores = Mapping[str, Mapping[str, float]]
"""Figures by source."""

_UNREADABLE = "-unreadable"  # ending of a source's name, of its strips that nobody can read
_TIGHT_MARGIN = (0.02, 0.1)  # of strips that came ready-cut, without surroundings


def greedy(symbols: Tensor) -> list[list[int]]:
    """Best-path decoding of (N, T, C) logits to CTC classes."""
    paths = symbols.argmax(2).tolist()
    return [[c for i, c in enumerate(p) if c and (i == 0 or p[i - 1] != c)] for p in paths]


def matches(target: tuple[int, ...], got: list[int]) -> bool:
    """Every symbol the same; an unlabelled or unreadable digit of the truth accepts any."""
    free = {ANY, ALPHABET.index("?") + 1}
    return len(target) == len(got) and all(t == g or (t in free and g <= 10) for t, g in zip(target, got, strict=True))


def integer_part(classes: tuple[int, ...] | list[int]) -> list[int]:
    """The classes before the point, without leading zeros."""
    point = ALPHABET.index(".") + 1
    whole = list(classes)[: list(classes).index(point)] if point in classes else list(classes)
    while len(whole) > 1 and whole[0] == 1:
        whole.pop(0)
    return whole


def margin_of(cut: Cut) -> tuple[float, float]:
    """The margin that a cut is read with: there may be next to nothing around it."""
    return _TIGHT_MARGIN if cut.tight else MARGIN


def val_strip(cut: Cut) -> Image:
    """The strip of a cut, without jitter."""
    return strip_at(cut.image, cut.quad, margin=margin_of(cut))


@torch.inference_mode()
def evaluate(net: nn.Module, cuts: list[Cut]) -> dict[str, dict[str, float]]:
    """Per source: n, share of whole strings right, of integer parts right, mean probability of legible."""
    net.eval()
    rows: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    for start in range(0, len(cuts), 32):
        part = cuts[start : start + 32]
        strips = np.stack([val_strip(cut) for cut in part])
        with torch.autocast("cpu", torch.bfloat16):
            out = net(torch.from_numpy(strips))
        for cut, got, legible in zip(part, greedy(out.symbols), out.legible.sigmoid().tolist(), strict=True):
            whole = matches(cut.targets, got)
            integer = matches(tuple(integer_part(cut.targets)), integer_part(got))
            name = cut.source if cut.legible else f"{cut.source}{_UNREADABLE}"
            rows[name].append((whole, integer, legible))
    net.train()
    return {
        name: dict(zip(("n", "whole", "integer", "legible"), (len(r), *np.mean(r, axis=0).tolist()), strict=True))
        for name, r in sorted(rows.items())
    }


def readable(scores: Scores) -> Scores:
    """The scores of the sources, without those of their unreadable strips."""
    return {name: s for name, s in scores.items() if not name.endswith(_UNREADABLE)}


def share_right(scores: Scores) -> float:
    """Share of the readable strips whose whole string is right."""
    rows = readable(scores).values()
    return sum(s["whole"] * s["n"] for s in rows) / max(1.0, sum(s["n"] for s in rows))
