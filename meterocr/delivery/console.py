"""The default way to a phone: what would be sent, written where a person can read it."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from typing import TextIO

from meterocr.billing.account import masked
from meterocr.workflow.messaging import Accepted, Channel, Message


class Console:
    """A :class:`~meterocr.workflow.messaging.Messenger` that sends nothing. Never writes a whole phone number."""

    def __init__(self, stream: TextIO | None = None, *, channel: Channel = Channel.CONSOLE) -> None:
        """``stream``: standard output where none is given. ``channel``: which one it stands for, such as SMS."""
        self._stream = stream
        self._channel = channel

    @property
    def channel(self) -> Channel:
        """The console, or what it stands for."""
        return self._channel

    def send(self, message: Message) -> Accepted:
        """Write one message. The same message has the same message id."""
        way = "free-form" if message.free_form else "template"
        if self._channel is Channel.SMS:
            lines = [f"SMS to {masked(message.to)}: {message.kind}, {message.language}, {message.key}"]
            lines.append(message.short_text)
        else:
            lines = [f"to {masked(message.to)}: {message.kind}, {message.language}, {way}, {message.key}", message.text]
        if message.document is not None and self._channel is not Channel.SMS:
            content = message.document.content
            digest = hashlib.sha256(content).hexdigest()
            lines.append(f"with {message.document.file_name}, {len(content)} bytes, SHA-256 {digest}")
        if message.picture is not None and message.free_form:
            lines.append(f"with a picture, {len(message.picture.content)} bytes")
        print(*map(_printable, lines), sep="\n  ", file=self._stream or sys.stdout)
        return Accepted(self._channel, f"{self._channel}-{hashlib.sha256(message.key.encode()).hexdigest()[:16]}")


def _printable(text: str) -> str:
    """``text`` without control characters: a consumer's name must not be able to steer a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" else c for c in text)
