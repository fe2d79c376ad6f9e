"""What use cases need from the outside, as Protocols: the store fulfils them, and tests may with fakes.

Everything within one :class:`UnitOfWork` is kept together or not at all. All methods may raise
:class:`~meterocr.errors.StoreError`; what is looked up by name and is not there is a
:class:`~meterocr.errors.NotFoundError`, and what is there already a :class:`~meterocr.errors.ConflictError`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from meterocr.workflow.ports.bills import Bills, Runs
from meterocr.workflow.ports.connections import Book, Readings, Visits
from meterocr.workflow.ports.messages import Inbox, Outbox
from meterocr.workflow.ports.office import Answers, Figures, Log
from meterocr.workflow.ports.people import Keys, Logins, Phones, Privacy
from meterocr.workflow.ports.photos import SecondReadings, Submissions


class UnitOfWork(Protocol):
    """One transaction with everything in it."""

    @property
    def book(self) -> Book: ...
    @property
    def readings(self) -> Readings: ...
    @property
    def submissions(self) -> Submissions: ...
    @property
    def bills(self) -> Bills: ...
    @property
    def phones(self) -> Phones: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def visits(self) -> Visits: ...
    @property
    def log(self) -> Log: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def second_readings(self) -> SecondReadings: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def privacy(self) -> Privacy: ...


class Store(Protocol):
    """Makes units of work."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Kept when the block ends, undone when it raises."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """One consistent view; nothing is kept."""
