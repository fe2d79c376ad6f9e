"""Messages and ways to send them, for the tests of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from meterocr.errors import DeliveryError
from meterocr.workflow.messaging import Accepted, Channel, Message
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.pacing import Limits
from meterocr.workflow.ports import Store
from meterocr.workflow.sending import LONGEST_WAIT_S, Clock, PostOffice, Route
from meterocr.workflow.wording import Language, MessageKind

NOW = datetime(2024, 9, 1, 9, tzinfo=UTC)
WIDE = Limits(1000, timedelta(), None)


def phone_of(number: int) -> str:
    return f"+9198{number:08}"


def rows(count: int) -> Iterator[OutboxRow]:
    """Requests for photos, each to a phone of its own."""
    for number in range(count):
        yield OutboxRow(f"k-{number}", MessageKind.PHOTO_REQUEST, phone_of(number), f"C-{number}", {})


def put_rows(store: Store, given: Iterable[OutboxRow], at: datetime = NOW) -> None:
    with store.write() as uow:
        uow.outbox.add(given, at)


def compose(row: OutboxRow) -> Message:
    parameters = ("N", row.consumer_number, "soon") if row.kind is MessageKind.PHOTO_REQUEST else ("123456",)
    return Message(row.key, row.recipient, Language.EN, row.kind, parameters)


@dataclass
class Hands:
    """A messenger whose answers are given by key; without one, it takes everything."""

    channel: Channel = Channel.WHATSAPP
    answers: dict[str, list[DeliveryError]] = field(default_factory=dict)
    always: Callable[[Message], DeliveryError | None] = lambda _message: None
    mark: str = ""  # at the end of message ids
    sent: list[Message] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)

    def send(self, message: Message) -> Accepted:
        self.tried.append(message.key)
        waiting = self.answers.get(message.key)
        refused = waiting.pop(0) if waiting else self.always(message)
        if refused is not None:
            raise refused
        self.sent.append(message)
        return Accepted(self.channel, f"{self.channel}-{message.key}{self.mark}")


@dataclass
class Moved:
    """A clock that moves when somebody waits, and a little with every look; a long wait takes ``long_s`` if given."""

    time: datetime = NOW
    long_s: float = 0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)

    def now(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=max(seconds, self.long_s) if seconds == LONGEST_WAIT_S else seconds)


def office(store: Store, main: Hands, sms: Hands | None = None, *, limits: Limits = WIDE, moved: Moved) -> PostOffice:
    other = Route(sms or Hands(Channel.SMS), WIDE)
    return PostOffice(store, compose, Route(main, limits), other, at_once=4, clock=moved.clock())
