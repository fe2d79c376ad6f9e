"""The stage ledger of an evaluation: figures (JSON), tables (Markdown) and curves (PNG)."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from training import figures, metrics, plots
from training.cases import STAGES, Case, counts
from training.figures import Goal, Origin

_HEADS = {
    "found": "display found",
    "chosen": "and chosen",
    "legible": "given a reading",
    "digits": "all digits",
    "integer": "integer part",
    "decimals": "decimals",
    "whole": "whole string",
    "not_retake": "not to retake",
    "end_to_end": "end to end",
}


def write_ledger(cases: Sequence[Case], origin: Origin, out: Path) -> None:
    """Write ``ledger.json``, ``ledger.md``, ``risk_coverage.png`` and ``reliability.png`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    summary = json.dumps(_finite(figures.summarise(cases, origin)), indent=1, allow_nan=False)
    (out / "ledger.json").write_text(summary + "\n")
    (out / "ledger.md").write_text(to_markdown(cases, origin))
    plots.save(plots.risk_coverage(cases), out / "risk_coverage.png")
    plots.save(plots.reliability(cases), out / "reliability.png")


def _finite(value: object) -> object:
    """JSON has no NaN and no infinity: a figure of nothing is ``null``."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def to_markdown(cases: Sequence[Case], origin: Origin) -> str:
    """The figures as tables, counts beside percentages."""
    models = ", ".join(origin.models.values())
    parts = [
        "# Stage ledger\n",
        f"{len(cases)} photos of split {origin.split}, {origin.change}.",
        f"Models {models}; data {origin.data}; commit {origin.commit}.\n",
        "## Figures to reach\n",
        table(["what", "goal", "is", "95 % interval", "reached"], [_goal(g) for g in figures.goals(cases)]),
        *_stages(cases),
        *_pools(cases),
        *_refusals(cases),
        "## Failures\n",
        table(["source", "what went wrong"], _listed(figures.failures(cases, figures.confident(cases)))),
        "## Issues raised\n",
        table(["quality", "issues"], _listed({q: list(c.elements()) for q, c in figures.issues(cases).items()})),
        *_calibration(cases),
        *_latency(cases),
    ]
    return "\n".join(parts)


def _stages(cases: Sequence[Case]) -> list[str]:
    heads = ["source", "kind", "quality", "photos", *(_HEADS[s] for s in STAGES)]
    rows = [[*key, len(group), *counts(group).values()] for key, group in figures.groups(cases)]
    note = "What cannot be judged (a display that nobody has read, a strip without a scene) is not counted.\n"
    return ["## Stages\n", note, table(heads, rows)]


def _pools(cases: Sequence[Case]) -> list[str]:
    heads = ["pool", "whole string", "kept", "integer part", "kept", "kept from"]
    rows = [
        [name, p.whole, p.whole_kept, p.integer, p.integer_kept, f"{p.threshold:.3f}"]
        for name, p in figures.pools(cases).items()
    ]
    note = "A photo to be retaken is the least sure of all; one that is kept without an answer counts as wrong.\n"
    picture = "![risk against coverage](risk_coverage.png)\n"
    return ["## When the least sure 10 % are held back\n", note, table(heads, rows), picture]


def _refusals(cases: Sequence[Case]) -> list[str]:
    threshold = figures.confident(cases)
    rows = [[quality, *answers.values()] for quality, answers in figures.refusals(cases, threshold).items()]
    note = f"Confident: a number, not to be retaken, with a confidence of at least {threshold:.3f}.\n"
    return ["## Photos without a readable counter\n", note, table(["quality", "answered", "confident"], rows)]


def _goal(goal: Goal) -> list[object]:
    low, high = goal.count.interval()
    bound = f"at least {100 * goal.least:g} %" if goal.most == 1 else f"under {100 * goal.most:g} %"
    interval = f"{100 * low:.1f} - {100 * high:.1f}"
    return [goal.name, bound, goal.count, interval, "yes" if goal.reached else "**no**"]


def _listed(found: dict[str, list[str]]) -> list[list[object]]:
    return [[k, ", ".join(f"{w} {n}" for w, n in Counter(v).most_common())] for k, v in sorted(found.items()) if v]


def _calibration(cases: Sequence[Case]) -> list[str]:
    bins = figures.calibration(cases)
    rows = [[f"{b.low:.1f} - {b.high:.1f}", f"{b.confidence:.3f}", b.right] for b in bins]
    error = (
        f"Expected calibration error {metrics.expected_calibration_error(bins):.4f}; perfect confidences would show"
        f" {metrics.calibration_noise(bins):.4f} on so few photos.\n"
    )
    picture = "![confidence against share right](reliability.png)\n"
    return ["## Calibration\n", error, table(["confidence", "mean", "whole string right"], rows), picture]


def _latency(cases: Sequence[Case]) -> list[str]:
    found = figures.latency(cases)
    heads = ["stage", *next(iter(found.values()), {})]
    rows = [[stage, *(f"{ms:.1f}" for ms in row.values())] for stage, row in found.items()]
    return ["## Milliseconds a photo\n", table(heads, rows)]
