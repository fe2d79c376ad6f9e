"""What each source adds: ``python -m training.ablate CONFIG [--quads QUADS] [--smoke]``.

Trains the recogniser of CONFIG with its whole mix, then without each source of ``leave_out``, the shares of the others
grown alike; everything else stays the same. Prints, as Markdown, how many integer parts of the val strips of each
source are read right. ``start`` must not have seen what is left out: a net that was trained on drawn strips, say.
Runs that are complete are not repeated, so it may be stopped at any time and started again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.ledger import table
from training.recognizer_data import Data
from training.recognizer_score import Scores, readable
from training.runs import describe_run
from training.train_recognizer import Config, Trainer, prepared, train

_NOTHING = "nothing"


def without(config: Config, source: str) -> Config:
    """The config of the same training without a source."""
    mix = {name: share for name, share in config["mix"].items() if name != source}
    return {**config, "id": f"{config['id']}-without-{source}", "mix": mix}


def run_one(config: Config, data: Data, runs: Path) -> Scores:
    """Train unless that has been done; the scores at the end by source, the unreadable ones left out."""
    run = runs / config["id"]
    last = _last(run)
    if last.get("step") != config["steps"]:
        describe_run(run, config, data.hash)
        (run / "log.jsonl").unlink(missing_ok=True)
        used = {name: cuts for name, cuts in data.train.items() if name in config["mix"]}
        train(Trainer(config, run), replace(data, train=used))
        last = _last(run)
    return readable(last["scores"])


def _last(run: Path) -> dict[str, Any]:
    log = run / "log.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return json.loads(lines[-1]) if lines else {}


def to_markdown(found: Mapping[str, Scores]) -> str:
    """A row for each training, a column for each val source, and all of them together."""
    sources = list(next(iter(found.values())))
    rows = [[f"without {name}", *_counts(scores, sources)] for name, scores in found.items()]
    return table(["training", *sources, "all"], rows)


def _counts(scores: Scores, sources: Sequence[str]) -> list[str]:
    right = [(round(scores[s]["integer"] * scores[s]["n"]), round(scores[s]["n"])) for s in sources]
    return [f"{good}/{n}" for good, n in [*right, (sum(good for good, _ in right), sum(n for _, n in right))]]


def ablate(config: Config, data: Data, runs: Path) -> dict[str, Scores]:
    """The scores with the whole mix (``"nothing"`` left out), then without each source of ``leave_out``."""
    found = {_NOTHING: run_one({**config, "id": f"{config['id']}-whole"}, data, runs)}
    for source in config["leave_out"]:
        found[source] = run_one(without(config, source), data, runs)
        print(to_markdown(found), flush=True)
    return found


def main() -> None:
    args, config, data = prepared(__doc__)
    ablate(config, data, args.runs)


if __name__ == "__main__":
    main()
