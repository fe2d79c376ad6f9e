"""The outbox and its deliveries in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, insert, or_, select, update

from meterocr.errors import NotFoundError
from meterocr.store import schema
from meterocr.store.rows import PORTION, insert_new, written
from meterocr.workflow.messaging import Channel, Failure, FailureKind, Progress, Status
from meterocr.workflow.outbox import Delivery, Entry, Handed, OutboxRow, OutboxState
from meterocr.workflow.wording import MessageKind


class SqlOutbox:
    """As :class:`~meterocr.workflow.ports.messages.Outbox`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, rows: Iterable[OutboxRow], at: datetime) -> None:
        """New ones; a key that is there is left as it is."""
        insert_new(self._db, schema.outbox, (_new(row, at) for row in rows))

    def waiting(self, most: int) -> list[OutboxRow]:
        """Those that no channel has yet, oldest first."""
        o = schema.outbox
        query = select(o).where(schema.OPEN, o.c.state == OutboxState.WAITING.value).order_by(o.c.id).limit(most)
        return [_entry(row).row for row in self._db.execute(query).mappings()]

    def due(self, at: datetime, most: int, *, heard_since: datetime | None = None) -> list[Entry]:
        """Those that may be tried now, most urgent first; others are kept from them until the transaction ends."""
        o, h = schema.outbox, schema.heard
        query = select(o).where(schema.OPEN, o.c.not_before <= at).order_by(o.c.urgency, o.c.id).limit(most)
        if heard_since is not None:
            query = query.where(o.c.recipient.in_(select(h.c.phone).where(h.c.at > heard_since)))
        return [_entry(row) for row in self._db.execute(query.with_for_update(skip_locked=True)).mappings()]

    def claim(self, tries: Sequence[tuple[Entry, Delivery]]) -> None:
        """Attempts that begin now, with their entries; the same attempt twice is a conflict."""
        d = schema.deliveries
        rows = [{"key": t.key, "attempt": t.attempt, "claimed_at": t.progress.since, **_stand(t)} for _, t in tries]
        self._db.execute(insert(d), rows)
        for entry, _ in tries:
            self.save(entry, None)

    def get(self, key: str, attempt: int) -> tuple[Entry, Delivery]:
        """An attempt with its entry; others are kept from both until the transaction ends."""
        o, d = schema.outbox, schema.deliveries
        row = self._db.execute(select(o).where(o.c.key == key).with_for_update()).mappings().first()
        query = select(d).where(d.c.key == key, d.c.attempt == attempt).with_for_update()
        made = self._db.execute(query).mappings().first()
        if row is None or made is None:
            raise NotFoundError(f"expected attempt {attempt} to send {key!r}, got none")
        return _entry(row), _delivery(made)

    def find(self, key: str, message_id: str) -> tuple[Entry, Delivery] | None:
        """The attempt that a channel means: by its id, or the latest one of the key whose id is not known."""
        d = schema.deliveries
        query = select(d).where(or_(d.c.message_id == message_id, (d.c.key == key) & (d.c.message_id == "")))
        query = query.order_by(d.c.message_id != message_id, d.c.attempt.desc()).limit(1)
        found = self._db.execute(query).mappings().first()
        return None if found is None else self.get(found["key"], found["attempt"])

    def save(self, entry: Entry, delivery: Delivery | None) -> None:
        """Where an entry, and an attempt, stands now."""
        o, d = schema.outbox, schema.deliveries
        self._db.execute(update(o).where(o.c.key == entry.row.key).values(_standing(entry)))
        if delivery is not None:
            this = (d.c.key == delivery.key) & (d.c.attempt == delivery.attempt)
            self._db.execute(update(d).where(this).values(_stand(delivery)))

    def drop(self, *, key: str = "", recipient: str = "") -> int:
        """What is open under a key, or for a phone, is not to be sent any more; gives how many."""
        o = schema.outbox
        which = o.c.key == key if key else o.c.recipient == recipient
        dropped = update(o).where(which, schema.OPEN).values(state=OutboxState.DROPPED.value)
        return self._db.execute(dropped).rowcount

    def redirect(self, consumer_number: str, recipient: str) -> None:
        """What is open for a connection goes to another phone; one-time codes do not."""
        o = schema.outbox
        not_codes = o.c.kind != MessageKind.ONE_TIME_CODE.value
        theirs = update(o).where(o.c.consumer_number == consumer_number, schema.OPEN, not_codes)
        self._db.execute(theirs.values(recipient=recipient, by_sms=False))

    def handed(self, channel: Channel, since: datetime) -> Iterator[Handed]:
        """What was handed over, or may have been, since a time; oldest first."""
        o, d = schema.outbox, schema.deliveries
        query = (
            select(o.c.recipient, d.c.claimed_at, d.c.free_form)
            .join_from(d, o, o.c.key == d.c.key)
            .where(d.c.channel == channel.value, d.c.claimed_at >= since)
            .order_by(d.c.claimed_at)
        )
        for recipient, at, free_form in self._db.execute(query, execution_options={"yield_per": PORTION}):
            yield Handed(recipient, at, free_form)

    def open_recipients(self) -> tuple[list[str], list[str]]:
        """To whom the open rows go, most urgent first, one entry a row: on the main channel, and by SMS."""
        o = schema.outbox
        query = select(o.c.recipient, o.c.by_sms).where(schema.OPEN).order_by(o.c.urgency, o.c.id)
        both: tuple[list[str], list[str]] = ([], [])
        for recipient, by_sms in self._db.execute(query, execution_options={"yield_per": PORTION}):
            both[by_sms].append(recipient)
        return both

    def next_try(self, *, lost: bool) -> datetime | None:
        """When the first of what waits may be tried; with ``lost``, also of what nobody knows the outcome of."""
        o = schema.outbox
        query: Select[Any] = select(o.c.not_before).where(schema.OPEN)
        if not lost:
            query = query.where(o.c.state == OutboxState.WAITING.value)
        found: datetime | None = self._db.execute(query.order_by(o.c.not_before).limit(1)).scalar()
        return found

    def about(self, consumer_number: str, most: int) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        """The latest rows about a connection with their attempts, newest first."""
        o = schema.outbox
        return self._with_tries(select(o).where(o.c.consumer_number == consumer_number), most)

    def of_state(
        self, state: OutboxState, most: int, *, consumer_number: str = ""
    ) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        """The latest rows that stand so, with their attempts, newest first; only those about a connection if given."""
        o = schema.outbox
        query = select(o).where(o.c.state == state.value)
        return self._with_tries(query.where(o.c.consumer_number == consumer_number) if consumer_number else query, most)

    def entry(self, key: str) -> Entry | None:
        """The row of a key; others are kept from it until the transaction ends."""
        o = schema.outbox
        row = self._db.execute(select(o).where(o.c.key == key).with_for_update()).mappings().first()
        return None if row is None else _entry(row)

    def _with_tries(self, query: Select[Any], most: int) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        o, d = schema.outbox, schema.deliveries
        rows = self._db.execute(query.order_by(o.c.id.desc()).limit(most)).mappings()
        entries = [_entry(row) for row in rows]
        made = self._tries(d.c.key.in_([entry.row.key for entry in entries]))
        return [(entry, tuple(each for each in made if each.key == entry.row.key)) for entry in entries]

    def attempts(self, key: str) -> tuple[Delivery, ...]:
        """All attempts of a key, first one first."""
        return self._tries(schema.deliveries.c.key == key)

    def _tries(self, which: ColumnElement[bool]) -> tuple[Delivery, ...]:
        d = schema.deliveries
        rows = self._db.execute(select(d).where(which).order_by(d.c.attempt)).mappings()
        return tuple(_delivery(row) for row in rows)

    def counts(self) -> Mapping[OutboxState, int]:
        """How many rows there are, by state; states that no row is in are left out."""
        o = schema.outbox
        rows = self._db.execute(select(o.c.state, func.count()).group_by(o.c.state))
        return {OutboxState(state): count for state, count in rows}


