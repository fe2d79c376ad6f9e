"""Readings in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from meterocr.billing.restore import restore
from meterocr.errors import ConflictError, NotFoundError
from meterocr.metering.consumption import Consumption, day_in_india
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
        """A reading that was wrong no longer counts; one that a live bill uses is refused."""
        r = schema.readings
        row = self._db.execute(self._of(consumer_number).where(r.c.id == reading_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"expected a reading of connection {consumer_number}, got {reading_id}")
        bill = self._bill_of(consumer_number, reading_of(row))
        if bill:
            raise ConflictError(
                f"expected a reading that no bill is made from, got {reading_id}: reverse bill {bill} first"
            )
        self._db.execute(update(r).where(r.c.id == reading_id).values(withdrawn_at=at))

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

    def _bill_of(self, consumer_number: str, stored: StoredReading) -> str:
        """Number of the last live bill that a reading opens, closes, or is part of; empty where there is none."""
        live, b, day = schema.live_bills, schema.bills, day_in_india(stored.reading.at)
        query = (
            select(live.c.number, live.c.closing, b.c.content)
            .join_from(live, b, b.c.number == live.c.number)
            .where(live.c.consumer_number == consumer_number, live.c.period_start <= day, live.c.period_end >= day)
            .order_by(b.c.id.desc())
        )
        for number, closing, content in self._db.execute(query):
            used = restore(Consumption, json.loads(content)["consumption"])
            ends = {reading.confirmed for advance in used.advances for reading in (advance.opening, advance.closing)}
            # A bill that ends with the exchange of the meter has no advance with the reading that closes it.
            if stored.id == closing or stored.reading.confirmed in ends:
                return str(number)
        return ""

    @staticmethod
    def _of(consumer_number: str) -> Select[Any]:
        r = schema.readings
        query = select(r).where(r.c.consumer_number == consumer_number, r.c.withdrawn_at.is_(None))
        return query.order_by(r.c.at, r.c.id)
