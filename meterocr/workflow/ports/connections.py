"""Connections with their meters, readings and visits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from meterocr.billing.account import Consumer, ServiceConnection
from meterocr.metering.history import History
from meterocr.metering.reading import Reading
from meterocr.readout import Quantity
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.readings import NewReading, StoredReading
from meterocr.workflow.values.visits import ClosedVisit, Door, PastVisit, Visit


class Book(Protocol):
    """Consumers, connections and meters."""

    def add_consumers(self, rows: Iterable[tuple[str, Consumer]]) -> None:
        """New consumers with their ids."""

    def add_connections(self, entries: Iterable[ConnectionEntry]) -> None:
        """New connections of known consumers."""

    def install(self, installations: Iterable[Installation]) -> None:
        """Hang up meters, new or taken down elsewhere; a connection has one at a time."""

    def remove(self, consumer_number: str, at: datetime) -> str:
        """Take the meter down that hangs there; gives its serial number."""

    def lock(self, consumer_numbers: Sequence[str]) -> None:
        """See to it that nobody else works on these connections until the unit of work ends."""

    def connection(self, consumer_number: str) -> ServiceConnection:
        """A connection with its consumer and the meter on the wall."""

    def count(self, book: str) -> int:
        """How many connections ``book`` (empty: all) has."""

    def doors(self, book: str, since: datetime) -> list[Door]:
        """The connections of a book with a meter, sorted; done: read, photographed or found locked since then."""

    def consumer(self, consumer_id: str) -> tuple[Consumer, list[str]]:
        """A consumer, and the numbers of their connections, sorted."""

    def numbers(self, book: str, after: str, most: int) -> list[str]:
        """Consumer numbers of ``book`` (empty: all) that follow ``after``, sorted."""


class Readings(Protocol):
    """Readings of connections."""

    def add(self, readings: Iterable[NewReading]) -> None:
        """New readings; one of a register at a time."""

    def trust(self, consumer_number: str, readings: Iterable[Reading]) -> None:
        """Quarantined readings are trusted from now on."""

    def withdraw(self, consumer_number: str, reading_id: int, at: datetime) -> None:
        """A reading that was wrong no longer counts; it stays to be seen. One that a live bill uses is refused."""

    def history(self, consumer_number: str, quantity: Quantity) -> History:
        """All readings of a connection that count, with its meters."""

    def of(self, consumer_number: str) -> list[StoredReading]:
        """The same with ids, of all quantities."""


class Visits(Protocol):
    """Visits at locked premises."""

    def add(self, visit: Visit, outcome: str = "") -> None:
        """A visit; one of a connection at a time. With an outcome nothing more is waited for."""

    def of(self, consumer_number: str, most: int) -> list[PastVisit]:
        """The latest visits of a connection, newest first."""

    def known(self, consumer_number: str, at: datetime) -> bool:
        """Whether there is a visit of this very time."""

    def closed(self, at: datetime, most: int, after: int = 0) -> list[ClosedVisit]:
        """Visits whose window closed at ``at`` or before and that have no outcome, from those after an id on."""

    def settle(self, visit_id: int, outcome: str) -> bool:
        """What came of a visit; says whether nobody had settled it yet."""
