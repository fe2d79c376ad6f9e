"""The default way to a phone: what would be sent, written where a person can read it."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from typing import TextIO

from meterocr.workflow.messaging import Accepted, Channel, Message, masked


class Console:
    """A :class:`~meterocr.workflow.messaging.Messenger` that sends nothing. Never writes a whole phone number."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """``stream``: standard output where none is given."""
        self._stream = stream

    @property
    def channel(self) -> Channel:
        """The console."""
        return Channel.CONSOLE

    def send(self, message: Message) -> Accepted:
        """Write one message. The same message has the same message id."""
        way = "free-form" if message.free_form else "template"
        lines = [f"to {masked(message.to)}: {message.kind}, {message.language}, {way}, {message.key}", message.text]
        if message.document is not None:
            content = message.document.content
            digest = hashlib.sha256(content).hexdigest()
            lines.append(f"with {message.document.file_name}, {len(content)} bytes, SHA-256 {digest}")
        print(*map(_printable, lines), sep="\n  ", file=self._stream or sys.stdout)
        return Accepted(Channel.CONSOLE, f"console-{hashlib.sha256(message.key.encode()).hexdigest()[:16]}")


def _printable(text: str) -> str:
    """``text`` without control characters: a consumer's name must not be able to steer a terminal."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" else c for c in text)
