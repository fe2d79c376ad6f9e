"""The inbox: what came in from a channel, a row before anything is done with it, and once however often it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from meterocr.billing.canonical import Json
from meterocr.workflow.wording import Language

MOST_ATTEMPTS = 8
CLAIM = timedelta(minutes=5)
"""How long one process has for an item before another one takes it up."""


class ItemKind(StrEnum):
    """What came in."""

    MESSAGE = "message"
    STATUS = "status"


class ItemState(StrEnum):
    """Where an item stands."""

    WAITING = "waiting"
    ASKED = "asked"  # a photo whose sender was asked for which connection it is
    DONE = "done"
    FAILED = "failed"  # given up


@dataclass(frozen=True, slots=True)
class NewItem:
    """Something that came in.

    Attributes:
        key: the channel's own name for it.
        sender: E.164; empty for a status.
        language: in which it was written; ``None`` where that cannot be told.
        payload: a :class:`~meterocr.workflow.messaging.Incoming` or ``StatusEvent``, as JSON-ready values.
    """

    key: str
    kind: ItemKind
    sender: str = field(repr=False)
    language: Language | None
    payload: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Item:
    """The same with its place in the store, and how often it was taken up."""

    id: int
    new: NewItem
    attempts: int
