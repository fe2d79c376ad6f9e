"""What people send from their phones is worked on: photos become submissions, and everybody gets an answer.

Everything here may be done again after a kill: submissions, bills and answers have keys made of the message's id.

Who has several connections is asked of which one a photo is; of several photos, one after the other in the order in
which they were sent. The answer is written to the photo, which is then worked on as if it had come with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from meterocr.billing.canonical import Json, plain
from meterocr.billing.restore import restore
from meterocr.errors import PhotoError, RefusedError
from meterocr.metering.consumption import IST
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
    message = _message(item)
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
            talk = _Talk(listener, item, _message(item), _language(uow, listener, item), act)
            talk.answer(uow, Reply.TROUBLE)
            uow.inbox.settle(item.id, ItemState.FAILED)
            talk.ask_next(uow)
        else:
            uow.inbox.settle(item.id, ItemState.FAILED)


@dataclass(frozen=True, slots=True)
class _Talk:
    """One message and who sent it."""

    listener: Listener
    item: Item
    message: Incoming
    language: Language
    act: Act

    def begin(self, uow: UnitOfWork) -> tuple[Photo, str] | None:
        """A photo that is to be taken in now, and for which connection; otherwise all is settled."""
        if self.message.photo is None and self.message.text.strip().casefold() in STOP_WORDS:
            uow.inbox.settle(self.item.id, ItemState.DONE)  # no word more
            return None
        connections = uow.phones.connections(self.message.sender)
        asked = self._asked(uow)
        if not connections or (self.message.photo is None and not asked):
            self.answer(uow, Reply.HELP if connections else Reply.UNKNOWN)
            uow.inbox.settle(self.item.id, ItemState.DONE)
            return None
        number = connections[0] if len(connections) == 1 else _chosen(self.message.text, connections)
        if self.message.photo is None:
            self._name(uow, asked, number)
        elif number:
            return self.message.photo, number
        else:
            uow.inbox.settle(self.item.id, ItemState.ASKED)
            self._ask(uow, Reply.WHICH_FIRST if asked else Reply.WHICH)
        return None

    def _name(self, uow: UnitOfWork, asked: Sequence[Item], number: str) -> None:
        """A text names the connection of a photo, or does not."""
        uow.inbox.settle(self.item.id, ItemState.DONE)
        item = self._meant(uow, asked) if number else None
        if item is None:
            self._ask(uow, Reply.WHICH_FIRST if len(asked) > 1 else Reply.WHICH)
        else:
            uow.inbox.resume(item.id, plain(replace(_message(item), text=number)), self.act.at)

    def _meant(self, uow: UnitOfWork, asked: Sequence[Item]) -> Item | None:
        """The photo that a text is a reply to, itself or our question; of a text that is no reply, the first one.

        ``None`` where it is a reply to something else, such as the question about a photo that is dealt with.
        """
        if not self.message.reply_to:
            return asked[0]
        key = self.message.reply_to
        ours = uow.outbox.find("", key)
        if ours is not None and isinstance(ours[0].row.payload, dict):
            key = str(ours[0].row.payload.get("photo", ""))
        return next((item for item in asked if item.new.key == key), None)

    def _asked(self, uow: UnitOfWork) -> list[Item]:
        """The sender's photos that wait for a connection, in the order in which they were sent.

        Too old ones do not any more: an answer that comes later is meant for something else.
        """
        found = sorted(uow.inbox.asked(self.message.sender), key=lambda item: (_message(item).at, item.id))
        old = [item for item in found if self.act.at - _message(item).at > WANTED]
        for item in old:
            uow.inbox.settle(item.id, ItemState.DONE)
        return found[len(old) :]

    def ask_next(self, uow: UnitOfWork) -> None:
        """Where another photo of the sender waits for a connection, ask for it."""
        self._ask(uow, Reply.WHICH_NEXT)

    def _ask(self, uow: UnitOfWork, which: Reply) -> None:
        """For which connection the first photo is that waits, if one does."""
        asked, connections = self._asked(uow), uow.phones.connections(self.message.sender)
        if not asked or not connections:
            return
        when = f"{_message(asked[0]).at.astimezone(IST):%d-%m-%Y, %H:%M}"
        told = reply(which, self.language, ", ".join(connections[:_LISTED]), when=when)
        if len(connections) > _LISTED:
            told = f"{told} {reply(Reply.OTHERS, self.language, str(len(connections) - _LISTED))}"
        photo = asked[0].new.key
        payload: Json = {"answer": told, "language": self.language.value, "photo": photo}
        self._send(uow, self._key(f":{which}:{photo}"), MessageKind.ANSWER, "", payload)

    def take(self, photo: Photo, number: str) -> None:
        """Fetch the photo, take it in, and answer."""
        listener = self.listener
        taken: Taken | None = None
        try:
            content = listener.source.fetch(photo)
            at = min(self.message.at, self.act.at)
            key = f"{intake.FROM_WHATSAPP}{self.item.new.key}"
            incoming = intake.Incoming(key, number, content, at - WANTED, at, received=at)
            taken = take_in(listener.desk, incoming, listener.rating, self.act)
        except (PhotoError, RefusedError):
            pass
        with listener.desk.store.write() as uow:
            self._tell(uow, taken)
            uow.inbox.settle(self.item.id, ItemState.DONE)
            self.ask_next(uow)

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
        self._send(uow, self._key(), MessageKind.ANSWER, "", payload)

    def _key(self, question: str = "") -> str:
        """Of the answer to a message, or of a question that is asked on the occasion of it."""
        return f"answer:{_digest(self.message.message_id + question)}"

    def _send(self, uow: UnitOfWork, key: str, kind: MessageKind, number: str, payload: Json) -> None:
        sender, at = self.message.sender, self.message.at
        at = max(at, uow.phones.last_heard([sender]).get(sender, at))  # a photo may have waited for its connection
        uow.outbox.add([OutboxRow(key, kind, sender, number, payload, expires=at + WINDOW)], self.act.at)


def _message(item: Item) -> Incoming:
    """What came in; before there were replies, rows had no such field."""
    payload = item.new.payload
    return restore(Incoming, {"reply_to": "", **payload} if isinstance(payload, dict) else payload)


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
_LISTED = 20  # connections in a question: a message may have 4,096 characters
