"""The figures of an evaluation: goals, stages, pools, refusals, failures, calibration, latency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from meterocr.issue import Issue
from training import metrics
from training.cases import REFUSE, Case, counts, failure
from training.metrics import Count

COVERAGE = 0.9
_PERCENTILES = (0.5, 0.9, 0.95, 0.99, 1.0)


def _electricity(case: Case) -> bool:
    return not case.source.endswith("_water")


POOLS: Mapping[str, Callable[[Case], bool]] = {
    "scenes ok": lambda c: c.quality == "ok",
    "scenes ok or hard": lambda c: c.quality in ("ok", "hard"),
    "electricity, ok or hard": lambda c: c.quality in ("ok", "hard") and _electricity(c),
    "lcd, ok or hard": lambda c: c.quality in ("ok", "hard") and c.kind == "lcd",
    "mechanical, ok or hard": lambda c: c.quality in ("ok", "hard") and c.kind == "mechanical",
    "strips": lambda c: c.quality == "strip",
    "all that is legible": lambda c: c.scored,
    "all, refusals wanted too": lambda c: c.scored or c.quality == "unreadable",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What was evaluated on what."""

    models: Mapping[str, str]
    data: str
    commit: str
    split: str
    change: str = "as they are"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that the product has to reach: at least ``least``, or at most ``most``."""

    name: str
    count: Count
    least: float = 0.0
    most: float = 1.0

    @property
    def reached(self) -> bool:
        return self.count.total > 0 and self.least <= self.count.share <= self.most


def confident(cases: Sequence[Case]) -> float:
    """The confidence above which nine of ten legible photos lie: what a caller would take for sure."""
    scored = [c for c in cases if c.scored]
    return metrics.precision_at([c.sureness for c in scored], [c.right for c in scored], coverage=COVERAGE).threshold


def sure(case: Case, threshold: float) -> bool:
    """Would a caller who trusts ``threshold`` bill this?"""
    return case.answered and case.sureness >= threshold


def accepted(case: Case) -> bool:
    """Does the library ask no person about it (:attr:`~meterocr.readout.Readout.needs_person`)?"""
    return case.answered and metrics.UNREAD not in case.text and Issue.LOW_CONFIDENCE.value not in case.issues


def goals(cases: Sequence[Case]) -> list[Goal]:
    """The table of figures to reach."""
    threshold = confident(cases)
    lcd = [c for c in cases if c.kind == "lcd" and c.quality in ("ok", "hard", "unreadable")]
    lcd_ok = [c for c in lcd if c.quality == "ok"]
    drums = [c for c in cases if c.kind == "mechanical" and c.quality == "ok"]
    strips = [c for c in cases if c.quality == "strip"]
    pool = [c for c in cases if c.quality in ("ok", "hard", "strip")]
    held = metrics.precision_at([c.sureness for c in pool], [c.right for c in pool], coverage=COVERAGE)
    refuse = [c for c in cases if c.quality in REFUSE]
    electricity = [c for c in cases if c.quality == "ok" and _electricity(c)]
    surest = metrics.precision_at(
        [c.sureness for c in electricity], [c.score.integer for c in electricity], coverage=COVERAGE
    )
    hard = [c for c in cases if c.quality == "hard"]
    unreadable = [c for c in cases if c.quality == "unreadable"]
    return [
        Goal("LCD scenes: display found", counts(lcd)["found"], 0.99),
        Goal("LCD scenes, ok: integer part", counts(lcd_ok)["integer"], 0.97),
        Goal("LCD scenes, ok: whole string", counts(lcd_ok)["whole"], 0.94),
        Goal("LCD strips: digits", counts(strips)["digits"], 0.95),
        Goal("mechanical scenes, ok: integer part", counts(drums)["integer"], 0.95),
        Goal("scenes and strips, ok or hard: precision, least sure 10 % held back", held.precision, 0.995),
        Goal(
            "unreadable or no display: confident reading", metrics.count(refuse, lambda c: sure(c, threshold)), 0, 0.01
        ),
        Goal("electricity meters, ok: integer part, nothing held back", counts(electricity)["integer"], 0.985),
        Goal("the same, least sure 10 % held back", surest.precision, 0.999),
        Goal("hard: integer part, nothing held back", counts(hard)["integer"], 0.85),
        Goal("unreadable: accepted reading", metrics.count(unreadable, accepted), 0, 0),
    ]


def summarise(cases: Sequence[Case], origin: Origin) -> dict[str, object]:
    """Every figure of the evaluation, JSON-ready."""
    threshold = confident(cases)
    bins = calibration(cases)
    return {
        "origin": asdict(origin),
        "photos": len(cases),
        "goals": [
            {"name": g.name, "least": g.least, "most": g.most, "reached": g.reached, **g.count.to_dict()}
            for g in goals(cases)
        ],
        "ledger": [
            {"source": source, "kind": kind, "quality": quality, "photos": len(group)}
            | {"stages": {name: n.to_dict() for name, n in counts(group).items()}}
            for (source, kind, quality), group in groups(cases)
        ],
        "pools": {name: pool.to_dict() for name, pool in pools(cases).items()},
        "confident_above": threshold,
        "refusals": {
            quality: {name: n.to_dict() for name, n in answers.items()}
            for quality, answers in refusals(cases, threshold).items()
        },
        "failures": {source: dict(Counter(why)) for source, why in failures(cases, threshold).items()},
        "issues": {quality: dict(raised) for quality, raised in issues(cases).items()},
        "reliability": [asdict(b) | {"right": b.right.to_dict()} for b in bins],
        "ece": metrics.expected_calibration_error(bins) if bins else None,
        "latency_ms": latency(cases),
    }


def groups(cases: Sequence[Case]) -> list[tuple[tuple[str, str, str], list[Case]]]:
    """Cases by source, kind and quality, then by kind and quality over all sources."""

    def key(case: Case) -> tuple[str, str, str]:
        return case.source, case.kind, case.quality

    def merged(case: Case) -> tuple[str, str, str]:
        return "all", case.kind, case.quality

    return [(k, list(g)) for by in (key, merged) for k, g in groupby(sorted(cases, key=by), key=by)]


@dataclass(frozen=True, slots=True)
class Pool:
    """Some photos together: right over all, and over the surest nine of ten."""

    whole: Count
    whole_kept: Count
    integer: Count
    integer_kept: Count
    threshold: float
    curve: tuple[metrics.Risk, ...]

    def to_dict(self) -> dict[str, object]:
        shares = {n: getattr(self, n).to_dict() for n in ("whole", "whole_kept", "integer", "integer_kept")}
        curve = [asdict(p) | {"coverage": p.coverage, "risk": p.risk} for p in self.curve]
        return shares | {"threshold": self.threshold, "risk_coverage": curve}


def pools(cases: Sequence[Case]) -> dict[str, Pool]:
    """:data:`POOLS` that have any photo."""
    found = {name: [c for c in cases if member(c)] for name, member in POOLS.items()}
    return {name: _pool(group) for name, group in found.items() if group}


def _pool(cases: Sequence[Case]) -> Pool:
    sureness, right = [c.sureness for c in cases], [c.right for c in cases]
    integer = [c.score.integer if c.scored else c.right for c in cases]
    kept = metrics.precision_at(sureness, right, coverage=COVERAGE)
    return Pool(
        whole=Count(sum(right), len(right)),
        whole_kept=kept.precision,
        integer=Count(sum(integer), len(integer)),
        integer_kept=metrics.precision_at(sureness, integer, coverage=COVERAGE).precision,
        threshold=kept.threshold,
        curve=tuple(metrics.risk_coverage(sureness, right)),
    )


def refusals(cases: Sequence[Case], threshold: float) -> dict[str, dict[str, Count]]:
    """Of the photos nobody can read: how many got an answer, and a confident one."""
    asked = {quality: [c for c in cases if c.quality == quality] for quality in REFUSE}
    return {
        quality: {
            "answered": metrics.count(group, lambda c: c.answered),
            "confident": metrics.count(group, lambda c: sure(c, threshold)),
        }
        for quality, group in asked.items()
    }


def failures(cases: Sequence[Case], threshold: float) -> dict[str, list[str]]:
    """What went wrong, by source."""
    found: dict[str, list[str]] = {}
    for case in cases:
        if why := failure(case, threshold=threshold):
            found.setdefault(case.source, []).append(why)
    return found


def issues(cases: Sequence[Case]) -> dict[str, Counter[str]]:
    """How often the reader raised each issue, by the quality a person gave the photo."""
    raised: dict[str, Counter[str]] = {}
    for case in cases:
        raised.setdefault(case.quality, Counter()).update(case.issues)
    return raised


def latency(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Percentiles of each stage's milliseconds."""
    stages: dict[str, list[float]] = {}
    for case in cases:
        for stage, ms in case.timings_ms:
            stages.setdefault(stage, []).append(ms)
    return {s: {f"p{100 * p:.0f}": metrics.percentile(v, p) for p in _PERCENTILES} for s, v in stages.items()}


def calibration(cases: Sequence[Case]) -> list[metrics.Bin]:
    """Confidence against share of whole strings right, over the photos that were given a reading."""
    read = [c for c in cases if c.scored and c.text]
    return metrics.reliability([c.confidence for c in read], [c.score.whole for c in read])
