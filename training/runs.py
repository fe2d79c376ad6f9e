"""What every training run writes and shows: progress with ETA, curves, the commit it ran from."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def progress_bar(name: str, total: int, *, done: int = 0) -> Iterator[Callable[[str], None]]:
    """A bar with ETA; the callable it gives moves it one step on and shows a note."""
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(force_jupyter=False)  # which would want ipywidgets
    note = TextColumn("{task.fields[note]}")
    with Progress(*columns, note, refresh_per_second=1, console=console) as progress:
        task = progress.add_task(name, total=total, completed=done, note="")
        yield lambda note: progress.update(task, advance=1, note=note)


def training_parser(description: str | None, *, data: Path) -> argparse.ArgumentParser:
    """The command line that all trainings have; ``data`` is the default of ``--data``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    parser.add_argument("--smoke", action="store_true", help="a minute's training on drawn photos, to see it work")
    return parser


def describe_run(run: Path, config: Mapping[str, object], data: str) -> None:
    """Write into the folder ``run`` what it is made from: config, the data's hash, the commit."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text(json.dumps(config, indent=1))
    (run / "origin.json").write_text(json.dumps({"data": data, "commit": git_commit()}))


def rate(config: Mapping[str, Any], step: int) -> float:
    """Warm-up, then a cosine to a fiftieth of the peak."""
    if step < config["warmup_steps"]:
        return (step + 1) / float(config["warmup_steps"])
    done = (step - config["warmup_steps"]) / max(1, config["steps"] - config["warmup_steps"])
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def git_commit() -> str:
    """Hash of the checkout's commit, or ``"unknown"`` outside of one."""
    out = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return out.stdout.strip() or "unknown"
