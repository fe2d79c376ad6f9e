"""Who did what, in the database."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select

from meterocr.billing.canonical import Json
from meterocr.store import schema
from meterocr.store.rows import written
from meterocr.workflow.values.act import Act, LogLine


class SqlLog:
    """As :class:`~meterocr.workflow.ports.office.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def write(self, act: Act, what: str, subject: str, detail: Json = None) -> None:
        """One line of who did what."""
        values = {"by": act.by, "at": act.at, "what": what, "subject": subject, "detail": written(detail)}
        self._db.execute(insert(schema.audit).values(values))

    def about(self, subject: str, most: int) -> list[LogLine]:
        """The latest lines about a subject (empty: about anything), newest first."""
        a = schema.audit
        query = select(a).order_by(a.c.id.desc()).limit(most)
        rows = self._db.execute(query.where(a.c.subject == subject) if subject else query).mappings()
        lines = ((Act(row["by"], row["at"]), row["what"], row["subject"], json.loads(row["detail"])) for row in rows)
        return [LogLine(*line) for line in lines]
