"""Counts for the office's board, in the database."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, String, case, cast, func, select

from meterocr.store import schema
from meterocr.store.rows import json_field
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.values.counts import Backlog, PhotoCount


class SqlFigures:
    """As :class:`~meterocr.workflow.ports.office.Figures`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def photos(self, since: datetime) -> list[PhotoCount]:
        """By day in UTC, verdict, kind of display and whether a whole reading came of it."""
        s = schema.submissions
        postgresql = self._db.dialect.name == "postgresql"  # which would write times in the session's time zone
        received = func.timezone("UTC", s.c.received) if postgresql else s.c.received
        day = func.substr(cast(received, String), 1, 10).label("day")
        kind = func.coalesce(json_field(self._db, s.c.readout, "kind"), "").label("kind")
        read = case((s.c.text != "", 1), else_=0).label("read")
        query = select(day, s.c.verdict, kind, read, func.count()).where(s.c.received >= since)
        rows = self._db.execute(query.group_by("day", s.c.verdict, "kind", "read").order_by("day"))
        return [PhotoCount(date.fromisoformat(row[0]), row[1], row[2], bool(row[3]), row[4]) for row in rows]

    def models(self, since: datetime) -> list[tuple[str, int]]:
        """By the recogniser that read them: photos, most first."""
        s = schema.submissions
        model = json_field(self._db, s.c.readout, "models", "recognizer").label("model")
        query = select(model, func.count().label("photos")).where(s.c.received >= since).group_by("model")
        return [(row[0], row[1]) for row in self._db.execute(query.order_by(func.count().desc()))]

    def bills(self, since: date) -> tuple[int, int]:
        """Actual and provisional bills issued since a day."""
        b = schema.bills
        query = select(b.c.provisional, func.count()).where(b.c.issued_on >= since).group_by(b.c.provisional)
        counts = {bool(row[0]): int(row[1]) for row in self._db.execute(query)}
        return counts.get(False, 0), counts.get(True, 0)

    def messages(self, since: datetime) -> list[tuple[str, str, int]]:
        """By kind, and by the last status of the last attempt (or the row's state where there was none): rows."""
        o, d = schema.outbox, schema.deliveries
        status = func.coalesce(d.c.status, o.c.state).label("stands")
        query = (
            select(o.c.kind, status, func.count())
            .outerjoin_from(o, d, (d.c.key == o.c.key) & (d.c.attempt == o.c.attempts))
            .where(o.c.created_at >= since)
            .group_by(o.c.kind, "stands")
        )
        return [(row[0], row[1], row[2]) for row in self._db.execute(query.order_by(o.c.kind, "stands"))]

    def backlog(self) -> Backlog:
        """What waits just now; each count reads an index of what is open, however much is done."""
        o, i, s = schema.outbox, schema.inbox, schema.submissions
        states = select(o.c.state, func.count()).where(schema.OPEN).group_by(o.c.state)
        open_rows = {OutboxState(state): int(count) for state, count in self._db.execute(states)}
        inbox = self._db.execute(select(func.count()).select_from(i).where(schema.INBOX_OPEN)).scalar_one()
        reviews = self._db.execute(select(func.count()).select_from(s).where(s.c.waiting)).scalar_one()
        return Backlog(open_rows.get(OutboxState.WAITING, 0), open_rows.get(OutboxState.CLAIMED, 0), inbox, reviews)
