"""How well turning wheels are read: ``python -m training.rolling [--count 300] [--seed 9] [--models models]``.

Draws counters with more than one wheel on its way to the next digit, because the ones to its right pass from 9 to 0,
and reads their strips with the released recogniser twice: by what each wheel shows, and also by the carry rule
(:mod:`meterocr.vision.carry`). Says how far the turns are off, too. Drawn counters tell the truth about every wheel;
how often real ones stand like that, and how they are labelled, they do not tell.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from meterocr.readout import IN_TRANSITION
from meterocr.vision import zoo
from meterocr.vision.decode import decode
from meterocr.vision.recognize import Recognition, Recognizer
from meterocr.vision.session import open_session
from training.canvas import Image
from training.evaluate import BEAMS
from training.ledger import table
from training.metrics import Count
from training.mixture import drawn_cut
from training.recognizer_score import val_strip
from training.synth import SynthStrip, draw_mechanical_strip

_BATCH = 32


def rolling_strips(seed: int) -> Iterator[SynthStrip]:
    """Legible drawn counters of which at least two wheels are between two digits, without end."""
    rng = np.random.default_rng(seed)
    while True:
        strip = draw_mechanical_strip(rng)
        if strip.legible and sum(turn > IN_TRANSITION for turn in strip.turns) > 1:
            yield strip


def measure(recognizer: Recognizer, drawn: list[SynthStrip]) -> str:
    """What was read of the counters, as Markdown."""
    right = {"each wheel by itself": 0, "with the carry rule": 0}
    off: list[float] = []
    for strip, seen in zip(drawn, _seen(recognizer, [val_strip(drawn_cut(s)) for s in drawn]), strict=True):
        for name, turns in zip(right, (None, seen.turn), strict=True):
            read = decode(seen.symbols, recognizer.info.alphabet, beams=BEAMS, legible=1.0, turns=turns)
            right[name] += read.text == strip.text
        if len(read.places) == len(strip.turns):
            off += [abs(seen.turn[p.peak] - turn) for p, turn in zip(read.places, strip.turns, strict=True)]
    rows = [[name, Count(count, len(drawn))] for name, count in right.items()]
    told = table(["read", "whole string right"], rows)
    if not off:
        return told
    far = f"{np.median(off):.3f} digits in the median, {np.mean(off):.3f} on average"
    return f"{told}\nThe turns are off by {far}."


def _seen(recognizer: Recognizer, strips: list[Image]) -> Iterator[Recognition]:
    for start in range(0, len(strips), _BATCH):
        yield from recognizer.recognize(strips[start : start + _BATCH])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--models", type=Path, default=Path("models"))
    args = parser.parse_args()
    os.environ[zoo.VARIABLE] = str(args.models)
    strips = rolling_strips(args.seed)
    recognizer = Recognizer(open_session(zoo.Role.RECOGNIZER, None))
    print(measure(recognizer, [next(strips) for _ in range(args.count)]))


if __name__ == "__main__":
    main()
