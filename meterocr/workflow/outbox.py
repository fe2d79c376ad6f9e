"""The outbox: what is to be sent, where it stands, and what became of every attempt to hand it over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from meterocr.billing.canonical import Json
from meterocr.workflow.messaging import Channel, Progress
from meterocr.workflow.wording import MessageKind


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """What is to be sent, once for each key; from it the :class:`~meterocr.workflow.messaging.Message` is composed.

    Attributes:
        key: 1 to 64 characters.
        recipient: E.164.
        consumer_number: of the connection that it is about.
        expires: when it is of no use any more, timezone-aware; ``None`` for never.
    """

    key: str
    kind: MessageKind
    recipient: str = field(repr=False)
    consumer_number: str
    payload: Json = field(repr=False)
    expires: datetime | None = None

    @property
    def urgency(self) -> int:
        """What goes first, the lowest: codes, which somebody sits and waits for; what expires; the rest, as bills."""
        if self.kind is MessageKind.ONE_TIME_CODE:
            return 0
        return 2 if self.expires is None else 1


class OutboxState(StrEnum):
    """Where a row of the outbox stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"  # it is handed over just now; or was, and nobody knows what came of it
    SENT = "sent"  # a channel has it
    FAILED = "failed"  # given up: a person has to look
    DROPPED = "dropped"  # not to be sent any more


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the outbox as it stands.

    Attributes:
        by_sms: the phone cannot be reached on the main channel.
        attempts: to hand it over, so far.
        not_before: when it may be tried (again); for a claimed one, when its outcome counts as lost.
    """

    row: OutboxRow
    state: OutboxState
    by_sms: bool
    attempts: int
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand a row over; with ``attempt`` counted from 1 it is there once.

    Attributes:
        free_form: it went within the recipient's own window, not as a template.
        message_id: the channel's; empty while it is not known.
    """

    key: str
    attempt: int
    channel: Channel
    free_form: bool
    message_id: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Handed:
    """Something that was handed over, or may have been: what pacing has to know after a restart."""

    recipient: str = field(repr=False)
    at: datetime
    free_form: bool
