"""Where connections stand, read for many at a time: what the next bills are made from."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, literal, or_, select

from meterocr.billing.ledger import Adjustment, AdjustmentKind, Credit
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.restore import restored_line
from meterocr.store import schema
from meterocr.store.rows import SEEN, connection_of, meters_of, reading_of
from meterocr.workflow.values.bills import LiveBill, OpenEntry, Position, Taken, Unsettled
from meterocr.workflow.values.readings import StoredReading

CREDIT = "credit"
_RECENT = 12  # bills of a connection that are read: the last three actual ones and every provisional one among them

T = TypeVar("T")


def read_positions(db: Connection, consumer_numbers: Sequence[str]) -> Mapping[str, Position]:
    """By consumer number; connections without a meter are left out."""
    numbers = list(consumer_numbers)
    c = schema.connections
    query = select(c, schema.consumers.c.name, schema.consumers.c.address).join(schema.consumers)
    rows = db.execute(query.where(c.c.consumer_number.in_(numbers))).mappings().all()
    meters = meters_of(db, numbers)
    readings, bills, unsettled = _readings(db, numbers), _bills(db, numbers), _unsettled(db, numbers)
    entries, phones = _entries(db, numbers), _phones(db, numbers)
    return {
        number: Position(
            connection_of(row, meters[number][-1]),
            meters[number],
            tuple(readings.get(number, ())),
            tuple(bills.get(number, ())),
            tuple(unsettled.get(number, ())),
            tuple(entries.get(number, ())),
            phones.get(number, ""),
        )
        for row in rows
        if (number := row["consumer_number"]) in meters
    }


def read_taken(db: Connection, number: str) -> Taken:
    """What a live bill had to take over, going by all that is stored but itself."""
    live, b, e, used = schema.live_bills, schema.bills, schema.entries, schema.entry_uses
    bills = _with_content()
    this = select(b.c.id, b.c.consumer_number).where(b.c.number == number).subquery()
    before = bills.where(b.c.id < select(this.c.id).scalar_subquery())
    before = before.where(live.c.consumer_number == select(this.c.consumer_number).scalar_subquery())
    last, unsettled = None, []
    for row in db.execute(before.order_by(b.c.id.desc())).mappings():
        bill = _as_paid(db, _live(row))
        last = last or bill
        if not bill.unpaid:
            break
        unsettled.append(_unsettled_of(row, bill))
    replaced = db.execute(bills.where(live.c.replaced_by == number).order_by(b.c.id)).mappings().all()
    entries = select(e).join(used, used.c.entry_id == e.c.id).where(used.c.number == number).order_by(e.c.id)
    return Taken(
        last,
        tuple(reversed(unsettled)),
        tuple(entry_of(row) for row in db.execute(entries).mappings()),
        tuple(_live(row) for row in replaced),
    )


def _as_paid(db: Connection, bill: LiveBill) -> LiveBill:
    """With what came in for it while it was the last one: what came later, or was too much, is a credit entry."""
    p, e = schema.payments, schema.entries
    credited = func.coalesce(e.c.amount_paise, 0)
    key = literal("payment:").concat(p.c.number).concat(":").concat(p.c.reference)
    query = select(func.coalesce(func.sum(p.c.amount_paise - credited), 0)).outerjoin_from(p, e, e.c.key == key)
    received = Money(int(db.execute(query.where(p.c.number == bill.number)).scalar_one()))
    return replace(bill, received=received, paid=received >= bill.total)


def entry_of(row: RowMapping) -> Adjustment | Credit:
    """An adjustment or credit from a row of entries."""
    amount = Money(row["amount_paise"])
    if row["kind"] == CREDIT:
        return Credit(row["reason"], amount)
    return Adjustment(AdjustmentKind(row["kind"]), row["bill"], amount, row["reason"])


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _readings(db: Connection, numbers: list[str]) -> dict[str, list[StoredReading]]:
    """From the last reading that closed an actual bill, here or elsewhere; from the first one where none did."""
    r, live = schema.readings, schema.live_bills
    closings = (
        select(r.c.consumer_number, func.max(r.c.at).label("opening"))
        .outerjoin_from(r, live, (live.c.closing == r.c.id) & ~live.c.provisional)
        .where(r.c.consumer_number.in_(numbers), r.c.withdrawn_at.is_(None))
        .where(or_(r.c.billed, live.c.number.is_not(None)), SEEN)
        .group_by(r.c.consumer_number)
        .subquery()
    )
    query = (
        select(r)
        .outerjoin_from(r, closings, closings.c.consumer_number == r.c.consumer_number)
        .where(r.c.consumer_number.in_(numbers), r.c.withdrawn_at.is_(None))
        .where(or_(closings.c.opening.is_(None), r.c.at >= closings.c.opening))
        .order_by(r.c.consumer_number, r.c.at, r.c.id)
    )
    return _grouped((row["consumer_number"], reading_of(row)) for row in db.execute(query).mappings())


def _bills(db: Connection, numbers: list[str]) -> dict[str, list[LiveBill]]:
    live, b = schema.live_bills, schema.bills
    place = func.row_number().over(partition_by=live.c.consumer_number, order_by=b.c.id.desc()).label("place")
    recent = (
        select(live, b.c.id, b.c.units, b.c.total_paise, b.c.current_paise, b.c.due_on, place)
        .join_from(live, b, b.c.number == live.c.number)
        .where(live.c.consumer_number.in_(numbers))
        .subquery()
    )
    query = select(recent).where(recent.c.place <= _RECENT).order_by(recent.c.consumer_number, recent.c.id)
    return _grouped((row["consumer_number"], _live(row)) for row in db.execute(query).mappings())


def _with_content() -> Select[Any]:
    live, b = schema.live_bills, schema.bills
    columns = (live, b.c.id, b.c.units, b.c.total_paise, b.c.current_paise, b.c.due_on, b.c.issued_on, b.c.content)
    return select(*columns).join_from(live, b, b.c.number == live.c.number)


def _unsettled(db: Connection, numbers: list[str]) -> dict[str, list[Unsettled]]:
    """The bills after the last one of which nothing is left to pay."""
    live, b = schema.live_bills, schema.bills
    settled = (
        select(live.c.consumer_number, func.max(b.c.id).label("id"))
        .join_from(live, b, b.c.number == live.c.number)
        .where(live.c.consumer_number.in_(numbers), or_(live.c.paid, b.c.total_paise <= live.c.received_paise))
        .group_by(live.c.consumer_number)
        .subquery()
    )
    query = (
        _with_content()
        .outerjoin(settled, settled.c.consumer_number == live.c.consumer_number)
        .where(live.c.consumer_number.in_(numbers), or_(settled.c.id.is_(None), b.c.id > settled.c.id))
        .order_by(live.c.consumer_number, b.c.id)
    )
    rows = db.execute(query).mappings()
    return _grouped((row["consumer_number"], _unsettled_of(row, _live(row))) for row in rows)


def _unsettled_of(row: RowMapping, bill: LiveBill) -> Unsettled:
    return Unsettled(bill, row["issued_on"], tuple(map(restored_line, json.loads(row["content"])["lines"])))


def _live(row: RowMapping) -> LiveBill:
    return LiveBill(
        row["number"],
        Period(row["period_start"], row["period_end"]),
        row["units"],
        Money(row["total_paise"]),
        Money(row["current_paise"]),
        row["provisional"],
        row["paid"],
        row["due_on"],
        row["replaced_by"] or "",
        Money(row["received_paise"]),
    )


def _entries(db: Connection, numbers: list[str]) -> dict[str, list[OpenEntry]]:
    e, used = schema.entries, schema.entry_uses
    query: Any = (
        select(e)
        .outerjoin_from(e, used, used.c.entry_id == e.c.id)
        .where(e.c.consumer_number.in_(numbers), used.c.entry_id.is_(None))
        .order_by(e.c.consumer_number, e.c.id)
    )
    rows = db.execute(query).mappings()
    return _grouped((row["consumer_number"], OpenEntry(row["id"], entry_of(row))) for row in rows)


def _phones(db: Connection, numbers: list[str]) -> dict[str, str]:
    p = schema.phones
    query = select(p.c.consumer_number, p.c.phone).where(
        p.c.consumer_number.in_(numbers), p.c.live_since.is_not(None), p.c.ended_at.is_(None)
    )
    return {row[0]: row[1] for row in db.execute(query)}
