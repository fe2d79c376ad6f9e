"""What to label next: ``python -m training.select PHOTOS OUT [--known DATA] [--count 50]``.

Reads every photo under the folder ``PHOTOS`` and writes ``OUT/selected.jsonl``, one photo a line with the reason, and
``OUT/selected.png``, a contact sheet. Three reasons take turns, for each finds what the others miss:

- ``unsure``: the reading of least confidence, of those that have one;
- ``views_disagree``: another reading at half the resolution, the surest such contradiction first. A net is often sure
  and wrong where it has learned nothing; a slightly different view gives that away;
- ``unseen``: the meter least like any that is labelled (``--known``) or selected already, by
  :mod:`training.descriptor`. This is k-centre greedy: after k picks no photo is more than twice as far from the nearest
  pick as with the best k picks there are, and nobody has to say how many types of meters there might be. A photo in
  which no display was found is never selected for that.

A photo in which nothing was read (``nothing_read``) is worth a label too, if it is one of a meter and a person can read
it: these come last, where there is room.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from meterocr import MeterReader, PhotoError, Readout, draw
from meterocr.readout import Quad
from training import plots
from training.change import Change
from training.descriptor import Vector, describe
from training.manifest import load_scenes
from training.prepare import shrunk
from training.runs import progress_bar
from training.samples import upright

Image = NDArray[np.uint8]
_HALF = Change(scale=0.5)
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic"})
UNSURE, DISAGREE, UNSEEN, NOTHING_READ = "unsure", "views_disagree", "unseen", "nothing_read"
LIST, SHEET = "selected.jsonl", "selected.png"
_ALIKE = 1e-6  # no distance at all, but for rounding
_SHEET_SIDE = 480  # px of a photo on the contact sheet


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One unlabelled photo: what was read at full and at half the resolution, and what its meter looks like.

    ``vector`` is ``None`` where no display was found.
    """

    path: Path
    readout: Readout
    half: str
    vector: Vector | None


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """A photo to label, the reason, and the number behind it: confidence, or distance to the nearest known meter."""

    seen: Seen
    reason: str
    value: float


def look(reader: MeterReader, paths: Sequence[Path]) -> Iterator[Seen | Path]:
    """Read the photos; what cannot be decoded comes back as its path."""
    for path in paths:
        try:
            image = upright(path)
        except PhotoError:
            yield path
            continue
        readout = reader.read(path)
        half = reader.read(_HALF.image(image))
        yield Seen(path, readout, half.text, None if readout.quad is None else describe(image, readout.quad))


def known_vectors(data: Path) -> list[Vector]:
    """What the labelled meters of a data folder look like, one photo a meter."""
    scenes = {scene.group: scene for scene in load_scenes(data) if scene.corners is not None}
    vectors = []
    with progress_bar("known", len(scenes)) as advance:
        for scene in scenes.values():
            a, b, c, d = scene.corners or ()
            vectors.append(describe(upright(data / scene.image), Quad((a, b, c, d))))
            advance(scene.source)
    return vectors


class Farthest:
    """The photos by their distance to the meters that are known; without any, to the mean of all."""

    def __init__(self, photos: Sequence[Seen], known: Sequence[Vector]) -> None:
        self._photos = [photo for photo in photos if photo.vector is not None]
        self._vectors = np.array([photo.vector for photo in self._photos])
        self._distances = np.full(len(self._photos), np.inf)
        if self._photos:
            for vector in known or [self._vectors.mean(0)]:
                self.add(vector)

    def add(self, vector: Vector) -> None:
        """From now on this meter is known."""
        self._distances = np.minimum(self._distances, np.linalg.norm(self._vectors - vector, axis=1))

    def picks(self) -> Iterator[Pick]:
        """The photo farthest from everything that is known when it is asked for, until nothing new is left."""
        while len(self._photos) and self._distances.max() > _ALIKE:
            best = int(self._distances.argmax())
            yield Pick(self._photos[best], UNSEEN, float(self._distances[best]))


