"""Who is at a page: a signed cookie, and the token that every form brings back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

COOKIE = "meterocr"
_FILE = "pages.key"
_BYTES = 32


class Kind(StrEnum):
    """Who somebody has shown to be."""

    NOBODY = "nobody"
    ASKED = "asked"  # a code was sent, perhaps
    CONSUMER = "consumer"
    STAFF = "staff"


LASTS = {
    Kind.NOBODY: timedelta(hours=12),
    Kind.ASKED: timedelta(minutes=15),
    Kind.CONSUMER: timedelta(days=30),
    Kind.STAFF: timedelta(hours=12),
}


@dataclass(frozen=True, slots=True)
class Session:
    """One person at one browser.

    Attributes:
        id: random; forms are bound to it.
        who: phone in E.164, or the id of the key that somebody of the staff logged in with; empty for nobody.
        expires: seconds since 1970.
    """

    id: str
    kind: Kind
    who: str = field(repr=False)
    expires: int


def begin(kind: Kind, who: str, now: datetime) -> Session:
    """A new session, so that no id from before a login is good after it."""
    return Session(secrets.token_urlsafe(16), kind, who, int((now + LASTS[kind]).timestamp()))


class Seal:
    """Signs and checks sessions. All processes of a server that share its home share its secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def close(self, session: Session) -> str:
        """The session as a cookie's value."""
        body = json.dumps([session.id, session.kind, session.who, session.expires], separators=(",", ":"))
        text = _text(body.encode())
        return f"{text}.{self._signature('session', text)}"

    def open(self, value: str, now: datetime) -> Session | None:
        """The session of a cookie's value; ``None`` for what was not signed here or is over."""
        text, _, signature = value.partition(".")
        if not hmac.compare_digest(self._signature("session", text).encode(), signature.encode()):
            return None
        id_, kind, who, expires = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return Session(id_, Kind(kind), who, expires) if now.timestamp() < expires else None

    def token(self, session: Session) -> str:
        """What every form of this session brings back: other sites cannot know it."""
        return self._signature("form", session.id)

    def _signature(self, use: str, text: str) -> str:
        return _text(hmac.digest(self._secret, f"{use}:{text}".encode(), hashlib.sha256))


def seal_of(home: Path) -> Seal:
    """The seal of a server whose files are in ``home``; its secret is made when it is first asked for.

    Where the file was removed or is another one, so is the seal, at once and in all processes.
    """
    path = home / _FILE
    try:
        found = path.stat()
    except FileNotFoundError:
        _make(path)
        found = path.stat()
    return _read(path, found.st_ino, found.st_mtime_ns)


def _make(path: Path) -> None:
    """A new secret, whole or not at all; of several processes the first one wins."""
    new = path.with_name(f".{_FILE}.{secrets.token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink()


@lru_cache(maxsize=8)
def _read(path: Path, *_which: int) -> Seal:
    return Seal(path.read_bytes())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
