"""Phones, and what goes to them and comes from them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from meterocr.store.schema.base import metadata, of_connection, own_id, unique_while
from meterocr.store.types import Utc

phones = Table(
    "phones",
    metadata,
    own_id(),
    of_connection(),
    Column("phone", String, nullable=False, index=True),
    Column("consented_at", Utc, nullable=False),
    Column("registered_by", String, nullable=False),
    Column("how", String, nullable=False),
    Column("code_hash", String, nullable=False),
    Column("code_expires", Utc),
    Column("wrong_codes", Integer, nullable=False),
    Column("live_since", Utc),
    Column("ended_at", Utc),
    Column("ended_why", String),
)
unique_while("uq_phones_one_live", [phones.c.consumer_number], "live_since IS NOT NULL AND ended_at IS NULL")
OPEN = text("state IN ('waiting', 'claimed')")  # word for word, or the index would not be used
outbox = Table(
    "outbox",
    metadata,
    own_id(),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("consumer_number", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", Utc),
    Column("urgency", Integer, nullable=False, server_default="2"),  # 0 goes first; see meterocr.workflow.outbox
    Column("state", String, nullable=False),
    Column("by_sms", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
)
Index("ix_outbox_open", outbox.c.urgency, outbox.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_outbox_open_recipient", outbox.c.recipient, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_outbox_open_consumer_number", outbox.c.consumer_number, sqlite_where=OPEN, postgresql_where=OPEN)
# One delivery for each bill and channel has no index of its own: the message about a bill has the one key bill:NUMBER,
# which is unique above, and an attempt may be claimed once. An index over key and channel could not let a message go
# again whose answer was lost, or that was throttled; that a channel which has it is not asked again, the state says.
deliveries = Table(
    "deliveries",
    metadata,
    own_id(),
    Column("key", ForeignKey("outbox.key"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("channel", String, nullable=False),
    Column("free_form", Boolean, nullable=False),
    Column("claimed_at", Utc, nullable=False),
    Column("message_id", String, nullable=False, index=True),
    Column("status", String, nullable=False),
    Column("since", Utc, nullable=False),
    Column("failure_kind", String),
    Column("failure_code", Integer),
    Column("failure_text", String),
    UniqueConstraint("key", "attempt"),
    Index("ix_deliveries_channel_claimed_at", "channel", "claimed_at"),
)
heard = Table(
    "heard",
    metadata,
    Column("phone", String, primary_key=True),
    Column("at", Utc, nullable=False),
)
INBOX_OPEN = text("state = 'waiting'")  # word for word, or the index would not be used
inbox = Table(
    "inbox",
    metadata,
    own_id(),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("sender", String, nullable=False, index=True),
    Column("language", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
)
Index("ix_inbox_waiting", inbox.c.not_before, sqlite_where=INBOX_OPEN, postgresql_where=INBOX_OPEN)
