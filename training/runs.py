"""What every training run writes and shows: progress with ETA, curves, the commit it ran from."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def progress_bar(name: str, total: int, *, done: int = 0) -> Iterator[Callable[[str], None]]:
    """A bar with ETA; the callable it gives moves it one step on and shows a note."""
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[note]}"), refresh_per_second=1) as progress:
        task = progress.add_task(name, total=total, completed=done, note="")
        yield lambda note: progress.update(task, advance=1, note=note)


def start_run(run: Path, config: Path, data: str) -> None:
    """A fresh run folder with a copy of its config, the data's hash and the commit; an older log is removed."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "log.jsonl").unlink(missing_ok=True)
    shutil.copyfile(config, run / "config.toml")
    (run / "origin.json").write_text(json.dumps({"data": data, "commit": git_commit()}))


def git_commit() -> str:
    """Hash of the checkout's commit, or ``"unknown"`` outside of one."""
    out = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return out.stdout.strip() or "unknown"


def draw_curves(log: Path, path: Path) -> None:
    """Loss and val score over the steps of a run's JSON-lines log, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    figure, left = pyplot.subplots(figsize=(8, 4))
    left.plot([r["step"] for r in rows], [r["loss"] for r in rows], color="tab:red")
    left.set(xlabel="step", ylabel="loss", yscale="log")
    right = left.twinx()
    for name in rows[-1]["scores"]:
        right.plot([r["step"] for r in rows], [r["scores"].get(name, {}).get("whole") for r in rows], label=name)
    right.set(ylabel="whole readings right", ylim=(0, 1))
    right.legend(fontsize=6, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
