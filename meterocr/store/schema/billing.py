"""Bills, what was made of them since, and the runs that issue them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, String, Table, Text, UniqueConstraint

from meterocr.store.schema.base import metadata, of_connection, own_id
from meterocr.store.types import Exact, Utc

tariffs = Table(
    "tariffs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)
bills = Table(
    "bills",
    metadata,
    own_id(),
    Column("number", String, nullable=False, unique=True),
    of_connection(),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("units", Exact, nullable=False),
    Column("current_paise", BigInteger, nullable=False),
    Column("total_paise", BigInteger, nullable=False),
    Column("tariff", ForeignKey("tariffs.digest"), nullable=False),
    Column("issued_on", Date, nullable=False, index=True),
    Column("due_on", Date, nullable=False),
    Column("content", Text, nullable=False),
    Column("submissions", Text, nullable=False),
    Column("head", String(64), nullable=False),
)
bill_events = Table(
    "bill_events",
    metadata,
    own_id(),
    Column("number", ForeignKey("bills.number"), nullable=False),
    Column("state", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("note", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("number", "state"),
)
live_bills = Table(
    "live_bills",
    metadata,
    Column("number", ForeignKey("bills.number"), primary_key=True),
    of_connection(index=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("closing", ForeignKey("readings.id"), nullable=False, index=True),
    Column("paid", Boolean, nullable=False),
    Column("received_paise", BigInteger, nullable=False, server_default="0"),
    Column("replaced_by", ForeignKey("bills.number"), index=True),
    UniqueConstraint("consumer_number", "period_start", "period_end", "provisional"),
)
payments = Table(
    "payments",
    metadata,
    own_id(),
    Column("number", ForeignKey("bills.number"), nullable=False),
    Column("reference", String, nullable=False),
    Column("amount_paise", BigInteger, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("number", "reference"),
)
entries = Table(
    "entries",
    metadata,
    own_id(),
    Column("key", String, nullable=False, unique=True),
    of_connection(),
    Column("kind", String, nullable=False),
    Column("bill", ForeignKey("bills.number"), index=True),
    Column("amount_paise", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
entry_uses = Table(
    "entry_uses",
    metadata,
    Column("entry_id", ForeignKey("entries.id"), primary_key=True),
    Column("number", ForeignKey("bills.number"), nullable=False, index=True),
)
sequences = Table(
    "sequences",
    metadata,
    Column("name", String, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
runs = Table(
    "runs",
    metadata,
    Column("name", String, primary_key=True),
    Column("book", String, nullable=False),
    Column("until", Date, nullable=False),
    Column("after", String, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("total_paise", BigInteger, nullable=False),
    Column("done", Boolean, nullable=False),
)
refusals = Table(
    "refusals",
    metadata,
    Column("run", ForeignKey("runs.name"), primary_key=True),
    Column("consumer_number", ForeignKey("connections.consumer_number"), primary_key=True),
    Column("reason", String, nullable=False),
)
