"""Phones of connections, and the codes that are sent to phones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from meterocr.billing.account import PhoneRegistration

OPT_OUT = "opt_out"
"""Why a phone gets nothing any more, where its holder asked for that."""


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """A phone of a connection. With a ``code_hash`` it waits for its one-time code, until ``code_expires``."""

    registration: PhoneRegistration
    code_hash: str = ""
    code_expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """A one-time code that was sent to a phone so that its holder can log in."""

    phone: str = field(repr=False)
    code_hash: str = field(repr=False)
    sent_at: datetime
    expires: datetime
