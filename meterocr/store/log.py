"""Who did what, in the database."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from meterocr.billing.canonical import Json
from meterocr.store import schema
from meterocr.store.rows import written
from meterocr.workflow.values import Act


class SqlLog:
    """As :class:`~meterocr.workflow.ports.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def write(self, act: Act, what: str, subject: str, detail: Json = None) -> None:
        """One line of who did what."""
        values = {"by": act.by, "at": act.at, "what": what, "subject": subject, "detail": written(detail)}
        self._db.execute(insert(schema.audit).values(values))
