"""Who gets electricity where: consumers, connections, the meters on the wall, and visits at the door."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from meterocr.store.schema.base import metadata, of_connection, own_id, unique_while
from meterocr.store.types import Exact, Utc

consumers = Table(
    "consumers",
    metadata,
    Column("consumer_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("address", String, nullable=False),
)
connections = Table(
    "connections",
    metadata,
    Column("consumer_number", String, primary_key=True),
    Column("consumer_id", ForeignKey("consumers.consumer_id"), nullable=False, index=True),
    Column("category", String, nullable=False),
    Column("area", String, nullable=False),
    Column("book", String, nullable=False),
    Column("load_kw", Exact, nullable=False),
    Column("phase", String, nullable=False),
    Index("ix_connections_book_consumer_number", "book", "consumer_number"),
)
meters = Table(
    "meters",
    metadata,
    Column("serial_number", String, primary_key=True),
    Column("phase", String, nullable=False),
)
registers = Table(
    "registers",
    metadata,
    Column("serial_number", ForeignKey("meters.serial_number"), primary_key=True),
    Column("quantity", String, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("digits", Integer, nullable=False),
    Column("decimals", Integer, nullable=False),
    Column("multiplying_factor", Exact, nullable=False),
)
installations = Table(
    "installations",
    metadata,
    own_id(),
    of_connection(),
    Column("serial_number", ForeignKey("meters.serial_number"), nullable=False),
    Column("installed_at", Utc, nullable=False),
    Column("removed_at", Utc),
    UniqueConstraint("serial_number", "installed_at"),
)
unique_while("uq_installations_one_meter", [installations.c.consumer_number], "removed_at IS NULL")
unique_while("uq_installations_one_place", [installations.c.serial_number], "removed_at IS NULL")
visits = Table(
    "visits",
    metadata,
    own_id(),
    of_connection(index=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("closes", Utc, nullable=False),
    Column("outcome", String),
    UniqueConstraint("consumer_number", "at"),
    Index("ix_visits_open", "closes", sqlite_where=text("outcome IS NULL"), postgresql_where=text("outcome IS NULL")),
)
