"""Photos that came in, what people said of them, and the readings that came of it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from meterocr.store.schema.base import metadata, of_connection, own_id, unique_while
from meterocr.store.types import Exact, Utc

submissions = Table(
    "submissions",
    metadata,
    own_id(),
    Column("key", String, nullable=False, unique=True),
    of_connection(),
    Column("sha256", String(64), nullable=False, index=True),
    Column("perceptual_hash", String(16), nullable=False),
    *(Column(f"band_{band}", Integer, nullable=False, index=True) for band in range(5)),
    Column("received", Utc, nullable=False),
    Column("capture", Text, nullable=False),
    Column("readout", Text, nullable=False),
    Column("verification", Text, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("text", String, nullable=False),
    Column("suggested", String, nullable=False),
    Column("waiting", Boolean, nullable=False),
)
Index("ix_submissions_consumer_number_id", submissions.c.consumer_number, submissions.c.id)
Index("ix_submissions_received", submissions.c.received)
Index("ix_submissions_waiting", submissions.c.id, sqlite_where=text("waiting"), postgresql_where=text("waiting"))
reviews = Table(
    "reviews",
    metadata,
    own_id(),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, unique=True),
    Column("decision", String, nullable=False),
    Column("value", Exact),
    Column("note", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
readings = Table(
    "readings",
    metadata,
    own_id(),
    of_connection(index=False),
    Column("serial_number", ForeignKey("meters.serial_number"), nullable=False),
    Column("quantity", String, nullable=False),
    Column("value", Exact, nullable=False),
    Column("at", Utc, nullable=False),
    Column("source", String, nullable=False),
    Column("standing", String, nullable=False),
    Column("visited", Boolean, nullable=False),
    Column("billed", Boolean, nullable=False),
    Column("submission_id", ForeignKey("submissions.id")),
    Column("withdrawn_at", Utc),
    Index("ix_readings_consumer_number_at", "consumer_number", "at"),
)
unique_while(
    "uq_readings_one_at_a_time",
    [readings.c.serial_number, readings.c.quantity, readings.c.at],
    "withdrawn_at IS NULL",
)
claims = Table(
    "claims",
    metadata,
    own_id(),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, unique=True),
    Column("text", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
second_readings = Table(
    "second_readings",
    metadata,
    own_id(),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, unique=True),
    Column("origin", String, nullable=False),
    Column("text", String, nullable=False),
    Column("agrees", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
