"""Issued bills in the database: written once; where each connection stands is kept beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Integer, cast, delete, func, insert, select, update

from meterocr.billing.bill import Bill, Event, RebateCode, State
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Credit
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.restore import restored_bill, restored_tariff
from meterocr.billing.schedule import Tariff
from meterocr.errors import NotFoundError, StoreError
from meterocr.store import schema
from meterocr.store.bill_rows import astray, bill_row, event_row, live_row
from meterocr.store.positions import CREDIT, read_positions, read_taken
from meterocr.store.rows import insert_all, insert_new, read_json, written
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import BillEvent, NewBill, Position, StoredBill, Taken
from meterocr.workflow.values.counts import Coverage
from meterocr.workflow.values.payments import Payment, rebate_key

_STREAMED = 500


class SqlBills:
    """As :class:`~meterocr.workflow.ports.bills.Bills`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def positions(self, consumer_numbers: Sequence[str]) -> Mapping[str, Position]:
        """Where connections stand; those without a meter are left out."""
        return read_positions(self._db, consumer_numbers)

    def take_numbers(self, year: int, count: int) -> range:
        """The next numbers of a year. The row stays locked until the transaction ends, so there are no gaps."""
        q = schema.sequences
        insert_new(self._db, q, [{"name": f"bill-{year}", "next": 1}])
        raised = update(q).where(q.c.name == f"bill-{year}").values(next=q.c.next + count).returning(q.c.next)
        end = int(self._db.execute(raised).scalar_one())
        return range(end - count, end)

    def keep_tariff(self, tariff: Tariff) -> None:
        """Keep a tariff by its digest."""
        insert_new(self._db, schema.tariffs, [{"digest": tariff.digest, "content": written(tariff.to_dict())}])

    def tariff(self, digest: str) -> Tariff:
        """A kept tariff."""
        query = select(schema.tariffs.c.content).where(schema.tariffs.c.digest == digest)
        content = self._db.execute(query).scalar()
        if content is None:
            raise NotFoundError(f"expected a tariff of digest {digest}, got none")
        return restored_tariff(json.loads(content))

    def add(self, bills: Sequence[NewBill], act: Act) -> None:
        """Bills that are issued now. A second one for a connection and period is a conflict."""
        insert_all(self._db, schema.bills, map(bill_row, bills))
        insert_all(
            self._db,
            schema.bill_events,
            (event_row(new.bill.number, new.bill.history[0], act) for new in bills),
        )
        insert_all(self._db, schema.live_bills, map(live_row, bills))
        uses = [{"entry_id": entry, "number": new.bill.number} for new in bills for entry in new.draft.entries]
        insert_all(self._db, schema.entry_uses, uses)
        live = schema.live_bills
        for new in bills:
            for replaced in new.bill.ledger.replaces:
                self._db.execute(update(live).where(live.c.number == replaced.bill).values(replaced_by=new.bill.number))

    def get(self, number: str) -> StoredBill:
        """A bill by its number."""
        b = schema.bills
        row = self._db.execute(select(b).where(b.c.number == number)).mappings().first()
        if row is None:
            raise NotFoundError(f"expected a bill that was issued, got {number!r}")
        bill = restored_bill(json.loads(row["content"]), self._history([number])[number])
        return StoredBill(bill, row["content"], row["due_on"], row["head"], tuple(read_json(row["submissions"])))

    def taken(self, number: str) -> Taken:
        """What a bill that counts had to take over, from payments and entries and never from its own copy."""
        return read_taken(self._db, number)

    def astray(self, bill: Bill) -> list[str]:
        """Where what is kept beside a bill (columns, place among the live ones, steps) says something else than it."""
        return astray(self._db, bill)

    def find(self, consumer_number: str, period: Period) -> str:
        """Number of the live actual bill of a connection and period; empty where there is none."""
        live = schema.live_bills
        query = select(live.c.number).where(
            live.c.consumer_number == consumer_number,
            live.c.period_start == period.start,
            live.c.period_end == period.end,
            ~live.c.provisional,
        )
        return self._db.execute(query).scalar() or ""

    def record(self, event: BillEvent) -> None:
        """A payment or reversal; a reversal frees the entries and provisional bills that the bill had used."""
        number, live = event.number, schema.live_bills
        step = Event(event.state, event.act.day, event.note)
        self._db.execute(insert(schema.bill_events).values(event_row(number, step, event.act)))
        if event.state is not State.REVERSED:
            return
        self._db.execute(delete(schema.entry_uses).where(schema.entry_uses.c.number == number))
        self._db.execute(update(live).where(live.c.replaced_by == number).values(replaced_by=None))
        self._db.execute(delete(live).where(live.c.number == number))

    def add_payment(self, payment: Payment) -> None:
        """Money that came in, once for each bill and reference."""
        values = {
            "number": payment.number,
            "reference": payment.reference,
            "amount_paise": payment.amount.paise,
            "online": payment.online,
            "by": payment.act.by,
            "at": payment.act.at,
        }
        self._db.execute(insert(schema.payments).values(values))

    def payments(self, number: str) -> list[Payment]:
        """What came in for a bill, oldest first."""
        p = schema.payments
        rows = self._db.execute(select(p).where(p.c.number == number).order_by(p.c.id)).mappings()
        return [
            Payment(number, row["reference"], Money(row["amount_paise"]), row["online"], Act(row["by"], row["at"]))
            for row in rows
        ]

    def receive(self, number: str, received: Money, *, paid: bool) -> None:
        """What came in so far for a live bill that is the last one of its connection."""
        live = schema.live_bills
        values = {"received_paise": received.paise, "paid": paid}
        self._db.execute(update(live).where(live.c.number == number).values(values))

    def rebated(self, number: str) -> Money:
        """The rebates that were earned with a bill."""
        e = schema.entries
        keys = [rebate_key(number, code) for code in RebateCode]
        paise = self._db.execute(select(func.sum(e.c.amount_paise)).where(e.c.key.in_(keys))).scalar()
        return Money(int(paise or 0))

    def provisional_between(self, consumer_number: str, start: date, end: date) -> int:
        """How many live provisional bills end on the days from ``start`` (inclusive) to ``end`` (exclusive)."""
        live = schema.live_bills
        query = select(func.count()).where(
            live.c.consumer_number == consumer_number,
            live.c.provisional,
            live.c.period_end >= start,
            live.c.period_end < end,
        )
        return int(self._db.execute(query).scalar_one())

    def since(self, day: date, until: date) -> Iterator[Bill]:
        """Bills issued on the days from ``day`` to ``until``, streamed in the order of issue."""
        b, after = schema.bills, 0
        query = select(b.c.id, b.c.number, b.c.content).where(b.c.issued_on >= day, b.c.issued_on <= until)
        while rows := self._db.execute(query.where(b.c.id > after).order_by(b.c.id).limit(_STREAMED)).all():
            history = self._history([row[1] for row in rows])
            yield from (restored_bill(json.loads(row[2]), history[row[1]]) for row in rows)
            after = rows[-1][0]

    def adjusted(self, numbers: Sequence[str]) -> Mapping[str, Money]:
        """By bill number, the sum of adjustments by re-rating so far."""
        e = schema.entries
        query = select(e.c.bill, func.sum(e.c.amount_paise)).where(
            e.c.bill.in_(numbers), e.c.kind == AdjustmentKind.RERATE.value
        )
        return {number: Money(int(paise)) for number, paise in self._db.execute(query.group_by(e.c.bill))}

    def coverage(self, since: date) -> list[Coverage]:
        """By book: connections, phones, and what was billed since a day and not reversed."""
        b, c, live, p = schema.bills, schema.connections, schema.live_bills, schema.phones
        issued = select(b.c.consumer_number, func.min(cast(b.c.provisional, Integer)).label("provisional"))
        issued = issued.join_from(b, live, live.c.number == b.c.number).where(b.c.issued_on >= since)
        billed = issued.group_by(b.c.consumer_number).subquery()
        phone = (p.c.consumer_number == c.c.consumer_number) & p.c.live_since.is_not(None) & p.c.ended_at.is_(None)
        counts = (func.count(), func.count(p.c.id), func.count(billed.c.provisional), func.sum(billed.c.provisional))
        query = select(c.c.book, *counts).outerjoin_from(c, p, phone)
        query = query.outerjoin(billed, billed.c.consumer_number == c.c.consumer_number)
        rows = self._db.execute(query.group_by(c.c.book).order_by(c.c.book))
        return [
            Coverage(book, of, phones, all_ - int(only or 0), int(only or 0)) for book, of, phones, all_, only in rows
        ]

    def add_entry(self, consumer_number: str, key: str, item: Adjustment | Credit, act: Act) -> None:
        """Something for the next bill, once for each key."""
        values: dict[str, Any] = {"key": key, "consumer_number": consumer_number, "by": act.by, "at": act.at}
        if isinstance(item, Adjustment):
            values |= {"kind": item.kind.value, "bill": item.bill}
        else:
            values |= {"kind": CREDIT}
        values |= {"amount_paise": item.amount.paise, "reason": item.reason}
        self._db.execute(insert(schema.entries).values(values))

    def _history(self, numbers: Sequence[str]) -> Mapping[str, tuple[Event, ...]]:
        e = schema.bill_events
        query = select(e.c.number, e.c.state, e.c.day, e.c.note).where(e.c.number.in_(numbers)).order_by(e.c.id)
        found: dict[str, tuple[Event, ...]] = {}
        for number, state, day, note in self._db.execute(query):
            found[number] = (*found.get(number, ()), Event(State(state), day, note))
        for number in numbers:
            first = found[number][0] if number in found else None
            if first is None or (first.state, first.note) != (State.ISSUED, number):
                raise StoreError(f"bill {number}: expected that it was issued as its first step, got none")
        return found
