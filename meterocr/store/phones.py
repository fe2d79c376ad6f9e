"""Phones of connections in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.store import schema
from meterocr.store.rows import insert_new
from meterocr.workflow.values.phones import OPT_OUT, PhoneEntry

_CHANGED = "changed"


class SqlPhones:
    """As :class:`~meterocr.workflow.ports.people.Phones`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, entry: PhoneEntry) -> int:
        """A registration; without a code it is live at once, in place of the one before."""
        registration, p = entry.registration, schema.phones
        live_since = None if entry.code_hash else registration.consented_at
        if live_since is not None:
            self._end_live(registration.consumer_number, live_since)
        values = {
            "consumer_number": registration.consumer_number,
            "phone": registration.phone,
            "consented_at": registration.consented_at,
            "registered_by": registration.registered_by,
            "how": registration.how.value,
            "code_hash": entry.code_hash,
            "code_expires": entry.code_expires,
            "wrong_codes": 0,
            "live_since": live_since,
        }
        return int(self._db.execute(insert(p).values(values).returning(p.c.id)).scalar_one())

    def pending(self, consumer_number: str) -> tuple[int, PhoneEntry] | None:
        """The latest registration that waits for its code."""
        p = schema.phones
        query = self._of(consumer_number).where(p.c.live_since.is_(None)).order_by(p.c.id.desc()).limit(1)
        row = self._db.execute(query).mappings().first()
        return None if row is None else (row["id"], _entry(row))

    def tried(self, phone_id: int) -> int:
        """Count a wrong code; gives how many there were."""
        p = schema.phones
        counted = update(p).where(p.c.id == phone_id).values(wrong_codes=p.c.wrong_codes + 1).returning(p.c.wrong_codes)
        return int(self._db.execute(counted).scalar_one())

    def confirm(self, phone_id: int, at: datetime) -> None:
        """The code was right: live, in place of the one before."""
        p = schema.phones
        self._end_live(self._db.execute(select(p.c.consumer_number).where(p.c.id == phone_id)).scalar_one(), at)
        self._db.execute(update(p).where(p.c.id == phone_id).values(live_since=at, code_hash=""))

    def end(self, phone: str, at: datetime, why: str) -> list[str]:
        """Opt-out: a phone gets nothing any more. Gives the connections it had."""
        p = schema.phones
        ended = (
            update(p)
            .where(p.c.phone == phone, p.c.ended_at.is_(None))
            .values(ended_at=at, ended_why=why)
            .returning(p.c.consumer_number)
        )
        return sorted(set(self._db.execute(ended).scalars()))

    def live(self, consumer_number: str) -> PhoneEntry | None:
        """Where bills go."""
        query = self._of(consumer_number).where(schema.phones.c.live_since.is_not(None))
        row = self._db.execute(query).mappings().first()
        return None if row is None else _entry(row)

    def last_word(self, consumer_number: str, phone: str) -> datetime | None:
        """Since when bills of the connection go where they go, or the phone wants none, whichever is later."""
        p = schema.phones
        live = (p.c.consumer_number == consumer_number) & p.c.live_since.is_not(None) & p.c.ended_at.is_(None)
        stopped = (p.c.phone == phone) & (p.c.ended_why == OPT_OUT)
        said = [select(p.c.live_since).where(live), select(func.max(p.c.ended_at)).where(stopped)]
        return max(filter(None, map(self._db.scalar, said)), default=None)

    def heard(self, phone: str, at: datetime | None) -> None:
        """When somebody last wrote from a phone; an earlier time changes nothing, and ``None`` forgets it."""
        h = schema.heard
        if at is None:
            self._db.execute(delete(h).where(h.c.phone == phone))
            return
        insert_new(self._db, h, [{"phone": phone, "at": at}])
        self._db.execute(update(h).where(h.c.phone == phone, h.c.at < at).values(at=at))

    def last_heard(self, phones: Iterable[str]) -> Mapping[str, datetime]:
        """When somebody last wrote; phones that never did are left out."""
        h = schema.heard
        return {row[0]: row[1] for row in self._db.execute(select(h).where(h.c.phone.in_(list(phones))))}

    def connections(self, phone: str) -> list[str]:
        """Consumer numbers whose bills go to this phone, sorted."""
        p = schema.phones
        live = select(p.c.consumer_number).where(
            p.c.phone == phone, p.c.live_since.is_not(None), p.c.ended_at.is_(None)
        )
        return sorted(self._db.execute(live).scalars())

    def coverage(self) -> list[tuple[str, int, int]]:
        """By book: connections, and how many of them have a live phone."""
        c, p = schema.connections, schema.phones
        live = (p.c.consumer_number == c.c.consumer_number) & p.c.live_since.is_not(None) & p.c.ended_at.is_(None)
        query = (
            select(c.c.book, func.count(), func.count(p.c.id))
            .outerjoin_from(c, p, live)
            .group_by(c.c.book)
            .order_by(c.c.book)
        )
        return [(book, of, registered) for book, of, registered in self._db.execute(query)]

    def _of(self, consumer_number: str) -> Select[Any]:
        p = schema.phones
        return select(p).where(p.c.consumer_number == consumer_number, p.c.ended_at.is_(None))

    def _end_live(self, consumer_number: str, at: datetime) -> None:
        p = schema.phones
        self._db.execute(
            update(p)
            .where(p.c.consumer_number == consumer_number, p.c.live_since.is_not(None), p.c.ended_at.is_(None))
            .values(ended_at=at, ended_why=_CHANGED)
        )


def _entry(row: RowMapping) -> PhoneEntry:
    registration = PhoneRegistration(
        row["phone"], row["consumer_number"], row["consented_at"], row["registered_by"], Registrar(row["how"])
    )
    return PhoneEntry(registration, row["code_hash"], row["code_expires"])
