"""Answers that were given, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from meterocr.store import schema
from meterocr.store.rows import insert_new
from meterocr.workflow.answers import KEPT, Answer


class SqlAnswers:
    """As :class:`~meterocr.workflow.ports.office.Answers`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def begin(self, name: str, digest: str, at: datetime) -> Answer | None:
        """What was asked under this name before; ``None``, and it is begun now, where nothing was."""
        a = schema.answers
        asked = select(a).where(a.c.name == name).with_for_update()
        before = self._db.execute(asked).mappings().first()
        if before is None:
            self._db.execute(delete(a).where(a.c.at < at - KEPT))
            insert_new(self._db, a, [{"name": name, "digest": digest, "body": "", "at": at}])
            return None
        return Answer(before["digest"], before["body"])

    def keep(self, name: str, body: str) -> None:
        """What is answered from now on."""
        a = schema.answers
        self._db.execute(update(a).where(a.c.name == name).values(body=body))
