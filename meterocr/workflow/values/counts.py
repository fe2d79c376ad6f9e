"""How far the office is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far an area is.

    Attributes:
        book: which area.
        connections: all of them.
        phones: connections with a live phone.
        billed, provisional: connections with an actual bill, and only a provisional one, issued since a day.
    """

    book: str
    connections: int
    phones: int
    billed: int
    provisional: int


@dataclass(frozen=True, slots=True)
class PhotoCount:
    """How many photos of a day (UTC) came to the same.

    Attributes:
        verdict: of the verification.
        kind: of the main display; empty where none was found.
        read: a whole reading came of it.
    """

    day: date
    verdict: str
    kind: str
    read: bool
    count: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits just now.

    Attributes:
        outbox_waiting: messages that no channel has yet.
        outbox_claimed: messages that are handed over just now, or whose answer was lost.
        inbox: what came in and was not worked on.
        reviews: photos that a person has to decide.
    """

    outbox_waiting: int
    outbox_claimed: int
    inbox: int
    reviews: int
