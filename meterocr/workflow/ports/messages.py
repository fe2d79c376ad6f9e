"""Messages that go out and come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from meterocr.billing.canonical import Json
from meterocr.workflow.inbox import Item, ItemState, NewItem
from meterocr.workflow.messaging import Channel
from meterocr.workflow.outbox import Delivery, Entry, Handed, OutboxRow, OutboxState
from meterocr.workflow.wording import Language


class Outbox(Protocol):
    """Messages that are to be sent."""

    def add(self, rows: Iterable[OutboxRow], at: datetime) -> None:
        """New ones; a key that is there is left as it is."""

    def waiting(self, most: int) -> list[OutboxRow]:
        """Those that no channel has yet, oldest first."""

    def due(self, at: datetime, most: int, *, heard_since: datetime | None = None) -> list[Entry]:
        """Those that may be tried now, most urgent first and of those the oldest.

        Others are kept from them until the unit of work ends.
        With ``heard_since`` only those to phones from which somebody wrote after it.
        """

    def claim(self, tries: Sequence[tuple[Entry, Delivery]]) -> None:
        """Attempts that begin now, with their entries; the same attempt twice is a conflict."""

    def get(self, key: str, attempt: int) -> tuple[Entry, Delivery]:
        """An attempt with its entry; others are kept from both until the unit of work ends."""

    def find(self, key: str, message_id: str) -> tuple[Entry, Delivery] | None:
        """The attempt that a channel means: by its id, or the latest one of the key whose id is not known.

        Others are kept from it until the unit of work ends.
        """

    def save(self, entry: Entry, delivery: Delivery | None) -> None:
        """Where an entry, and an attempt, stands now."""

    def drop(self, *, key: str = "", recipient: str = "") -> int:
        """What is open under a key, or for a phone, is not to be sent any more; gives how many.

        Open is what waits, and what is on its way: that is not tried again.
        """

    def redirect(self, consumer_number: str, recipient: str) -> None:
        """What is open for a connection goes to another phone; one-time codes do not.

        What is on its way goes there only if it has to be tried again.
        """

    def handed(self, channel: Channel, since: datetime) -> Iterator[Handed]:
        """What was handed over, or may have been, since a time; oldest first."""

    def open_recipients(self) -> tuple[list[str], list[str]]:
        """To whom the open rows go, as :meth:`due`, one entry a row: on the main channel, and by SMS."""

    def next_try(self, *, lost: bool) -> datetime | None:
        """When the first of what waits may be tried; with ``lost``, also of what is on its way or was lost on it."""

    def about(self, consumer_number: str, most: int) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        """The latest rows about a connection with their attempts, newest first."""

    def of_state(
        self, state: OutboxState, most: int, *, consumer_number: str = ""
    ) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        """The latest rows that stand so, with their attempts, newest first; only those about a connection if given."""

    def entry(self, key: str) -> Entry | None:
        """The row of a key; others are kept from it until the unit of work ends."""

    def attempts(self, key: str) -> tuple[Delivery, ...]:
        """All attempts of a key, first one first."""

    def counts(self) -> Mapping[OutboxState, int]:
        """How many rows there are, by state; states that no row is in are left out."""


class Inbox(Protocol):
    """What came in from a channel."""

    def add(self, items: Iterable[NewItem], at: datetime) -> None:
        """What came in now; a key that is there is left as it is."""

    def claim(self, at: datetime) -> Item | None:
        """The oldest one that may be taken up; nobody else gets it for a while."""

    def put_off(self, item_id: int, until: datetime, attempts: int) -> None:
        """It is taken up again from then on, with so many attempts counted."""

    def settle(self, item_id: int, state: ItemState) -> None:
        """Where it stands now. Of what is over, only its key and sender are kept."""

    def asked(self, sender: str) -> list[Item]:
        """The photos whose sender is asked for which connection they are; others are kept from them."""

    def resume(self, item_id: int, payload: Json, at: datetime) -> None:
        """It is worked on anew, with what is known of it by now."""

    def language(self, sender: str) -> Language | None:
        """In which somebody wrote last."""