def _new(row: OutboxRow, at: datetime) -> dict[str, Any]:
    return {
        "key": row.key,
        "kind": row.kind.value,
        "recipient": row.recipient,
        "consumer_number": row.consumer_number,
        "payload": written(row.payload),
        "expires_at": row.expires,
        "urgency": row.urgency,
        "created_at": at,
        **_standing(Entry(row, OutboxState.WAITING, by_sms=False, attempts=0, not_before=at)),
    }


def _standing(entry: Entry) -> dict[str, Any]:
    return {
        "state": entry.state.value,
        "by_sms": entry.by_sms,
        "attempts": entry.attempts,
        "not_before": entry.not_before,
    }


def _entry(row: RowMapping) -> Entry:
    payload = json.loads(row["payload"])
    whose = row["recipient"], row["consumer_number"]
    made = OutboxRow(row["key"], MessageKind(row["kind"]), *whose, payload, row["expires_at"])
    return Entry(made, OutboxState(row["state"]), row["by_sms"], row["attempts"], row["not_before"])


def _stand(delivery: Delivery) -> dict[str, Any]:
    failure = delivery.progress.failure
    return {
        "channel": delivery.channel.value,
        "free_form": delivery.free_form,
        "message_id": delivery.message_id,
        "status": delivery.progress.status.value,
        "since": delivery.progress.since,
        "failure_kind": failure and failure.kind.value,
        "failure_code": failure and failure.code,
        "failure_text": failure and failure.text,
    }


def _delivery(row: RowMapping) -> Delivery:
    failure = None
    if row["failure_kind"] is not None:
        failure = Failure(FailureKind(row["failure_kind"]), row["failure_code"], row["failure_text"])
    progress = Progress(Status(row["status"]), row["since"], failure)
    channel = Channel(row["channel"])
    return Delivery(row["key"], row["attempt"], channel, row["free_form"], row["message_id"], progress)
