"""The first tables. What is history is kept from being changed by triggers, on both databases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from meterocr.store.types import Exact, Utc

revision = "0001"
down_revision = None

_APPEND_ONLY = ("audit", "bill_events", "bills", "entries", "reviews", "tariffs")
_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def upgrade() -> None:
    """From nothing."""
    _create_tables()
    if op.get_context().dialect.name == "postgresql":
        op.execute(_REFUSE)
        for table in _APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in _APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _create_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "consumers",
        sa.Column("consumer_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("consumer_id", name=op.f("pk_consumers")),
    )
    op.create_table(
        "meters",
        sa.Column("serial_number", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("serial_number", name=op.f("pk_meters")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state"], unique=False)
    op.create_table(
        "runs",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("total_paise", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_runs")),
    )
    op.create_table(
        "sequences",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sequences")),
    )
    op.create_table(
        "tariffs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tariffs")),
    )
    op.create_table(
        "connections",
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("consumer_id", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("book", sa.String(), nullable=False),
        sa.Column("load_kw", Exact(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["consumer_id"], ["consumers.consumer_id"], name=op.f("fk_connections_consumer_id")),
        sa.PrimaryKeyConstraint("consumer_number", name=op.f("pk_connections")),
    )
    op.create_index("ix_connections_book_consumer_number", "connections", ["book", "consumer_number"], unique=False)
    op.create_index(op.f("ix_connections_consumer_id"), "connections", ["consumer_id"], unique=False)
    op.create_table(
        "registers",
        sa.Column("serial_number", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.Integer(), nullable=False),
        sa.Column("multiplying_factor", Exact(), nullable=False),
        sa.ForeignKeyConstraint(["serial_number"], ["meters.serial_number"], name=op.f("fk_registers_serial_number")),
        sa.PrimaryKeyConstraint("serial_number", "quantity", name=op.f("pk_registers")),
    )
    op.create_table(
        "bills",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("units", Exact(), nullable=False),
        sa.Column("current_paise", sa.BigInteger(), nullable=False),
        sa.Column("total_paise", sa.BigInteger(), nullable=False),
        sa.Column("tariff", sa.String(length=64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("submissions", sa.Text(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_bills_consumer_number")
        ),
        sa.ForeignKeyConstraint(["tariff"], ["tariffs.digest"], name=op.f("fk_bills_tariff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills")),
        sa.UniqueConstraint("number", name=op.f("uq_bills_number")),
    )
    op.create_index(op.f("ix_bills_consumer_number"), "bills", ["consumer_number"], unique=False)
    op.create_index(op.f("ix_bills_issued_on"), "bills", ["issued_on"], unique=False)
    op.create_table(
        "installations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("serial_number", sa.String(), nullable=False),
        sa.Column("installed_at", Utc(), nullable=False),
        sa.Column("removed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_installations_consumer_number")
        ),
        sa.ForeignKeyConstraint(
            ["serial_number"], ["meters.serial_number"], name=op.f("fk_installations_serial_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("serial_number", "installed_at", name=op.f("uq_installations_serial_number_installed_at")),
    )
    op.create_index(op.f("ix_installations_consumer_number"), "installations", ["consumer_number"], unique=False)
    op.create_index(
        "uq_installations_one_meter",
        "installations",
        ["consumer_number"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_index(
        "uq_installations_one_place",
        "installations",
        ["serial_number"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "phones",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("consented_at", Utc(), nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("code_expires", Utc(), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("live_since", Utc(), nullable=True),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_phones_consumer_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phones")),
    )
    op.create_index(op.f("ix_phones_consumer_number"), "phones", ["consumer_number"], unique=False)
    op.create_index(op.f("ix_phones_phone"), "phones", ["phone"], unique=False)
    op.create_index(
        "uq_phones_one_live",
        "phones",
        ["consumer_number"],
        unique=True,
        sqlite_where=sa.text("live_since IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("live_since IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_table(
        "refusals",
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_refusals_consumer_number")
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.name"], name=op.f("fk_refusals_run")),
        sa.PrimaryKeyConstraint("run", "consumer_number", name=op.f("pk_refusals")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("perceptual_hash", sa.String(length=16), nullable=False),
        sa.Column("band_0", sa.Integer(), nullable=False),
        sa.Column("band_1", sa.Integer(), nullable=False),
        sa.Column("band_2", sa.Integer(), nullable=False),
        sa.Column("band_3", sa.Integer(), nullable=False),
        sa.Column("band_4", sa.Integer(), nullable=False),
        sa.Column("received", Utc(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=False),
        sa.Column("readout", sa.Text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("suggested", sa.String(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_submissions_consumer_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("key", name=op.f("uq_submissions_key")),
    )
    op.create_index(op.f("ix_submissions_band_0"), "submissions", ["band_0"], unique=False)
    op.create_index(op.f("ix_submissions_band_1"), "submissions", ["band_1"], unique=False)
    op.create_index(op.f("ix_submissions_band_2"), "submissions", ["band_2"], unique=False)
    op.create_index(op.f("ix_submissions_band_3"), "submissions", ["band_3"], unique=False)
    op.create_index(op.f("ix_submissions_band_4"), "submissions", ["band_4"], unique=False)
    op.create_index(op.f("ix_submissions_consumer_number"), "submissions", ["consumer_number"], unique=False)
    op.create_index(op.f("ix_submissions_sha256"), "submissions", ["sha256"], unique=False)
    op.create_index(
        "ix_submissions_waiting",
        "submissions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("waiting"),
        postgresql_where=sa.text("waiting"),
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("closes", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_visits_consumer_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
        sa.UniqueConstraint("consumer_number", "at", name=op.f("uq_visits_consumer_number_at")),
    )
    op.create_table(
        "bill_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["bills.number"], name=op.f("fk_bill_events_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_events")),
        sa.UniqueConstraint("number", "state", name=op.f("uq_bill_events_number_state")),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("bill", sa.String(), nullable=True),
        sa.Column("amount_paise", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["bill"], ["bills.number"], name=op.f("fk_entries_bill")),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_entries_consumer_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_entries_key")),
    )
    op.create_index(op.f("ix_entries_bill"), "entries", ["bill"], unique=False)
    op.create_index(op.f("ix_entries_consumer_number"), "entries", ["consumer_number"], unique=False)
    op.create_table(
        "readings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("serial_number", sa.String(), nullable=False),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("value", Exact(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("visited", sa.Boolean(), nullable=False),
        sa.Column("billed", sa.Boolean(), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_readings_consumer_number")
        ),
        sa.ForeignKeyConstraint(["serial_number"], ["meters.serial_number"], name=op.f("fk_readings_serial_number")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_readings_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index("ix_readings_consumer_number_at", "readings", ["consumer_number", "at"], unique=False)
    op.create_index(
        "uq_readings_one_at_a_time",
        "readings",
        ["serial_number", "quantity", "at"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("value", Exact(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_reviews_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_reviews_submission_id")),
    )
    op.create_table(
        "entry_uses",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_entry_uses_entry_id")),
        sa.ForeignKeyConstraint(["number"], ["bills.number"], name=op.f("fk_entry_uses_number")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry_uses")),
    )
    op.create_index(op.f("ix_entry_uses_number"), "entry_uses", ["number"], unique=False)
    op.create_table(
        "live_bills",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("consumer_number", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("closing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["closing"], ["readings.id"], name=op.f("fk_live_bills_closing")),
        sa.ForeignKeyConstraint(
            ["consumer_number"], ["connections.consumer_number"], name=op.f("fk_live_bills_consumer_number")
        ),
        sa.ForeignKeyConstraint(["number"], ["bills.number"], name=op.f("fk_live_bills_number")),
        sa.ForeignKeyConstraint(["replaced_by"], ["bills.number"], name=op.f("fk_live_bills_replaced_by")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_live_bills")),
        sa.UniqueConstraint(
            "consumer_number",
            "period_start",
            "period_end",
            "provisional",
            name=op.f("uq_live_bills_consumer_number_period_start_period_end_provisional"),
        ),
    )
    op.create_index(op.f("ix_live_bills_closing"), "live_bills", ["closing"], unique=False)
    op.create_index(op.f("ix_live_bills_replaced_by"), "live_bills", ["replaced_by"], unique=False)
