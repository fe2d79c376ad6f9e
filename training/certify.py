"""Certify the recogniser: how many readings can be left to it, so that at most a given share of them is wrong.

``python -m training.certify [--data ../shared/data] [--split val] [--models models] [--sources A B] [--write]`` reads
one photo of every meter of the split and prints, as Markdown for the card, the certificates for a list of risks, what
they rest on by kind and source, and what happens on meters that the thresholds were not chosen on. ``--write`` puts
the certificates into the model file and its new SHA-256 into the index.

What counts: real photos of whole electricity meters; water meters only where ``--sources`` names them, and drawn ones
never. Photos of one meter are alike, so each meter counts once, with the photo whose id has the smallest hash. Accepted
is what a caller would use without asking a person (:attr:`~meterocr.readout.Readout.needs_person`). An accepted photo
is right if it is the right number to the last decimal, which is what a bill is made from and what the audit counts that
it is compared with (:mod:`meterocr.drift`); leading zeros do not matter. If nobody could read the photo, it is wrong.
Photos that nobody has read yet are left out.

How a threshold is chosen (:func:`threshold_for`): the thresholds of :data:`GRID`, which was fixed before any photo was
read, are tried from the strictest down, and the first one whose Clopper-Pearson bound is above the risk ends it. Each
test needs that those before it passed, so all of them together err no more often than one: fixed-sequence testing, as
in A. N. Angelopoulos, S. Bates, E. J. Candes, M. I. Jordan, L. Lei, *Learn then Test*, arXiv 2110.01052. Thresholds
that accept too few photos to pass even without an error are skipped: that looks at no truth, and is harmless as long
as less sure readings are not more often right. Each certificate holds with 95 % confidence by itself, not all together.

Use meters that no net has seen. The temperature is one number, fitted to the same split unless it is named otherwise;
strictly, it should come from other meters too. A new temperature makes certificates void: ``training.calibrate`` takes
them out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from meterocr import Certificate, DisplayKind, Readout
from meterocr.certificate import KindCount, percent
from meterocr.chance import error_free, upper_bound
from meterocr.vision import zoo
from training.cases import Case
from training.evaluate import Product, Reads, evaluate
from training.ledger import table
from training.manifest import Scene, data_hash, load_scenes
from training.metrics import Count
from training.release import change_metadata
from training.runs import progress_bar
from training.samples import scene_samples

RISKS = (0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001)
GRID = (0.999, 0.998, 0.995, 0.99, 0.98, 0.97, 0.96, 0.95, 0.93, 0.91, 0.89, 0.86, 0.83, 0.8, 0.75, 0.7, 0.6, 0.5)
HALVINGS = 100
DRAWN = "synthetic"


@dataclass(frozen=True, slots=True)
class Judged:
    """One meter: how sure the reading of its photo is, and whether it is right.

    ``confidence`` is 0 where a person is asked whatever the threshold; ``right`` is false where nobody can read it.
    """

    group: str
    source: str
    kind: DisplayKind
    confidence: float
    right: bool


def electricity(sources: Collection[str]) -> set[str]:
    """The sources without water meters and drawn photos."""
    return {source for source in sources if not source.endswith("_water") and source != DRAWN}


def counted(scenes: Sequence[Scene], split: str, sources: Collection[str]) -> list[Scene]:
    """One photo a meter: of those of the split and sources that have been judged, the one with the smallest hash."""
    chosen: dict[str, Scene] = {}
    for scene in scenes:
        if scene.split == split and scene.source in sources and scene.quality != "unread":
            rival = chosen.setdefault(scene.group, scene)
            chosen[scene.group] = min(scene, rival, key=lambda s: _hash(s.id))
    return list(chosen.values())


def judge(reader: Reads, data: Path, scenes: Sequence[Scene]) -> Iterator[Judged]:
    """Read the photos."""
    rows = evaluate(reader, scene_samples(data, scenes))
    for scene, (_, case, readout) in zip(scenes, rows, strict=True):
        yield judged(scene, case, readout)


def judged(scene: Scene, case: Case, readout: Readout) -> Judged:
    """What one photo counts for."""
    usable = readout.value is not None and not readout.retake
    confidence = readout.confidence if usable else 0.0
    return Judged(scene.group, scene.source, scene.kind, confidence, case.scored and case.score.number)


def accepted(rows: Sequence[Judged], threshold: float) -> list[Judged]:
    """The photos that no person is asked about."""
    return [row for row in rows if row.confidence >= threshold]


def wrong(rows: Sequence[Judged]) -> int:
    """How many of them are wrong."""
    return sum(not row.right for row in rows)


def testable(rows: Sequence[Judged], risk: float) -> list[float]:
    """The thresholds that accept enough photos to pass if none of them is wrong, strictest first."""
    return [threshold for threshold in GRID if len(accepted(rows, threshold)) >= error_free(risk)]


def threshold_for(rows: Sequence[Judged], risk: float) -> float | None:
    """The lowest threshold that is certified for the risk; ``None`` if there is none. The module says how."""
    lowest = None
    for threshold in testable(rows, risk):
        kept = accepted(rows, threshold)
        if upper_bound(wrong(kept), len(kept)) > risk:
            break
        lowest = threshold
    return lowest


def certify(rows: Sequence[Judged], *, data: str, detector: str) -> list[Certificate]:
    """The certificates for those of :data:`RISKS` that have one; ``data``: the hash of what was read."""
    kinds = sorted({row.kind for row in rows})
    found = []
    for risk in RISKS:
        threshold = threshold_for(rows, risk)
        if threshold is not None:
            counts = tuple(_kind_count(kind, [row for row in rows if row.kind is kind], threshold) for kind in kinds)
            found.append(Certificate(risk, threshold, counts, data, detector))
    return found


def _kind_count(kind: DisplayKind, rows: Sequence[Judged], threshold: float) -> KindCount:
    kept = accepted(rows, threshold)
    return KindCount(kind, total=len(rows), accepted=len(kept), wrong=wrong(kept))


@dataclass(frozen=True, slots=True)
class Halved:
    """Thresholds chosen on one half of the meters and tried on the other, over many halvings.

    Attributes:
        certified: halvings in which there was a threshold.
        exceeded: of these, those in which more than the risk was wrong on the other half.
        kept: photos of the other halves that were accepted.
        right: the right ones among them. A meter is in many halves: this is no count of independent photos.
    """

    risk: float
    certified: int
    exceeded: int
    kept: Count
    right: Count


def halved(rows: Sequence[Judged], risk: float) -> Halved:
    """Choose on one half of the meters and count on the other, for :data:`HALVINGS` seeds."""
    tried: list[tuple[int, list[Judged]]] = []
    for seed in range(HALVINGS):
        order = sorted(rows, key=lambda row: _hash(f"{seed}:{row.group}"))
        first, second = order[: len(order) // 2], order[len(order) // 2 :]
        threshold = threshold_for(first, risk)
        if threshold is not None:
            tried.append((len(second), accepted(second, threshold)))
    kept, errors = sum(len(k) for _, k in tried), sum(wrong(k) for _, k in tried)
    return Halved(
        risk=risk,
        certified=len(tried),
        exceeded=sum(wrong(k) > risk * len(k) for _, k in tried),
        kept=Count(kept, sum(total for total, _ in tried)),
        right=Count(kept - errors, kept),
    )


def report(rows: Sequence[Judged], certificates: Sequence[Certificate]) -> str:
    """Everything that was found, as Markdown."""
    sources = ", ".join(sorted({row.source for row in rows}))
    heads = ["accepted", "wrong", "bound (95 %)"]
    return "\n".join(
        [
            "## Certificates\n",
            f"{len(rows)} photos, one a meter, of {sources}.\n",
            table(["risk", "from", *heads], [_line(rows, r, certificates) for r in RISKS]),
            *_parts(rows, certificates, heads),
            f"Thresholds chosen on half of the meters, tried on the other half ({HALVINGS} overlapping halvings):\n",
            table(
                ["risk", "had a certificate", "of these above the risk", "accepted", "right"],
                [_halved_line(halved(rows, risk)) for risk in RISKS],
            ),
        ]
    )


def _line(rows: Sequence[Judged], risk: float, certificates: Sequence[Certificate]) -> list[object]:
    for c in certificates:
        if c.target_risk == risk:
            return [percent(risk), f"{c.threshold:g}", *_figures(rows, c.threshold)]
    needed = f"none; takes at least {error_free(risk)} accepted photos without an error"
    thresholds = testable(rows, risk)
    if not thresholds:
        return [percent(risk), needed, "", "", ""]
    return [percent(risk), f"{needed}; from {thresholds[0]:g}:", *_figures(rows, thresholds[0])]


def _figures(rows: Sequence[Judged], threshold: float) -> list[object]:
    kept = accepted(rows, threshold)
    bound = upper_bound(wrong(kept), len(kept))
    return [Count(len(kept), len(rows)), wrong(kept), f"{100 * bound:.2f} %"]


def _parts(rows: Sequence[Judged], certificates: Sequence[Certificate], heads: Sequence[str]) -> list[str]:
    if not certificates:
        return []
    keys: tuple[Callable[[Judged], str], ...] = (lambda row: row.kind.value, lambda row: row.source)
    parts = [(name, [r for r in rows if key(r) == name]) for key in keys for name in sorted({key(r) for r in rows})]
    lines = [[percent(c.target_risk), name, *_figures(part, c.threshold)] for c in certificates for name, part in parts]
    note = "By kind and source, with the threshold of each certificate; the bounds are of these counts alone:\n"
    return [note, table(["risk", "of", *heads], lines)]


def _halved_line(found: Halved) -> list[object]:
    tried = Count(found.certified, HALVINGS)
    return [percent(found.risk), tried, Count(found.exceeded, found.certified), found.kept, found.right]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", default="val")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--sources", nargs="+", help="only these (default: all but water meters)")
    parser.add_argument("--write", action="store_true", help="put the certificates into the model file")
    args = parser.parse_args()
    os.environ[zoo.VARIABLE] = str(args.models)
    if DRAWN in (args.sources or ()):
        parser.error(f"expected sources of real photos, got {DRAWN}")
    everything = load_scenes(args.data)
    scenes = counted(everything, args.split, args.sources or electricity({scene.source for scene in everything}))
    if not scenes:
        parser.error(f"expected photos of split {args.split} and sources {args.sources or 'any'}, found none")
    product, rows = Product(), list[Judged]()
    with progress_bar("reading", len(scenes)) as advance:
        for row in judge(product, args.data, scenes):
            rows.append(row)
            advance(row.group)
    certificates = certify(rows, data=data_hash(args.data), detector=product.models.detector)
    print(report(rows, certificates))
    if args.write:
        told = [certificate.to_dict() for certificate in certificates]
        change_metadata(zoo.find_model(zoo.Role.RECOGNIZER), {"certificates": told})


if __name__ == "__main__":
    main()
