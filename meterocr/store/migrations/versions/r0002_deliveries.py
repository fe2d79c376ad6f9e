"""Deliveries, the outcome of visits at locked premises, and payments in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from meterocr.store.types import Utc

revision = "0002"
down_revision = "0001"

_OPEN = sa.text("state IN ('waiting', 'claimed')")
_NO_OUTCOME = sa.text("outcome IS NULL")


def upgrade() -> None:
    """From 0001."""
    _widen_outbox()
    _create_tables()
    op.add_column("visits", sa.Column("outcome", sa.String()))
    op.create_index("ix_visits_open", "visits", ["closes"], sqlite_where=_NO_OUTCOME, postgresql_where=_NO_OUTCOME)
    op.add_column("live_bills", sa.Column("received_paise", sa.BigInteger(), nullable=False, server_default="0"))
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER payments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER payments_no_{action.lower()} BEFORE {action} ON payments "
            "BEGIN SELECT RAISE(ABORT, 'payments is append-only'); END"
        )


def _widen_outbox() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_index("ix_outbox_state")
        batch.add_column(sa.Column("consumer_number", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("expires_at", Utc()))
        batch.add_column(sa.Column("by_sms", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("not_before", Utc()))
    op.execute("UPDATE outbox SET not_before = created_at")
    op.execute("UPDATE outbox SET kind = 'one_time_code' WHERE kind = 'code'")
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("not_before", existing_type=Utc(), nullable=False)
        for name in ("consumer_number", "by_sms", "attempts"):
            batch.alter_column(name, server_default=None)
    for name, column in (("open", "id"), ("open_recipient", "recipient"), ("open_consumer_number", "consumer_number")):
        op.create_index(f"ix_outbox_{name}", "outbox", [column], sqlite_where=_OPEN, postgresql_where=_OPEN)


def _create_tables() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "deliveries",
        sa.Column("id", number, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("free_form", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", Utc(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("failure_kind", sa.String()),
        sa.Column("failure_code", sa.Integer()),
        sa.Column("failure_text", sa.String()),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name=op.f("fk_deliveries_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", "attempt", name=op.f("uq_deliveries_key_attempt")),
    )
    op.create_index(op.f("ix_deliveries_message_id"), "deliveries", ["message_id"])
    op.create_index("ix_deliveries_channel_claimed_at", "deliveries", ["channel", "claimed_at"])
    op.create_table(
        "heard",
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_heard")),
    )
    op.create_table(
        "payments",
        sa.Column("id", number, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("amount_paise", sa.BigInteger(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["bills.number"], name=op.f("fk_payments_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("number", "reference", name=op.f("uq_payments_number_reference")),
    )
