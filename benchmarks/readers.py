"""meterocr, rapidocr and dpdc-amr on the same photos in one run: accuracy and speed side by side.

``python -m benchmarks.readers [--data ../shared/data] [--split val] [--limit N] [--out DIR]``. Needs the ``train``
extra and ``pip install --no-deps dpdc-amr``. All readers get the photo's bytes and one CPU thread.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2

from benchmarks.others import DpdcAmr, Meterocr, Rapidocr, Reader
from meterocr.readout import UNREAD
from training import metrics
from training.ledger import table
from training.manifest import Scene, load_scenes
from training.runs import progress_bar
from training.samples import spread, truth_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reader said to one photo, and how long it took."""

    reader: str
    photo: str
    source: str
    kind: str
    quality: str
    truth: str
    text: str
    score: metrics.Score | None
    milliseconds: float


def ask(reader: Reader, scene: Scene, photo: bytes) -> Answer:
    """Read one photo."""
    start = time.perf_counter()
    text = reader.read(photo)
    spent = 1000 * (time.perf_counter() - start)
    truth = None if scene.quality == "unreadable" else truth_of(scene)
    score = None if truth is None else metrics.score(truth, text)
    return Answer(
        reader.name, scene.id, scene.source, scene.kind.value, scene.quality, str(truth or ""), text, score, spent
    )


def report(answers: Sequence[Answer], readers: Sequence[str]) -> str:
    """Accuracy by kind and source, and speed, as Markdown tables."""
    legible = [a for a in answers if a.score is not None]
    groups = [("all", "", legible)]
    groups += [("all", k, [a for a in legible if a.kind == k]) for k in sorted({a.kind for a in legible})]
    keys = sorted({(a.source, a.kind) for a in legible})
    groups += [(s, k, [a for a in legible if (a.source, a.kind) == (s, k)]) for s, k in keys]
    heads = ["source", "kind", *readers]
    parts = []
    for part in ("integer", "whole"):
        rows = [[s, k, *(_right(group, reader, part) for reader in readers)] for s, k, group in groups]
        parts += [f"## {'Integer part' if part == 'integer' else 'Whole string'} right\n", table(heads, rows)]
    unreadable = [a for a in answers if a.quality == "unreadable"]
    answered = [
        metrics.count([a for a in unreadable if a.reader == r], lambda a: bool(a.text) and UNREAD not in a.text)
        for r in readers
    ]
    times = [[a.milliseconds for a in answers if a.reader == r] for r in readers]
    speed = [[f"p{p}", *(f"{metrics.percentile(t, p / 100):.0f}" for t in times)] for p in (50, 90)]
    mean = ["mean", *(f"{statistics.fmean(t):.0f}" for t in times)]
    parts += ["## Unreadable displays answered\n", table(readers, [answered])]
    parts += ["## Milliseconds a photo, one thread\n", table(["", *readers], [*speed, mean])]
    return "\n".join(parts)


def _right(group: Sequence[Answer], reader: str, part: str) -> metrics.Count:
    return metrics.count([a.score for a in group if a.reader == reader], lambda s: getattr(s, part))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", default="val")
    parser.add_argument("--limit", type=int, help="at most so many photos, spread over all")
    parser.add_argument("--out", type=Path, default=Path("runs/readers"))
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    scenes = [s for s in load_scenes(args.data) if s.split == args.split and s.quality != "unread"]
    scenes = spread(scenes, args.limit)
    readers: list[Reader] = [Meterocr(threads=1), Rapidocr(threads=1), DpdcAmr(threads=1)]
    answers: list[Answer] = []
    first = (args.data / scenes[0].image).read_bytes()
    for reader in readers:
        reader.read(first)  # the first call of each loads and allocates
    with progress_bar("reading", len(scenes)) as advance:
        for scene in scenes:
            photo = (args.data / scene.image).read_bytes()
            answers += [ask(reader, scene, photo) for reader in readers]
            advance(scene.id)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "answers.jsonl").write_text("".join(json.dumps(asdict(a)) + "\n" for a in answers))
    text = report(answers, [reader.name for reader in readers])
    (args.out / "readers.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
