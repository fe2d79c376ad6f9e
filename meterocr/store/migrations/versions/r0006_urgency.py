"""The outbox goes by urgency: codes, then what is of use for a while only, then the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_OPEN = sa.text("state IN ('waiting', 'claimed')")


def upgrade() -> None:
    """From 0005."""
    op.drop_index("ix_outbox_open", "outbox")
    op.add_column("outbox", sa.Column("urgency", sa.Integer(), nullable=False, server_default="2"))
    op.execute("UPDATE outbox SET urgency = 1 WHERE expires_at IS NOT NULL")
    op.execute("UPDATE outbox SET urgency = 0 WHERE kind = 'one_time_code'")
    op.create_index("ix_outbox_open", "outbox", ["urgency", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
