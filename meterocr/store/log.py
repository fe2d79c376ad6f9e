"""The outbox, visits, and who did what, in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select

from meterocr.billing.canonical import Json
from meterocr.store import schema
from meterocr.store.rows import insert_new, written
from meterocr.workflow.values import Act, Message, Visit

_WAITING = "waiting"


class SqlOutbox:
    """As :class:`~meterocr.workflow.ports.Outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, messages: Iterable[Message], at: datetime) -> None:
        """New ones; a key that is there is left as it is."""
        rows = (
            {
                "key": message.key,
                "kind": message.kind,
                "recipient": message.recipient,
                "payload": written(message.payload),
                "state": _WAITING,
                "created_at": at,
            }
            for message in messages
        )
        insert_new(self._db, schema.outbox, rows)

    def waiting(self, most: int) -> list[Message]:
        """Those that are not sent yet, oldest first."""
        o = schema.outbox
        query = select(o.c.key, o.c.kind, o.c.recipient, o.c.payload).where(o.c.state == _WAITING)
        rows = self._db.execute(query.order_by(o.c.id).limit(most))
        return [Message(key, kind, recipient, json.loads(payload)) for key, kind, recipient, payload in rows]


class SqlLog:
    """As :class:`~meterocr.workflow.ports.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def write(self, act: Act, what: str, subject: str, detail: Json = None) -> None:
        """One line of who did what."""
        values = {"by": act.by, "at": act.at, "what": what, "subject": subject, "detail": written(detail)}
        self._db.execute(insert(schema.audit).values(values))

    def visit(self, visit: Visit) -> None:
        """A visit at locked premises; one at a time."""
        values = {
            "consumer_number": visit.consumer_number,
            "by": visit.act.by,
            "at": visit.act.at,
            "closes": visit.closes,
        }
        self._db.execute(insert(schema.visits).values(values))
