"""Who may come in, what was answered, and who did what."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from meterocr.store.schema.base import metadata, own_id
from meterocr.store.types import Utc

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("revoked_at", Utc),
)
login_codes = Table(
    "login_codes",
    metadata,
    own_id(),
    Column("phone", String, nullable=False),
    Column("code_hash", String, nullable=False),
    Column("sent_at", Utc, nullable=False),
    Column("expires", Utc, nullable=False),
    Column("wrong_codes", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
    Index("ix_login_codes_phone_sent_at", "phone", "sent_at"),
)
answers = Table(
    "answers",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Utc, nullable=False, index=True),
)
audit = Table(
    "audit",
    metadata,
    own_id(),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
)
