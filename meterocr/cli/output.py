"""How results look: text for people, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from meterocr.issue import Issue
from meterocr.readout import Readout, unread

_COLUMNS = ("photo", "sha256", "text", "value", "confidence", "kind", "shows", "issues", "retake", "error")

T = TypeVar("T")


class Output(ABC):
    """Where results go, one at a time, as they come."""

    @abstractmethod
    def readout(self, readout: Readout) -> None:
        """One photo that was read."""

    @abstractmethod
    def error(self, name: str, message: str) -> None:
        """One photo that was not."""

    def drawn(self, path: Path) -> None:  # noqa: B027 - only people are told
        """Where the photo that was written last is drawn."""


class Screen:
    """Standard output and standard error, with a progress bar when somebody is there to see it."""

    def __init__(self, *, machine: bool) -> None:
        """``machine``: the results are for a program."""
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Names come from any file system, so no name may be unprintable; programs get UTF-8 on every system.
            sys.stdout.reconfigure(encoding="utf-8" if machine else None, errors="replace")
        self.out, self.err = Console(), Console(stderr=True)
        self._bar = self.err.is_terminal and not (machine and self.out.is_terminal)
        if self._bar and self.out.is_terminal:
            self.err = self.out  # one console, or results would tear the bar that is below them

    def say(self, line: Text) -> None:
        """One line of a result for people, however long."""
        self.out.print(line, soft_wrap=True)

    def complain(self, name: str, message: str) -> None:
        """Why a photo gave no result."""
        self.err.print(Text(f"{_printable(name)}: {_printable(message)}", "red"), soft_wrap=True)

    @contextmanager
    def bar(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar for ``total`` things; call what it gives with how many are done."""
        columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        shown = Progress(*columns, console=self.err, transient=True, redirect_stdout=False, disable=not self._bar)
        with shown:
            task = shown.add_task(what, total=max(total, 1))
            yield lambda done: shown.update(task, completed=done)

    @contextmanager
    def progress(self, photos: Sequence[T]) -> Iterator[Iterable[T]]:
        """The photos, to be gone through once; for more than one, with a bar and the time that is left."""
        bar = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.err,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not self._bar or len(photos) < 2,
        )
        with bar:
            yield bar.track(photos)


class TextOutput(Output):
    """A few lines a photo: the reading, each digit with its confidence, what to do about a doubtful photo."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def readout(self, readout: Readout) -> None:
        line = Text(f"{_printable(readout.photo)}: ")
        if readout.text:
            line.append(readout.text, "bold")
            line.append(f" {readout.shows.unit}".rstrip())
            line.append(f"  {_percent(readout.confidence)}  {readout.kind}", "dim")
        else:
            line.append("no reading", "bold yellow")
        self._screen.say(line)
        if readout.digits:
            digits = (f"{d.symbol} {_percent(d.confidence)}{' turning' * d.in_transition}" for d in readout.digits)
            self._screen.say(Text(f"  {', '.join(digits)}", "dim"))
        self._advise(readout.issues, "en")

    def drawn(self, path: Path) -> None:
        self._screen.say(Text(f"  drawn in {_printable(click.format_filename(path))}", "dim"))

    def error(self, name: str, message: str) -> None:
        self._screen.complain(name, message)

    def advice(self, name: str, issues: Sequence[Issue], language: str) -> None:
        """What to do about a photo, and nothing about what it shows."""
        self._screen.say(Text(f"{_printable(name)}: {' '.join(issues) or 'ok'}"))
        self._advise(issues, language)

    def _advise(self, issues: Sequence[Issue], language: str) -> None:
        for issue in issues:
            self._screen.say(Text(f"  {issue.advice(language)}", "yellow"))


class JsonOutput(Output):
    """One JSON object a line: :meth:`Readout.to_dict`, or ``{"schema", "photo", "error": {"code", "message"}}``."""

    def readout(self, readout: Readout) -> None:
        self._write(readout.to_dict())

    def error(self, name: str, message: str) -> None:
        self._write(unread(name, message))

    def _write(self, value: dict[str, object]) -> None:
        click.echo(json.dumps(value, ensure_ascii=False))


class CsvOutput(Output):
    """A header and one row a photo; ``issues`` have spaces between them, ``error`` is empty where there is none."""

    def __init__(self) -> None:
        self._write(dict(zip(_COLUMNS, _COLUMNS, strict=True)))

    def readout(self, readout: Readout) -> None:
        values = readout.to_dict()
        self._write(values | {"issues": " ".join(readout.issues), "retake": json.dumps(readout.retake)})

    def error(self, name: str, message: str) -> None:
        self._write({"photo": name, "error": message})

    def _write(self, values: dict[str, object]) -> None:
        row = io.StringIO()
        csv.DictWriter(row, _COLUMNS, extrasaction="ignore", lineterminator="\n").writerow(values)
        click.echo(row.getvalue(), nl=False)


def _percent(probability: float) -> str:
    """Rounded down: 100 % is said only of what is certain."""
    return f"{math.floor(probability * 1000) / 10:g} %"


def _printable(text: str) -> str:
    """``text`` without control characters: a file name must not be able to steer a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" else c for c in text)
