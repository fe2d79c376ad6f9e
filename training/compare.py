"""May a new recogniser be released? ``python -m training.compare OLD NEW [--data ../shared/data] [--split val]``.

``OLD`` and ``NEW`` are ids of the index or ``.onnx`` files. Both read the same photos, parts of photos without a
display, and strips, with the default detector. Right is a whole string that is right, or no answer where none should be
given. The rule: the new one is right at least as often over all, and on no kind (LCD, mechanical, nothing to read)
significantly worse by McNemar's exact test at 5 %. Exit code 0: it may be released; 1: it may not; 2: wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.cases import Case
from training.evaluate import Product, Reads, evaluate, gather
from training.ledger import table
from training.metrics import Count, mcnemar
from training.runs import progress_bar
from training.samples import Sample

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Pair:
    """One photo, read by both."""

    source: str
    kind: str
    old: bool
    new: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both readers on the same photos; ``lost`` and ``won``: right only by the old one, only by the new one."""

    name: str
    photos: int
    both: int
    lost: int
    won: int

    @property
    def chance(self) -> float:
        """How likely so large a difference is between equally good ones."""
        return mcnemar(self.lost, self.won)

    @property
    def worse(self) -> bool:
        """Is the new one significantly worse?"""
        return self.lost > self.won and self.chance < SIGNIFICANT


def read_all(reader: Reads, samples: Sequence[Sample], name: str) -> list[Case]:
    """What one reader makes of the photos that have been judged."""
    cases = []
    with progress_bar(name, len(samples)) as advance:
        for _, case, _ in evaluate(reader, samples):
            cases.append(case)
            advance(case.id)
    return cases


def paired(old: Sequence[Case], new: Sequence[Case]) -> list[Pair]:
    """The photos of both, in the same order, without those that nobody has read."""
    both = zip(old, new, strict=True)
    return [Pair(a.source, a.kind, a.right, b.right) for a, b in both if a.quality != "unread"]


def compared(name: str, pairs: Sequence[Pair]) -> Comparison:
    """The counts of some photos."""
    lost, won = sum(p.old and not p.new for p in pairs), sum(p.new and not p.old for p in pairs)
    return Comparison(name, len(pairs), sum(p.old and p.new for p in pairs), lost, won)


def by(pairs: Sequence[Pair], key: Callable[[Pair], str]) -> list[Comparison]:
    """The same, for each kind or source."""
    return [compared(name, [p for p in pairs if key(p) == name]) for name in sorted({key(p) for p in pairs})]


def objections(pairs: Sequence[Pair]) -> list[str]:
    """Why the new one may not be released; empty if it may."""
    whole = compared("all", pairs)
    found = [f"on {c.name} it is significantly worse (p = {c.chance:.2g})" for c in by(pairs, _kind) if c.worse]
    return [f"{whole.lost} lost, only {whole.won} won over all"] * (whole.lost > whole.won) + found


def report(pairs: Sequence[Pair]) -> str:
    """The tables and the verdict, as Markdown."""
    heads = ["of", "photos", "old", "new", "lost", "won", "p"]
    parts = [[compared("all", pairs)], by(pairs, _kind), by(pairs, lambda p: p.source)]
    against = objections(pairs)
    verdict = f"It may not be released: {'; '.join(against)}." if against else "It may be released."
    return "\n".join([*(table(heads, [_row(c) for c in part]) for part in parts), verdict])


def _kind(pair: Pair) -> str:
    return pair.kind


def _row(c: Comparison) -> list[object]:
    old, new = Count(c.both + c.lost, c.photos), Count(c.both + c.won, c.photos)
    return [c.name, c.photos, old, new, c.lost, c.won, f"{c.chance:.4f}"]


def _model(text: str) -> str | Path:
    return Path(text) if text.endswith(".onnx") else text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=_model)
    parser.add_argument("new", type=_model)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--split", default="val")
    args = parser.parse_args()
    samples = gather(args.data, args.split, source=None, limit=None)
    if not samples:
        parser.error(f"expected photos of split {args.split}, found none")
    old, new = Product(args.old), Product(args.new)
    pairs = paired(read_all(old, samples, "old"), read_all(new, samples, "new"))
    print(f"Old: {old.models.recognizer}, new: {new.models.recognizer}\n\n{report(pairs)}")
    sys.exit(bool(objections(pairs)))


if __name__ == "__main__":
    main()