def select(photos: Sequence[Seen], count: int, known: Sequence[Vector] = ()) -> list[Pick]:
    """At most ``count`` photos to label, no photo twice and no copy of one, in the order of their worth."""
    read = sorted((photo for photo in photos if photo.readout.text), key=lambda photo: photo.readout.confidence)
    contrary = [photo for photo in reversed(read) if photo.half and photo.half != photo.readout.text]
    lost = [photo for photo in photos if not photo.readout.text]
    farthest = Farthest(photos, known)
    turns = _by_turns([_queue(read, UNSURE), _queue(contrary, DISAGREE), farthest.picks()])
    picks: dict[str, Pick] = {}
    for pick in chain(turns, _queue(lost, NOTHING_READ)):
        if len(picks) >= count:
            break
        if picks.setdefault(pick.seen.readout.sha256, pick) is pick and pick.seen.vector is not None:
            farthest.add(pick.seen.vector)
    return list(picks.values())


def _queue(photos: Sequence[Seen], reason: str) -> Iterator[Pick]:
    return (Pick(photo, reason, photo.readout.confidence) for photo in photos)


def _by_turns(queues: list[Iterator[Pick]]) -> Iterator[Pick]:
    """One of each queue after the other, as long as any has one."""
    while queues:
        for queue in tuple(queues):
            pick = next(queue, None)
            if pick is None:
                queues.remove(queue)
            else:
                yield pick


def write_selection(picks: Sequence[Pick], photos: Path, out: Path) -> None:
    """Write the list and the contact sheet into ``out``; paths relative to ``photos``."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [_row(pick, photos) for pick in picks]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (out / LIST).write_text(lines, encoding="utf-8")
    if picks:
        plots.save(plots.pictures({_caption(i, p): _thumbnail(p.seen) for i, p in enumerate(picks, 1)}), out / SHEET)


def _row(pick: Pick, photos: Path) -> dict[str, object]:
    readout = pick.seen.readout
    return {
        "image": pick.seen.path.relative_to(photos).as_posix(),
        "reason": pick.reason,
        "value": round(pick.value, 4),
        "text": readout.text,
        "confidence": round(readout.confidence, 4),
        "half": pick.seen.half,
        "width": readout.width,
        "height": readout.height,
        "quad": None if readout.quad is None else [[round(v, 1) for v in point] for point in readout.quad.points],
    }


def _caption(number: int, pick: Pick) -> str:
    readout = pick.seen.readout
    return f"{number}. {pick.seen.path.stem}\n{pick.reason}: {readout.text or '-'} ({readout.confidence:.2f})"


def _thumbnail(seen: Seen) -> Image:
    return shrunk(draw(seen.path, seen.readout), _SHEET_SIDE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="folder of unlabelled photos, with all its folders")
    parser.add_argument("out", type=Path)
    parser.add_argument("--known", type=Path, help="data folder whose meters are labelled already")
    parser.add_argument("--count", type=int, default=50, help="at most so many photos")
    args = parser.parse_args()
    paths = sorted(p for p in args.photos.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        parser.error(f"expected photos under {args.photos}, found none")
    known = known_vectors(args.known) if args.known else []
    found: list[Seen | Path] = []
    with progress_bar("reading", len(paths)) as advance:
        for one in look(MeterReader(threads=1), paths):
            found.append(one)
            advance("")
    for path in (one for one in found if isinstance(one, Path)):
        Console(stderr=True).print(f"left out, no photo: {path}")
    picks = select([one for one in found if isinstance(one, Seen)], args.count, known)
    write_selection(picks, args.photos, args.out)
    print(f"{len(picks)} of {len(paths)} photos in {args.out / 'selected.jsonl'}, to look at in {args.out / SHEET}")


if __name__ == "__main__":
    main()
