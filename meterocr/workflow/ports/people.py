"""Phones of people, how people and programs come in, and what can be erased of a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from meterocr.workflow.keys import KeyEntry
from meterocr.workflow.values.phones import Login, PhoneEntry


class Phones(Protocol):
    """Phones of connections."""

    def add(self, entry: PhoneEntry) -> int:
        """A registration; without a code it is live at once, in place of the one before."""

    def pending(self, consumer_number: str) -> tuple[int, PhoneEntry] | None:
        """The latest registration that waits for its code."""

    def tried(self, phone_id: int) -> int:
        """Count a wrong code; gives how many there were."""

    def confirm(self, phone_id: int, at: datetime) -> None:
        """The code was right: live, in place of the one before."""

    def end(self, phone: str, at: datetime, why: str) -> list[str]:
        """Opt-out: a phone gets nothing any more. Gives the connections it had."""

    def live(self, consumer_number: str) -> PhoneEntry | None:
        """Where bills go."""

    def last_word(self, consumer_number: str, phone: str) -> datetime | None:
        """Since when bills of the connection go where they go, or the phone wants none, whichever is later."""

    def heard(self, phone: str, at: datetime | None) -> None:
        """When somebody last wrote from a phone; an earlier time changes nothing, and ``None`` forgets it."""

    def last_heard(self, phones: Iterable[str]) -> Mapping[str, datetime]:
        """When somebody last wrote; phones that never did are left out."""

    def connections(self, phone: str) -> list[str]:
        """Consumer numbers whose bills go to this phone, sorted."""

    def coverage(self) -> list[tuple[str, int, int]]:
        """By book: connections, and how many of them have a live phone."""


class Logins(Protocol):
    """One-time codes by which people log in."""

    def add(self, login: Login) -> int:
        """A code that is sent now; gives its id."""

    def latest(self, phone: str) -> tuple[int, Login] | None:
        """The last code that was sent to a phone and not used."""

    def count(self, phone: str, since: datetime) -> int:
        """How many codes were sent to a phone."""

    def tried(self, login_id: int) -> int:
        """Count a wrong code; gives how many there were."""

    def use(self, login_id: int) -> None:
        """The code was right, and opens nothing any more."""


class Keys(Protocol):
    """Keys of programs that use the server."""

    def add(self, entry: KeyEntry) -> None:
        """A new one."""

    def find(self, key_id: str) -> KeyEntry | None:
        """By id, revoked ones too."""

    def all(self) -> list[KeyEntry]:
        """All of them, oldest first."""

    def revoke(self, key_id: str, at: datetime) -> None:
        """It opens nothing any more."""


class Privacy(Protocol):
    """What can be erased of a person."""

    def loose_photos(self, consumer_id: str) -> list[str]:
        """Digests of a consumer's photos from which nothing was or will be billed."""

    def erase(self, consumer_id: str) -> None:
        """Name, address, phones, messages and answers about a consumer; what will not be billed, waits no more."""
