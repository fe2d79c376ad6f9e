"""Keys of programs that use the server: what each may do, and how one is told from a guess.

A key is ``mo_<id>_<secret>``. The id is no secret and stands in logs; of the secret, 256 random bits, only the
SHA-256 is kept, so a stolen database opens nothing, and there is nothing to guess that a slow hash would slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from meterocr.errors import ConflictError, NotFoundError
from meterocr.workflow.values.act import Act

if TYPE_CHECKING:
    from meterocr.workflow.ports import UnitOfWork

_FORM = re.compile(r"mo_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class Scope(StrEnum):
    """What a key may do. None of them contains another one: a key has all that it needs."""

    READ = "read"
    SUBMIT = "submit"
    VISIT = "visit"
    REVIEW = "review"
    BILL = "bill"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A key as it is kept.

    Attributes:
        name: for people: whose it is.
        scopes: sorted.
        secret_hash: SHA-256 of the secret, hex digest.
        revoked_at: ``None`` while it opens something.
    """

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    secret_hash: str = field(repr=False)
    made_at: datetime
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError(f"expected whose key it is, got {self.name!r}")
        if not self.scopes:
            raise ValueError(f"expected at least one scope of {', '.join(Scope)}, got none")


def make_key(uow: UnitOfWork, name: str, scopes: Iterable[Scope], act: Act) -> tuple[str, KeyEntry]:
    """A new key, and how it is kept. The key itself cannot be had again."""
    key_id, secret = secrets.token_hex(6), secrets.token_hex(32)
    entry = KeyEntry(key_id, name, tuple(sorted(set(scopes))), _hashed(secret), act.at)
    uow.keys.add(entry)
    uow.log.write(act, "key_created", key_id, {"name": name, "scopes": [*entry.scopes]})
    return f"mo_{key_id}_{secret}", entry


def known_key(uow: UnitOfWork, key: str) -> KeyEntry | None:
    """The entry of a key that opens something, or ``None``: wrong, revoked and made-up ones are all the same."""
    form = _FORM.fullmatch(key)
    entry = uow.keys.find(form[1]) if form else None
    if form is None or entry is None or not hmac.compare_digest(_hashed(form[2]), entry.secret_hash):
        return None
    return entry if entry.revoked_at is None else None


def revoke_key(uow: UnitOfWork, key_id: str, act: Act) -> None:
    """From now on a key opens nothing any more.

    Raises:
        NotFoundError: there is no such key.
        ConflictError: it was revoked before.
    """
    entry = uow.keys.find(key_id)
    if entry is None:
        raise NotFoundError(f"expected the id of a key, as `meterocr key list` shows it, got {key_id!r}")
    if entry.revoked_at is not None:
        raise ConflictError(f"expected a key that opens something, got {key_id}, revoked {entry.revoked_at:%Y-%m-%d}")
    uow.keys.revoke(key_id, act.at)
    uow.log.write(act, "key_revoked", key_id)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
