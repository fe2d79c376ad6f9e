"""What pages need: codes to log in with, what consumers say of their photos, second readings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from meterocr.store.types import Utc

revision = "0004"
down_revision = "0003"

_HISTORY = ("claims", "second_readings")


def upgrade() -> None:
    """From 0003."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_index("ix_submissions_consumer_number_id", "submissions", ["consumer_number", "id"])
    op.create_index("ix_submissions_received", "submissions", ["received"])
    op.create_table(
        "login_codes",
        sa.Column("id", number, nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("sent_at", Utc(), nullable=False),
        sa.Column("expires", Utc(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_codes")),
    )
    op.create_index("ix_login_codes_phone_sent_at", "login_codes", ["phone", "sent_at"])
    op.create_table(
        "claims",
        sa.Column("id", number, nullable=False),
        sa.Column("submission_id", number, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_claims_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_claims_submission_id")),
    )
    op.create_table(
        "second_readings",
        sa.Column("id", number, nullable=False),
        sa.Column("submission_id", number, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_second_readings_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_readings")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_second_readings_submission_id")),
    )
    for table in _HISTORY:
        _append_only(table)


def _append_only(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
