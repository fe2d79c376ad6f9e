"""Visits at locked premises in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, text, update

from meterocr.store import schema
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import ClosedVisit, PastVisit, Visit

_OPEN = text("outcome IS NULL")  # word for word as the index says it


class SqlVisits:
    """As :class:`~meterocr.workflow.ports.connections.Visits`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, visit: Visit, outcome: str = "") -> None:
        """A visit; one of a connection at a time. With an outcome nothing more is waited for."""
        values = {
            "consumer_number": visit.consumer_number,
            "by": visit.act.by,
            "at": visit.act.at,
            "closes": visit.closes,
            "outcome": outcome or None,
        }
        self._db.execute(insert(schema.visits).values(values))

    def known(self, consumer_number: str, at: datetime) -> bool:
        """Whether there is a visit of this very time."""
        v = schema.visits
        query = select(v.c.id).where(v.c.consumer_number == consumer_number, v.c.at == at)
        return self._db.execute(query).first() is not None

    def closed(self, at: datetime, most: int, after: int = 0) -> list[ClosedVisit]:
        """Visits whose window closed at ``at`` or before and that have no outcome, from those after an id on."""
        v = schema.visits
        query = select(v).where(_OPEN, v.c.closes <= at, v.c.id > after).order_by(v.c.id).limit(most)
        rows = self._db.execute(query).mappings()
        return [
            ClosedVisit(row["id"], Visit(row["consumer_number"], Act(row["by"], row["at"]), row["closes"]))
            for row in rows
        ]

    def of(self, consumer_number: str, most: int) -> list[PastVisit]:
        """The latest visits of a connection, newest first."""
        v = schema.visits
        query = select(v).where(v.c.consumer_number == consumer_number).order_by(v.c.at.desc()).limit(most)
        return [
            PastVisit(Visit(row["consumer_number"], Act(row["by"], row["at"]), row["closes"]), row["outcome"] or "")
            for row in self._db.execute(query).mappings()
        ]

    def settle(self, visit_id: int, outcome: str) -> bool:
        """What came of a visit; says whether nobody had settled it yet."""
        v = schema.visits
        done = self._db.execute(update(v).where(v.c.id == visit_id, _OPEN).values(outcome=outcome))
        return done.rowcount == 1
