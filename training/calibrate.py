"""Fit the recogniser's temperature, so that a confidence of 0.9 is right nine times in ten.

``python -m training.calibrate [--data ../shared/data] [--split val] [--models models] [--write]`` reads the displays of
the split as the reader finds them, prints how well calibrated they are before and after (fitted and measured on
different meters), and with ``--write`` puts the temperature into the model file and its new SHA-256 into the index.
Certificates (``training.certify``) are taken out: their thresholds are confidences at the former temperature.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meterocr import MeterReader
from meterocr.vision import zoo
from meterocr.vision.decode import beam_search
from meterocr.vision.geometry import box_quad
from meterocr.vision.image import load_photo
from meterocr.vision.recognize import Recognizer
from meterocr.vision.session import Session
from training import metrics
from training.manifest import Scene, Strip, load_scenes, load_strips
from training.release import change_metadata
from training.runs import progress_bar
from training.samples import truth_of

FOLDS = 5
BEAMS = 8
_RANGE = (0.3, 6.0)
_GRID = 13
_LEAST = 1e-6  # a probability of 0 or 1 would make one error infinitely bad


@dataclass(frozen=True, slots=True)
class Sighted:
    """One read display: ``logits`` (T, 1 + alphabet) as the net gives them, the reading they support most as
    CTC classes, whether it is right, the probability that the display is legible, and the meter it belongs to."""

    logits: NDArray[np.float64]
    classes: tuple[int, ...]
    legible: float
    right: bool
    group: str


def log_likelihood(log_probabilities: NDArray[np.float64], classes: Sequence[int]) -> float:
    """Logarithm of the CTC probability of ``classes``: the sum over all alignments; class 0 is blank.

    Args:
        log_probabilities: (T, C) logarithms of probabilities per step.
        classes: the reading, without blanks.
    """
    states = np.array([0] + [c for symbol in classes for c in (symbol, 0)])
    skips = np.zeros(len(states), dtype=bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    alpha = np.full(len(states), -np.inf)
    alpha[:2] = log_probabilities[0, states[:2]]
    for row in log_probabilities[1:]:
        one = np.concatenate(([-np.inf], alpha[:-1]))
        two = np.where(skips, np.concatenate(([-np.inf, -np.inf], alpha[:-2]))[: len(alpha)], -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + row[states]
    return float(np.logaddexp.reduce(alpha[-2:]))


def confidence(row: Sighted, temperature: float) -> float:
    """The probability of the reading when the logits are divided by ``temperature``."""
    scaled = row.logits / temperature
    peak = scaled.max(axis=1, keepdims=True)
    scaled = scaled - peak - np.log(np.exp(scaled - peak).sum(axis=1, keepdims=True))
    return math.exp(log_likelihood(scaled, row.classes)) * row.legible


def mean_loss(rows: Sequence[Sighted], temperature: float) -> float:
    """Mean negative log likelihood of being right or wrong."""
    sure = [min(max(confidence(row, temperature), _LEAST), 1 - _LEAST) for row in rows]
    return -sum(math.log(p if row.right else 1 - p) for p, row in zip(sure, rows, strict=True)) / len(rows)


def fit(rows: Sequence[Sighted]) -> float:
    """The temperature of the least loss.

    Raises:
        ValueError: there is nothing to fit to.
    """
    if not rows:
        raise ValueError("expected displays to fit the temperature to, got none")

    def loss(logarithm: float) -> float:
        return mean_loss(rows, math.exp(logarithm))

    # A net that is mostly wrong has a second valley where nothing is believed: look for the deepest one first.
    low, high = (math.log(t) for t in _RANGE)
    grid: list[float] = np.linspace(low, high, _GRID).tolist()
    best = min(range(_GRID), key=lambda i: loss(grid[i]))
    return math.exp(golden_section(loss, grid[max(0, best - 1)], grid[min(_GRID - 1, best + 1)]))


def golden_section(function: Callable[[float], float], low: float, high: float, *, width: float = 5e-3) -> float:
    """Where ``function``, which has one valley between ``low`` and ``high``, is least, to within ``width``."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    at_a, at_b = function(a), function(b)
    while high - low > width:
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - ratio * (high - low)
            at_a = function(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + ratio * (high - low)
            at_b = function(b)
    return (low + high) / 2


def held_out(rows: Sequence[Sighted]) -> list[float]:
    """Confidences with a temperature that was fitted to the other folds; a meter is in one fold."""
    fold = {group: i % FOLDS for i, group in enumerate(sorted({row.group for row in rows}))}
    found = [0.0] * len(rows)
    for k in range(FOLDS):
        others = [row for row in rows if fold[row.group] != k]
        inside = [i for i, row in enumerate(rows) if fold[row.group] == k]
        if inside:
            temperature = fit(others)
            for i in inside:
                found[i] = confidence(rows[i], temperature)
    return found


def report(rows: Sequence[Sighted], temperature: float) -> str:
    """Loss and calibration error before and after."""
    right = [row.right for row in rows]
    before, after = [confidence(row, 1.0) for row in rows], held_out(rows)
    errors = [metrics.expected_calibration_error(metrics.reliability(c, right)) for c in (before, after)]
    return (
        f"{len(rows)} displays, {sum(right)} read right; temperature {temperature:.3f}\n"
        f"loss {mean_loss(rows, 1.0):.4f} at temperature 1, {mean_loss(rows, temperature):.4f} fitted\n"
        f"calibration error {errors[0]:.4f} at temperature 1, {errors[1]:.4f} fitted to other meters\n"
    )


def sighted(data: Path, split: str) -> Iterator[Sighted]:
    """The legible displays of a split, scenes as the reader finds them, and strips."""
    session = Session(zoo.verified_bytes(zoo.find_model(zoo.Role.RECOGNIZER)), zoo.Role.RECOGNIZER)
    recognizer, reader = Recognizer(session), MeterReader()
    scenes = [s for s in load_scenes(data) if s.split == split and s.quality not in ("unreadable", "unread")]
    strips = [s for s in load_strips(data) if s.split == split]
    records: list[Scene | Strip] = [*scenes, *strips]
    with progress_bar("reading", len(records)) as advance:
        for record in records:
            advance(record.id)
            photo, truth = load_photo(data / record.image), truth_of(record)
            full = photo.view(max(photo.width, photo.height))
            quad = reader.read(full[0]).quad if isinstance(record, Scene) else box_quad(0, 0, photo.width, photo.height)
            if quad is None or truth is None:
                continue
            strip = recognizer.strip(photo, quad, full)
            logits = session.run(strip[None])[0][0].astype(np.float64)
            seen = recognizer.recognize([strip])[0]
            text = beam_search(seen.symbols, recognizer.info.alphabet, beams=BEAMS)[0][0]
            if text:
                classes = tuple(recognizer.info.alphabet.index(c) + 1 for c in text)
                yield Sighted(logits, classes, seen.legible, metrics.score(truth, text).whole, record.group)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", default="val")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--write", action="store_true", help="put the temperature into the model file")
    parser.add_argument(
        "--carry", type=float, help="write this one, of the net that the last training on all began with"
    )
    args = parser.parse_args()
    os.environ[zoo.VARIABLE] = str(args.models)
    temperature = args.carry
    if temperature is None:
        rows = list(sighted(args.data, args.split))
        temperature = fit(rows)
        print(report(rows, temperature))
    if args.write:
        # A certificate's threshold is a confidence at the temperature it was measured with.
        change_metadata(zoo.find_model(zoo.Role.RECOGNIZER), {"temperature": round(temperature, 4), "certificates": []})


if __name__ == "__main__":
    main()
