"""The port to people's phones: what goes out, what comes back, and the ledger of what became of it.

Who sends must expect that a status comes twice, late, or before an earlier one: :func:`advance` takes care of it. An
answer can get lost too (:class:`~meterocr.errors.UncertainError`): a message carries its own :attr:`Message.key`, and
its statuses bring the key back, so that it is not sent twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from meterocr.billing.account import E164, masked
from meterocr.workflow.wording import FIELDS, Language, MessageKind, wording

MAX_DOCUMENT_BYTES = 16 * 2**20  # far above any bill; what a phone on a slow network can still load
MAX_PICTURE_BYTES = 5 * 2**20  # where WhatsApp stops
WINDOW = timedelta(hours=24)  # in which a person who wrote may be answered freely

_FILE_NAME = re.compile(r"[\w.\- ]{1,100}")


class Channel(StrEnum):
    """Which way a message goes."""

    CONSOLE = "console"
    WHATSAPP = "whatsapp"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF that goes with a message: a plain file name, and 1 byte to :data:`MAX_DOCUMENT_BYTES`."""

    file_name: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.file_name):
            raise ValueError(f"expected a plain file name of at most 100 characters, got {self.file_name!r}")
        if not self.content.startswith(b"%PDF-") or len(self.content) > MAX_DOCUMENT_BYTES:
            raise ValueError(
                f"expected a PDF of at most {MAX_DOCUMENT_BYTES} bytes, "
                f"got {len(self.content)} bytes that start with {self.content[:5]!r}"
            )


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG that goes with a message: 1 byte to :data:`MAX_PICTURE_BYTES`."""

    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.content.startswith(b"\xff\xd8\xff") or len(self.content) > MAX_PICTURE_BYTES:
            raise ValueError(
                f"expected a JPEG of at most {MAX_PICTURE_BYTES} bytes, "
                f"got {len(self.content)} bytes that start with {self.content[:3]!r}"
            )


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one phone.

    Attributes:
        key: of the outbox, 1 to 64 characters; the same for every attempt. Statuses bring it back.
        to: the phone, E.164.
        parameters: the texts for :data:`~meterocr.workflow.wording.FIELDS` of ``kind``, in their order.
        document: what a bill comes with; other kinds have none.
        picture: what a free-form retake comes with, where there is one; a template leaves it out.
        free_form: an answer within :data:`WINDOW` of the recipient's last message, which needs no template.
    """

    key: str
    to: str = field(repr=False)
    language: Language
    kind: MessageKind
    parameters: tuple[str, ...] = field(repr=False)
    document: Document | None = None
    picture: Picture | None = None
    free_form: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= 64:
            raise ValueError(f"expected a key of 1 to 64 characters, got {self.key!r}")
        if not E164.fullmatch(self.to):
            raise ValueError(f"expected a phone number in E.164 such as +919812345678, got {masked(self.to)}")
        expected = FIELDS[self.kind]
        if len(self.parameters) != len(expected) or not all(text.strip() for text in self.parameters):
            raise ValueError(
                f"expected texts for {', '.join(expected)} of a {self.kind} message, "
                f"got {len(self.parameters)} with {sum(not text.strip() for text in self.parameters)} empty"
            )
        if (self.document is not None) != (self.kind is MessageKind.BILL):
            raise ValueError(f"expected a document with a bill and only there, got {self.kind} and {self.document}")
        if self.picture is not None and self.kind is not MessageKind.RETAKE:
            raise ValueError(f"expected a picture with a retake and only there, got one with {self.kind}")
        if self.free_form and self.kind is MessageKind.ONE_TIME_CODE:
            raise ValueError("expected a one-time code to go as a template, got a free-form message")

    @property
    def text(self) -> str:
        """What the recipient reads."""
        return wording(self.kind, self.language, self.parameters)

    @property
    def short_text(self) -> str:
        """What the recipient reads where nothing can be attached, such as in an SMS."""
        return wording(self.kind, self.language, self.parameters, attached=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message was taken over: ``message_id`` is what the channel calls it from now on."""

    channel: Channel
    message_id: str


class Messenger(Protocol):
    """A way to a phone."""

    @property
    def channel(self) -> Channel:
        """Which way it is."""

    def send(self, message: Message) -> Accepted:
        """Hand over one message.

        Raises:
            DeliveryError: not handed over, or not known; the kind of error says what to do.
        """


class Status(StrEnum):
    """What is known of a message. A later one in this order is never taken back.

    Failed is below delivered: with several devices one may fail and another get it, and then it did arrive.
    """

    CLAIMED = "claimed"  # it is being handed over, or the answer was lost
    ACCEPTED = "accepted"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


class FailureKind(StrEnum):
    """What to do about a message that failed after it was accepted; as the errors of the same name."""

    NOT_REACHABLE = "not_reachable"
    WINDOW_CLOSED = "window_closed"
    THROTTLED = "throttled"
    CHANNEL_DOWN = "channel_down"
    CHANNEL_STOPPED = "channel_stopped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message failed: the channel's own code and words beside what to do."""

    kind: FailureKind
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """One report about a message.

    Attributes:
        message_id: as in :class:`Accepted`.
        key: of the message; empty where the channel does not bring it back.
        at: when it happened, timezone-aware.
        failure: with ``FAILED``, and only there.
    """

    message_id: str
    key: str
    status: Status
    at: datetime
    failure: Failure | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"expected a time with a timezone, got {self.at!r}")
        if (self.failure is not None) != (self.status is Status.FAILED):
            raise ValueError(f"expected a failure with failed and only there, got {self.status} and {self.failure}")


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a message: the last status, since when, and why it failed if it did."""

    status: Status
    since: datetime
    failure: Failure | None = None


_ORDER = {status: order for order, status in enumerate(Status)}


def advance(progress: Progress, event: StatusEvent) -> Progress:
    """``progress`` after ``event``: never back. In whatever order and however often events come, the end is the same.

    Of two reports of the same status the earlier time stays.
    """
    before, after = _ORDER[progress.status], _ORDER[event.status]
    if after > before or (after == before and event.at < progress.since):
        return Progress(event.status, event.at, event.failure)
    return progress


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that somebody sent: where to get it, and the SHA-256 (hex) it must have."""

    media_id: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in. It may come more than once: ``message_id`` tells.

    Attributes:
        sender: E.164.
        at: when it was sent, timezone-aware; opens :data:`WINDOW`.
        text: what was written, or the caption of the photo; empty for none.
        photo: ``None`` where it is no photo.
        reply_to: the ``message_id`` of the message, theirs or ours, that it was written as a reply to; empty for none.
    """

    message_id: str
    sender: str = field(repr=False)
    at: datetime
    text: str
    photo: Photo | None = None
    reply_to: str = ""


class PhotoSource(Protocol):
    """Where photos that came in are fetched."""

    def fetch(self, photo: Photo) -> bytes:
        """The photo's bytes, whose SHA-256 is right.

        Raises:
            DeliveryError: it could not be fetched, is too large, or is another one.
        """


def window_open(last_incoming: datetime | None, now: datetime) -> bool:
    """Whether a free-form message may still go; a minute is kept back for the way to the other side."""
    return last_incoming is not None and now < last_incoming + WINDOW - timedelta(minutes=1)
