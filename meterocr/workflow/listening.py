"""What people send from their phones is worked on: photos become submissions, and everybody gets an answer.

Everything here may be done again after a kill: submissions, bills and answers have keys made of the message's id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from meterocr.billing.canonical import Json, plain
from meterocr.billing.restore import restore
from meterocr.errors import PhotoError, RefusedError
from meterocr.metering.verification import Verdict
from meterocr.workflow import intake
from meterocr.workflow.deliveries import STOP_WORDS, hear, record_status
from meterocr.workflow.inbox import Item, ItemKind, ItemState, NewItem
from meterocr.workflow.intake import Desk
from meterocr.workflow.messaging import WINDOW, Incoming, Photo, PhotoSource, StatusEvent
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.replies import Reply, language_of, reply
from meterocr.workflow.review import advice
from meterocr.workflow.taking import WANTED, Taken, take_in
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.wording import Language, MessageKind


@dataclass(frozen=True, slots=True)
class Listener:
    """What messages that came in are worked on with.

    Attributes:
        source: where their photos are fetched.
        language: of those who wrote in none yet.
    """

    desk: Desk
    source: PhotoSource
    rating: Rating
    language: Language


def items_of(statuses: Sequence[StatusEvent], incoming: Sequence[Incoming]) -> Iterator[NewItem]:
    """What a channel reports, as rows of the inbox. A message that came before has the same key.

    That of a status stays for good, and is of nobody: a message's id, which has the phone in it, is in it as a digest.
    """
    for event in statuses:
        key = f"{event.status}:{event.at.isoformat()}:{_digest(event.message_id)}"
        yield NewItem(key, ItemKind.STATUS, "", None, plain(event))
    for message in incoming:
        text = message.text.encode(errors="replace").decode()
        payload = plain(replace(message, text=text))
        yield NewItem(message.message_id, ItemKind.MESSAGE, message.sender, language_of(text), payload)


def work_on(listener: Listener, item: Item, act: Act) -> None:
    """Do what an item of the inbox asks for, and settle it.

    Raises:
        DeliveryError: its photo cannot be fetched now.
        MeterOcrError: something of ours is missing, such as a rate; nothing was lost.
    """
    store = listener.desk.store
    if item.new.kind is ItemKind.STATUS:
        with store.write() as uow:
            record_status(uow, restore(StatusEvent, item.new.payload), act.at)
            uow.inbox.settle(item.id, ItemState.DONE)
        return
    message = restore(Incoming, item.new.payload)
    with store.write() as uow:
        talk = _Talk(listener, item, message, _language(uow, listener, item), act)
        hear(uow, message, act)
        found = talk.begin(uow)
    if found is not None:
        talk.take(*found)


def give_up(listener: Listener, item: Item, act: Act) -> None:
    """An item could not be worked on, however often it was tried: who sent it is told."""
    with listener.desk.store.write() as uow:
        if item.new.kind is ItemKind.MESSAGE:
            message = restore(Incoming, item.new.payload)
            talk = _Talk(listener, item, message, _language(uow, listener, item), act)
            talk.answer(uow, Reply.TROUBLE)
        uow.inbox.settle(item.id, ItemState.FAILED)


@dataclass(frozen=True, slots=True)
class _Talk:
    """One message and who sent it."""

    listener: Listener
    item: Item
    message: Incoming
    language: Language
    act: Act

    def begin(self, uow: UnitOfWork) -> tuple[Item, Photo, str] | None:
        """A photo that is to be taken in now, of which item, and for which connection; otherwise all is settled."""
        if self.message.photo is None and self.message.text.strip().casefold() in STOP_WORDS:
            uow.inbox.settle(self.item.id, ItemState.DONE)  # no word more
            return None
        connections = uow.phones.connections(self.message.sender)
        before = uow.inbox.asked(self.message.sender)
        item = self.item if self.message.photo is not None else before
        if not connections or item is None:
            self.answer(uow, Reply.HELP if connections else Reply.UNKNOWN)
            uow.inbox.settle(self.item.id, ItemState.DONE)
            return None
        number = connections[0] if len(connections) == 1 else _chosen(self.message.text, connections)
        photo = self.message.photo or restore(Incoming, item.new.payload).photo
        if number and photo is not None:
            return item, photo, number
        if before is not None and item is not before:
            uow.inbox.settle(before.id, ItemState.DONE)  # the later photo counts
        self.answer(uow, Reply.WHICH, ", ".join(connections))
        uow.inbox.settle(self.item.id, ItemState.ASKED if item is self.item else ItemState.DONE)
        return None

    def take(self, item: Item, photo: Photo, number: str) -> None:
        """Fetch a photo, take it in, and answer."""
        listener = self.listener
        taken: Taken | None = None
        try:
            content = listener.source.fetch(photo)
            at = min(restore(Incoming, item.new.payload).at, self.act.at)  # of the photo, not of what names its meter
            key = f"{intake.FROM_WHATSAPP}{item.new.key}"
            incoming = intake.Incoming(key, number, content, at - WANTED, at, received=at)
            taken = take_in(listener.desk, incoming, listener.rating, self.act)
        except (PhotoError, RefusedError):
            pass
        with listener.desk.store.write() as uow:
            self._tell(uow, taken)
            for each in {item.id, self.item.id}:
                uow.inbox.settle(each, ItemState.DONE)

    def _tell(self, uow: UnitOfWork, taken: Taken | None) -> None:
        if taken is None:
            self.answer(uow, Reply.NO_PHOTO)
        elif taken.stored.submission.verdict is Verdict.REVIEW:
            self.answer(uow, Reply.LOOKED_AT)
        elif taken.stored.submission.verdict is Verdict.RETAKE:
            self._advise(uow, taken)
        elif taken.bill is None:  # a bill has a message of its own
            self.answer(uow, Reply.NOTED, taken.stored.submission.text)

    def _advise(self, uow: UnitOfWork, taken: Taken) -> None:
        """One reason, with the photo marked."""
        made = taken.stored.submission
        reasons: Json = {language: list(sentences[:1]) for language, sentences in advice(made).items()}
        payload: Json = {"reasons": reasons, "submission": taken.stored.id, "language": self.language.value}
        self._send(uow, f"retake:{taken.stored.id}", MessageKind.RETAKE, made.consumer_number, payload)

    def answer(self, uow: UnitOfWork, which: Reply, text: str = "") -> None:
        """Put an answer into the outbox, once."""
        payload: Json = {"answer": reply(which, self.language, text), "language": self.language.value}
        key = f"answer:{_digest(self.message.message_id)}"
        self._send(uow, key, MessageKind.ANSWER, "", payload)

    def _send(self, uow: UnitOfWork, key: str, kind: MessageKind, number: str, payload: Json) -> None:
        expires = self.message.at + WINDOW
        uow.outbox.add([OutboxRow(key, kind, self.message.sender, number, payload, expires=expires)], self.act.at)


def _digest(message_id: str) -> str:
    return hashlib.sha256(message_id.encode()).hexdigest()[:32]


def _language(uow: UnitOfWork, listener: Listener, item: Item) -> Language:
    return item.new.language or uow.inbox.language(item.new.sender) or listener.language


def _chosen(text: str, connections: Sequence[str]) -> str:
    """The connection that a text names, as such or by its last digits; empty where it names none, or several."""
    words = {word.upper() for word in re.findall(r"[A-Za-z0-9._-]+", text)}
    found = [number for number in connections if number.upper() in words]
    found = found or [n for n in connections if any(len(w) >= _ENOUGH and n.upper().endswith(w) for w in words)]
    return found[0] if len(found) == 1 else ""


_ENOUGH = 3  # last characters of a number
