"""Second readings in the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, func, insert, select

from meterocr.metering.verification import Verdict
from meterocr.store import schema
from meterocr.store.rows import json_field
from meterocr.store.submissions import as_submission
from meterocr.workflow.evidence import Decision, Origin, SecondReading, StoredSubmission
from meterocr.workflow.values.connections import ERASED

ONE_IN = 100
"""One of so many submissions is in the sample: by its number, which nobody chooses and no doubt decides."""
_STREAMED = 5000


class SqlSecondReadings:
    """As :class:`~meterocr.workflow.ports.photos.SecondReadings`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, since: datetime, not_by: str) -> StoredSubmission | None:
        """The oldest one of the sample that nobody read a second time, and that ``not_by`` did not decide.

        A rejection does not say what the photo shows; of who was erased, it may be gone.
        """
        s, r, second = schema.submissions, schema.reviews, schema.second_readings
        connections, consumers = schema.connections, schema.consumers
        query = (
            select(s)
            .join(connections, connections.c.consumer_number == s.c.consumer_number)
            .join(consumers, consumers.c.consumer_id == connections.c.consumer_id)
            .outerjoin(r, r.c.submission_id == s.c.id)
            .outerjoin(second, second.c.submission_id == s.c.id)
            .where(s.c.received >= since, s.c.id % ONE_IN == 1, ~s.c.waiting, second.c.id.is_(None))
            .where((s.c.verdict == Verdict.ACCEPTED.value) | (r.c.decision != Decision.REJECT.value))
            .where(r.c.by.is_(None) | (r.c.by != not_by), consumers.c.name != ERASED)
            .order_by(s.c.id)
            .limit(1)
        )
        row = self._db.execute(query).mappings().first()
        return None if row is None else as_submission(row)

    def add(self, second: SecondReading) -> None:
        """One for each submission; a second one is a conflict."""
        values = {
            "submission_id": second.submission,
            "origin": second.origin.value,
            "text": second.text,
            "agrees": second.agrees,
            "by": second.act.by,
            "at": second.act.at,
        }
        self._db.execute(insert(schema.second_readings).values(values))

    def counts(self, since: datetime) -> Mapping[Origin, tuple[int, int]]:
        """By how the first reading came about: how many were read again, and how many of them differ."""
        c = schema.second_readings
        differ = func.sum(case((c.c.agrees, 0), else_=1))
        query = select(c.c.origin, func.count(), differ).where(c.c.at >= since).group_by(c.c.origin)
        found = {Origin(origin): (int(total), int(wrong)) for origin, total, wrong in self._db.execute(query)}
        return {origin: found.get(origin, (0, 0)) for origin in Origin}

    def confidences(self, since: datetime) -> Iterator[float]:
        """Of every submission: the readout's confidence, 0 where it is to be taken again or has an unread digit."""
        s = schema.submissions
        confidence = json_field(self._db, s.c.readout, "confidence")
        retake = json_field(self._db, s.c.readout, "retake")
        query = select(confidence, retake, s.c.text != "").where(s.c.received >= since)
        for value, again, whole in self._db.execute(query, execution_options={"yield_per": _STREAMED}):
            yield float(value) if whole and str(again).lower() in ("0", "false") else 0.0
