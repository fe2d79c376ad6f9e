"""How Alembic runs here: always on a connection that :func:`meterocr.store.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from meterocr.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
