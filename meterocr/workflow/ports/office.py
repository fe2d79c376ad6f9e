"""What the office knows of its own work: figures, who did what, and what was answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from meterocr.billing.canonical import Json
from meterocr.workflow.answers import Answer
from meterocr.workflow.values.act import Act, LogLine
from meterocr.workflow.values.counts import Backlog, PhotoCount


class Figures(Protocol):
    """Counts for the office's board."""

    def photos(self, since: datetime) -> list[PhotoCount]:
        """By day in UTC, verdict, kind of display and whether a whole reading came of it."""

    def models(self, since: datetime) -> list[tuple[str, int]]:
        """By the recogniser that read them: photos, most first."""

    def bills(self, since: date) -> tuple[int, int]:
        """Actual and provisional bills issued since a day."""

    def messages(self, since: datetime) -> list[tuple[str, str, int]]:
        """By kind, and by the last status of the last attempt (or the row's state where there was none): rows."""

    def backlog(self) -> Backlog:
        """What waits just now; asked for often, and so only what indexes tell."""


class Log(Protocol):
    """Who did what: append-only."""

    def write(self, act: Act, what: str, subject: str, detail: Json = None) -> None:
        """One line."""

    def about(self, subject: str, most: int) -> list[LogLine]:
        """The latest lines about a subject (empty: about anything), newest first."""


class Answers(Protocol):
    """What was answered to those who may ask again."""

    def begin(self, name: str, digest: str, at: datetime) -> Answer | None:
        """What was asked under this name before; ``None``, and it is begun now, where nothing was."""

    def keep(self, name: str, body: str) -> None:
        """What is answered from now on."""
