"""Readings in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select, update

from meterocr.errors import ConflictError, NotFoundError
from meterocr.metering.history import History
from meterocr.metering.reading import Reading, Standing
from meterocr.readout import Quantity
from meterocr.store import schema
from meterocr.store.rows import insert_all, meters_of, reading_of
from meterocr.workflow.values.readings import NewReading, StoredReading


class SqlReadings:
    """As :class:`~meterocr.workflow.ports.connections.Readings`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, readings: Iterable[NewReading]) -> None:
        """New readings; one of a register at a time."""
        values = (
            {
                "consumer_number": new.consumer_number,
                "serial_number": new.reading.serial_number,
                "quantity": new.reading.quantity.value,
                "value": new.reading.value,
                "at": new.reading.at,
                "source": new.reading.source.value,
                "standing": new.reading.standing.value,
                "visited": new.reading.visited,
                "billed": new.billed,
                "submission_id": new.submission,
            }
            for new in readings
        )
        insert_all(self._db, schema.readings, values)

    def trust(self, consumer_number: str, readings: Iterable[Reading]) -> None:
        """Quarantined readings are trusted from now on."""
        r = schema.readings
        for reading in readings:
            self._db.execute(
                update(r)
                .where(
                    r.c.consumer_number == consumer_number,
                    r.c.serial_number == reading.serial_number,
                    r.c.quantity == reading.quantity.value,
                    r.c.at == reading.at,
                    r.c.withdrawn_at.is_(None),
                )
                .values(standing=Standing.TRUSTED.value)
            )

    def withdraw(self, consumer_number: str, reading_id: int, at: datetime) -> None:
        """A reading that was wrong no longer counts; one that closes a live bill is refused."""
        r, live = schema.readings, schema.live_bills
        if self._db.execute(select(exists().where(live.c.closing == reading_id))).scalar():
            raise ConflictError(f"expected a reading that closes no bill, got {reading_id}: reverse its bill first")
        done = self._db.execute(
            update(r)
            .where(r.c.id == reading_id, r.c.consumer_number == consumer_number, r.c.withdrawn_at.is_(None))
            .values(withdrawn_at=at)
        )
        if done.rowcount != 1:
            raise NotFoundError(f"expected a reading of connection {consumer_number}, got {reading_id}")

    def history(self, consumer_number: str, quantity: Quantity) -> History:
        """All readings of a connection that count, with its meters."""
        meters = meters_of(self._db, [consumer_number]).get(consumer_number)
        if not meters:
            raise NotFoundError(f"expected a meter at connection {consumer_number}, got none")
        query = self._of(consumer_number).where(schema.readings.c.quantity == quantity.value)
        return History(tuple(reading_of(row).reading for row in self._db.execute(query).mappings()), meters)

    def of(self, consumer_number: str) -> list[StoredReading]:
        """All readings that count, with ids, oldest first."""
        return [reading_of(row) for row in self._db.execute(self._of(consumer_number)).mappings()]

    @staticmethod
    def _of(consumer_number: str) -> Select[Any]:
        r = schema.readings
        query = select(r).where(r.c.consumer_number == consumer_number, r.c.withdrawn_at.is_(None))
        return query.order_by(r.c.at, r.c.id)
