"""Consumers, connections and meters in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, or_, select, update

from meterocr.billing.account import Consumer, ServiceConnection
from meterocr.errors import NotFoundError
from meterocr.metering.verification import Verdict
from meterocr.store import schema
from meterocr.store.rows import connection_of, insert_all, insert_new, meters_of, portions
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.visits import Door


class SqlBook:
    """As :class:`~meterocr.workflow.ports.connections.Book`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add_consumers(self, rows: Iterable[tuple[str, Consumer]]) -> None:
        """New consumers with their ids."""
        values = ({"consumer_id": key, "name": c.name, "address": c.address} for key, c in rows)
        insert_all(self._db, schema.consumers, values)

    def add_connections(self, entries: Iterable[ConnectionEntry]) -> None:
        """New connections of known consumers."""
        values = (
            {
                "consumer_number": e.consumer_number,
                "consumer_id": e.consumer_id,
                "category": e.category,
                "area": e.area.value,
                "book": e.book,
                "load_kw": e.supply.sanctioned_load_kw,
                "phase": e.supply.phase.value,
            }
            for e in entries
        )
        insert_all(self._db, schema.connections, values)

    def install(self, installations: Iterable[Installation]) -> None:
        """Hang up meters; a meter that was taken down elsewhere keeps its registers."""
        for portion in portions(installations):
            meters = [{"serial_number": i.meter.serial_number, "phase": i.meter.phase.value} for i in portion]
            insert_new(self._db, schema.meters, meters)
            insert_new(self._db, schema.registers, _registers(portion))
            rows = [
                {
                    "consumer_number": i.consumer_number,
                    "serial_number": i.meter.serial_number,
                    "installed_at": i.installed_at,
                    "removed_at": i.removed_at,
                }
                for i in portion
            ]
            self._db.execute(insert(schema.installations), rows)

    def remove(self, consumer_number: str, at: datetime) -> str:
        """Take down the meter that hangs there; gives its serial number."""
        i = schema.installations
        gone = self._db.execute(
            update(i)
            .where(i.c.consumer_number == consumer_number, i.c.removed_at.is_(None))
            .values(removed_at=at)
            .returning(i.c.serial_number)
        ).scalar()
        if gone is None:
            raise NotFoundError(f"expected a meter at connection {consumer_number}, got none")
        return str(gone)

    def lock(self, consumer_numbers: Sequence[str]) -> None:
        """Keep others from these connections: row locks on PostgreSQL; on SQLite there is one writer anyhow."""
        c = schema.connections
        query = select(c.c.consumer_number).where(c.c.consumer_number.in_(consumer_numbers))
        found = set(self._db.execute(query.order_by(c.c.consumer_number).with_for_update()).scalars())
        missing = [number for number in consumer_numbers if number not in found]
        if missing:
            raise NotFoundError(f"expected connections that are registered, got {', '.join(missing)}")

    def connection(self, consumer_number: str) -> ServiceConnection:
        """A connection with its consumer and the meter on the wall."""
        c = schema.connections
        query = select(c, schema.consumers.c.name, schema.consumers.c.address).join(schema.consumers)
        row = self._db.execute(query.where(c.c.consumer_number == consumer_number)).mappings().first()
        if row is None:
            raise NotFoundError(f"expected a connection that is registered, got {consumer_number!r}")
        meters = meters_of(self._db, [consumer_number]).get(consumer_number)
        if not meters:
            raise NotFoundError(f"expected a meter at connection {consumer_number}, got none")
        return connection_of(row, meters[-1])

    def count(self, book: str) -> int:
        """How many connections ``book`` (empty: all) has."""
        c = schema.connections
        query = select(func.count()).select_from(c)
        return int(self._db.execute(query.where(c.c.book == book) if book else query).scalar_one())

    def doors(self, book: str, since: datetime) -> list[Door]:
        """The connections of a book with a meter, sorted; done: read, photographed or found locked since then."""
        c, k, i, p = schema.connections, schema.consumers, schema.installations, schema.phones
        number = c.c.consumer_number
        r, s, v = schema.readings, schema.submissions, schema.visits
        done = or_(
            exists().where(r.c.consumer_number == number, r.c.at >= since, r.c.withdrawn_at.is_(None)),
            exists().where(s.c.consumer_number == number, s.c.received >= since, s.c.verdict != Verdict.RETAKE.value),
            exists().where(v.c.consumer_number == number, v.c.at >= since),
        )
        phone = exists().where(p.c.consumer_number == number, p.c.live_since.is_not(None), p.c.ended_at.is_(None))
        query = (
            select(number, k.c.name, k.c.address, i.c.serial_number, done, phone)
            .join(k, k.c.consumer_id == c.c.consumer_id)
            .join(i, (i.c.consumer_number == number) & i.c.removed_at.is_(None))
            .where(c.c.book == book)
            .order_by(number)
        )
        rows = self._db.execute(query)
        return [Door(n, name, where, meter, bool(d), bool(p)) for n, name, where, meter, d, p in rows]

    def consumer(self, consumer_id: str) -> tuple[Consumer, list[str]]:
        """A consumer, and the numbers of their connections, sorted."""
        k, c = schema.consumers, schema.connections
        row = self._db.execute(select(k).where(k.c.consumer_id == consumer_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"expected a consumer that is registered, got {consumer_id!r}")
        numbers = select(c.c.consumer_number).where(c.c.consumer_id == consumer_id).order_by(c.c.consumer_number)
        return Consumer(row["name"], row["address"]), list(self._db.execute(numbers).scalars())

    def numbers(self, book: str, after: str, most: int) -> list[str]:
        """Consumer numbers of ``book`` (empty: all) that follow ``after``, sorted."""
        c = schema.connections
        query = select(c.c.consumer_number).where(c.c.consumer_number > after)
        if book:
            query = query.where(c.c.book == book)
        return list(self._db.execute(query.order_by(c.c.consumer_number).limit(most)).scalars())


def _registers(installations: Iterable[Installation]) -> Iterable[dict[str, object]]:
    return (
        {
            "serial_number": i.meter.serial_number,
            "quantity": register.quantity.value,
            "place": place,
            "digits": register.digits,
            "decimals": register.decimals,
            "multiplying_factor": register.multiplying_factor,
        }
        for i in installations
        for place, register in enumerate(i.meter.registers)
    )
