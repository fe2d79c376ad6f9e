"""The tables. Natural keys where there are some; money in paise, decimals as text, times in UTC, JSON as text.

What is history is append-only, by trigger (see the migrations): ``APPEND_ONLY``. What changes as things go on, the
place where each connection stands, is in tables of its own that can be made anew from it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from meterocr.store.types import Exact, Utc

APPEND_ONLY = tuple("audit bill_events bills claims entries payments reviews second_readings tariffs".split())

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is an INTEGER


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True)


def _unique_while(name: str, table_columns: list[Column[str]], condition: str) -> Index:
    return Index(name, *table_columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


def _connection(*, index: bool = True) -> Column[str]:
    return Column("consumer_number", ForeignKey("connections.consumer_number"), nullable=False, index=index)


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
    _id(),
    _connection(),
    Column("serial_number", ForeignKey("meters.serial_number"), nullable=False),
    Column("installed_at", Utc, nullable=False),
    Column("removed_at", Utc),
    UniqueConstraint("serial_number", "installed_at"),
)
_unique_while("uq_installations_one_meter", [installations.c.consumer_number], "removed_at IS NULL")
_unique_while("uq_installations_one_place", [installations.c.serial_number], "removed_at IS NULL")

submissions = Table(
    "submissions",
    metadata,
    _id(),
    Column("key", String, nullable=False, unique=True),
    _connection(),
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
    _id(),
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
    _id(),
    _connection(index=False),
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
_unique_while(
    "uq_readings_one_at_a_time",
    [readings.c.serial_number, readings.c.quantity, readings.c.at],
    "withdrawn_at IS NULL",
)

tariffs = Table(
    "tariffs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", Text, nullable=False),
)
bills = Table(
    "bills",
    metadata,
    _id(),
    Column("number", String, nullable=False, unique=True),
    _connection(),
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
    _id(),
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
    _connection(index=False),
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
    _id(),
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
    _id(),
    Column("key", String, nullable=False, unique=True),
    _connection(),
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
phones = Table(
    "phones",
    metadata,
    _id(),
    _connection(),
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
_unique_while("uq_phones_one_live", [phones.c.consumer_number], "live_since IS NOT NULL AND ended_at IS NULL")
OPEN = text("state IN ('waiting', 'claimed')")  # word for word, or the index would not be used
outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("key", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("consumer_number", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("expires_at", Utc),
    Column("state", String, nullable=False),
    Column("by_sms", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
)
Index("ix_outbox_open", outbox.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_outbox_open_recipient", outbox.c.recipient, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_outbox_open_consumer_number", outbox.c.consumer_number, sqlite_where=OPEN, postgresql_where=OPEN)
deliveries = Table(
    "deliveries",
    metadata,
    _id(),
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
visits = Table(
    "visits",
    metadata,
    _id(),
    _connection(index=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("closes", Utc, nullable=False),
    Column("outcome", String),
    UniqueConstraint("consumer_number", "at"),
    Index("ix_visits_open", "closes", sqlite_where=text("outcome IS NULL"), postgresql_where=text("outcome IS NULL")),
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
    _id(),
    Column("phone", String, nullable=False),
    Column("code_hash", String, nullable=False),
    Column("sent_at", Utc, nullable=False),
    Column("expires", Utc, nullable=False),
    Column("wrong_codes", Integer, nullable=False),
    Column("used", Boolean, nullable=False),
    Index("ix_login_codes_phone_sent_at", "phone", "sent_at"),
)
claims = Table(
    "claims",
    metadata,
    _id(),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, unique=True),
    Column("text", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
second_readings = Table(
    "second_readings",
    metadata,
    _id(),
    Column("submission_id", ForeignKey("submissions.id"), nullable=False, unique=True),
    Column("origin", String, nullable=False),
    Column("text", String, nullable=False),
    Column("agrees", Boolean, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
)
answers = Table(
    "answers",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Utc, nullable=False, index=True),
)
INBOX_OPEN = text("state = 'waiting'")  # word for word, or the index would not be used
inbox = Table(
    "inbox",
    metadata,
    _id(),
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
audit = Table(
    "audit",
    metadata,
    _id(),
    Column("by", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("what", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("detail", Text, nullable=False),
)
