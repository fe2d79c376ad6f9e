"""Run the exported models through ``MeterReader`` on labelled photos and write the stage ledger.

``python -m training.evaluate [--data ../shared/data] [--split val] [--models DIR] [--out DIR] [--turn 90] [--scale 0.5]
[--near 1.1] [--limit N] [--source S] [--card]`` writes ``ledger.json``, ``ledger.md``, the curves, ``cases.jsonl`` and
``failures/index.html``; ``--card`` draws the curves into ``ID.reliability.png`` beside the recogniser too, for its
card to link.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from meterocr import Display, DisplayKind, MeterReader, Readout
from meterocr.vision import zoo
from meterocr.vision.attempt import attempts, digits
from meterocr.vision.geometry import box_quad
from meterocr.vision.image import load_photo
from meterocr.vision.locate import look_at
from meterocr.vision.recognize import Recognition, Recognizer
from meterocr.vision.session import open_session
from training import figures, plots
from training.cases import FOUND_IOU, Case, failure
from training.change import Change
from training.figures import Origin
from training.gallery import Failure, Image, write_gallery
from training.ledger import write_ledger
from training.manifest import data_hash, load_scenes, load_strips
from training.metrics import box_iou
from training.runs import git_commit, progress_bar
from training.samples import AS_IS, Sample, beside_samples, scene_samples, spread, strip_samples, upright

Photo = Path | Image
BEAMS = 10  # as MeterReader has by default


class Reads(Protocol):
    """What is evaluated: whole photos and ready-cut strips to readouts, and the strip that was looked at."""

    def read(self, photo: Photo) -> Readout:
        """A whole photo."""
        ...

    def read_strip(self, strip: Image) -> Readout:
        """An image that is nothing but a display."""
        ...

    def strip_of(self, photo: Image, readout: Readout) -> Image | None:
        """What the recogniser saw of a photo; ``None`` where no display was found."""
        ...


class Product:
    """The exported models as the library uses them, on one thread; strips go through the same recognition.

    ``recognizer``: as in :class:`~meterocr.MeterReader`.
    """

    def __init__(self, recognizer: str | Path | None = None) -> None:
        self._reader = MeterReader(recognizer=recognizer, threads=1)
        self._recognizer = Recognizer(open_session(zoo.Role.RECOGNIZER, recognizer, threads=1))
        self.models = self._reader.models
        self.alphabet = self._recognizer.info.alphabet

    def recognition(self, strip: Image) -> Recognition:
        """What the net says of a strip that :meth:`strip_of` gave, step by step."""
        return self._recognizer.recognize([strip])[0]

    def read(self, photo: Photo) -> Readout:
        """See :class:`Reads`."""
        return self._reader.read(photo)

    def read_strip(self, strip: Image) -> Readout:
        """See :class:`Reads`; ``retake`` is for scenes, and stays false."""
        look = look_at(load_photo(strip))
        photo = look.photo
        whole = Display(DisplayKind.LCD, box_quad(0, 0, photo.width, photo.height), 1.0)
        attempt = attempts(self._recognizer, [(look, whole)], beams=BEAMS)[0]
        return Readout(
            photo=photo.name,
            sha256=photo.sha256,
            width=photo.width,
            height=photo.height,
            models=self.models,
            displays=(whole,),
            text=attempt.decoded.text,
            digits=digits(attempt, self._recognizer.shape),
            confidence=attempt.decoded.confidence,
            candidates=attempt.decoded.candidates,
            shows=attempt.recognition.shows,
        )

    def strip_of(self, photo: Image, readout: Readout) -> Image | None:
        """See :class:`Reads`."""
        if readout.quad is None:
            return None
        look = load_photo(photo)
        return self._recognizer.strip(look, readout.quad, look.view(max(look.width, look.height)))


def evaluate(reader: Reads, samples: Iterable[Sample]) -> Iterator[tuple[Sample, Case, Readout]]:
    """Read every sample and compare."""
    for sample in samples:
        photo = sample.load()
        start = time.perf_counter()
        if sample.quality == "strip":
            if isinstance(photo, Path):
                raise TypeError(f"expected the pixels of strip {sample.id}, got {photo}")
            readout = reader.read_strip(photo)
        else:
            readout = reader.read(photo)
        yield sample, _case(sample, readout, 1000 * (time.perf_counter() - start)), readout


def _case(sample: Sample, readout: Readout, milliseconds: float) -> Case:
    overlaps = [] if sample.display is None else [box_iou(sample.display, d.quad.bounds) for d in readout.displays]
    known = sample.display is not None
    timings = {} if sample.quality == "strip" else {**readout.timings_ms, "measured": milliseconds}
    return Case(
        id=sample.id,
        source=sample.source,
        kind=sample.kind,
        quality=sample.quality,
        truth=sample.truth,
        found=any(o >= FOUND_IOU for o in overlaps) if known else None,
        chosen=bool(overlaps) and overlaps[0] >= FOUND_IOU if known else None,
        text=readout.text,
        confidence=readout.confidence,
        retake=readout.retake,
        shows=readout.shows.value,
        issues=tuple(issue.value for issue in readout.issues),
        candidates=tuple((c.text, c.probability) for c in readout.candidates[:5]),
        timings_ms=tuple(timings.items()),
    )


def failures(reader: Reads, rows: Sequence[tuple[Sample, Case, Readout]], threshold: float) -> Iterator[Failure]:
    """The photos that failed, by source and cause, loaded again one by one."""
    failed = [(why, row) for row in rows if (why := failure(row[1], threshold=threshold))]
    for why, (sample, case, readout) in sorted(failed, key=lambda f: (f[1][1].source, f[0], f[1][1].id)):
        photo = sample.load()
        image = upright(photo) if isinstance(photo, Path) else photo
        strip = image if sample.quality == "strip" else reader.strip_of(image, readout)
        yield Failure(case, why, image, readout, strip, sample.display)


def gather(data: Path, split: str, *, source: str | None, limit: int | None, change: Change = AS_IS) -> list[Sample]:
    """What is evaluated: the photos of a split, the parts beside their displays, and (unchanged only) the strips.

    Photos taken from near have no parts beside their displays.
    """
    scenes = [s for s in load_scenes(data) if s.split == split and source in (None, s.source)]
    strips = [s for s in load_strips(data) if s.split == split and source in (None, s.source)]
    beside = beside_samples(data, scenes, change) if change.near is None else ()
    samples = [*scene_samples(data, scenes, change), *beside]
    return spread([*samples, *([] if change else strip_samples(data, strips))], limit)


def run(reader: Reads, samples: Sequence[Sample], origin: Origin, out: Path) -> list[Case]:
    """Evaluate and write everything into ``out``."""
    rows = []
    with progress_bar("reading", len(samples)) as advance:
        for row in evaluate(reader, samples):
            rows.append(row)
            advance(row[0].id)
    cases = [case for _, case, _ in rows]
    write_ledger(cases, origin, out)
    (out / "cases.jsonl").write_text("".join(json.dumps(_line(case)) + "\n" for case in cases))
    write_gallery(failures(reader, rows, figures.confident(cases)), out / "failures")
    return cases


def write_card_picture(cases: Sequence[Case], origin: Origin, model: zoo.ModelFile) -> Path:
    """Draw how far the confidences can be trusted into ``ID.reliability.png`` beside a model file."""
    path = model.path.with_name(f"{model.id}.reliability.png")
    title = f"{', '.join(origin.models.values())}: {len(cases)} photos of split {origin.split}, data {origin.data}"
    plots.save_small(plots.card(cases, title), path)
    return path


def _line(case: Case) -> dict[str, object]:
    judged = {
        "truth": str(case.truth) if case.truth else None,
        "right": case.right if case.quality != "unread" else None,
    }
    return asdict(case) | judged | {"timings_ms": dict(case.timings_ms)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", default="val")
    parser.add_argument("--models", type=Path, help="folder with index.toml (default: the library's own)")
    parser.add_argument("--out", type=Path, default=Path("runs/evaluation"))
    parser.add_argument("--turn", type=float, default=0.0, help="degrees clockwise")
    parser.add_argument("--scale", type=float, default=1.0, help="of the resolution, such as 0.5")
    parser.add_argument(
        "--near", type=float, help="what is in sight, in widths and heights of the display, such as 1.1"
    )
    parser.add_argument("--limit", type=int, help="at most so many photos, spread over all")
    parser.add_argument("--source", help="only photos of this source")
    parser.add_argument("--card", action="store_true", help="draw the curves for the recogniser's card")
    args = parser.parse_args()
    if args.models is not None:
        os.environ[zoo.VARIABLE] = str(args.models)
    change = Change(args.turn, args.scale, args.near)
    samples = gather(args.data, args.split, source=args.source, limit=args.limit, change=change)
    if not samples:
        parser.error(f"expected photos of split {args.split} and source {args.source or 'any'}, found none")
    product = Product()
    origin = Origin(asdict(product.models), data_hash(args.data), git_commit(), args.split, str(change))
    cases = run(product, samples, origin, args.out)
    if args.card:
        print(write_card_picture(cases, origin, zoo.find_model(zoo.Role.RECOGNIZER)))
    print((args.out / "ledger.md").read_text())


if __name__ == "__main__":
    main()
