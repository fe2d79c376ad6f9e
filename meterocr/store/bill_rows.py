"""The rows of a bill: written from it once, and held against it again when it is audited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from meterocr.billing.bill import Bill, Event, State
from meterocr.billing.canonical import plain
from meterocr.metering.consumption import day_in_india
from meterocr.metering.reading import Source
from meterocr.store import schema
from meterocr.store.rows import written
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import NewBill


def bill_row(new: NewBill) -> dict[str, Any]:
    """Of the bills."""
    return _columns(new.bill) | {
        "due_on": new.due,
        "content": new.content,
        "submissions": written(plain(new.draft.submissions)),
        "head": new.head,
    }


def live_row(new: NewBill) -> dict[str, Any]:
    """Of its place among the live ones."""
    return _key(new.bill) | {"closing": new.draft.closing, "paid": False, "received_paise": 0, "replaced_by": None}


def event_row(number: str, event: Event, act: Act) -> dict[str, Any]:
    """Of a step in its life."""
    return {
        "number": number,
        "state": event.state.value,
        "day": event.on,
        "note": event.note,
        "by": act.by,
        "at": act.at,
    }


def astray(db: Connection, bill: Bill) -> list[str]:
    """Where the rows of a bill say something else than the bill itself, in words.

    Later bills are made from these rows. What they hold beyond the bill (due date, photos) is in its proof, and what
    came in for it is in the payments.
    """
    return [*_bill_astray(db, bill), *_live_astray(db, bill), *_events_astray(db, bill.number)]


def _key(bill: Bill) -> dict[str, Any]:
    """What a bill and its place among the live ones have in common: which one it is."""
    return {
        "number": bill.number,
        "consumer_number": bill.connection.consumer_number,
        "period_start": bill.period.start,
        "period_end": bill.period.end,
        "provisional": bill.consumption.provisional,
    }


def _columns(bill: Bill) -> dict[str, Any]:
    """All that is kept of a bill in columns of its own."""
    return _key(bill) | {
        "units": bill.consumption.units,
        "current_paise": bill.current.paise,
        "total_paise": bill.total.paise,
        "tariff": bill.tariff_digest,
        "issued_on": bill.history[0].on,
    }


def _bill_astray(db: Connection, bill: Bill) -> Iterator[str]:
    b = schema.bills
    row = db.execute(select(b).where(b.c.number == bill.number)).mappings().one()
    for name, value in _columns(bill).items():
        if row[name] != value:
            yield f"bills.{name}: expected {value}, got {row[name]}"


def _live_astray(db: Connection, bill: Bill) -> Iterator[str]:
    live, r = schema.live_bills, schema.readings
    columns = (r.c.serial_number, r.c.quantity, r.c.at, r.c.source)
    query = select(live, *columns).join_from(live, r, r.c.id == live.c.closing).where(live.c.number == bill.number)
    row = db.execute(query).mappings().first()
    live_now = bill.state is not State.REVERSED
    if row is None or not live_now:
        if (row is not None) is not live_now:
            yield f"live_bills: expected {'a' if live_now else 'no'} row, as the last step is {bill.state}"
        return
    for name, value in (_key(bill) | _place(bill, row)).items():
        if row[name] != value:
            yield f"live_bills.{name}: expected {value}, got {row[name]}"


def _place(bill: Bill, row: RowMapping) -> dict[str, Any]:
    """Of the reading that closes a bill.

    Where the meter was exchanged on its last day, that is one of the new meter, which the bill does not name.
    """
    closing = bill.consumption.advances[-1].closing
    if row["source"] == Source.INSTALLED.value and day_in_india(row["at"]) == bill.period.end:
        return {"quantity": closing.quantity.value}
    return {"serial_number": closing.serial_number, "quantity": closing.quantity.value, "at": closing.at}


def _events_astray(db: Connection, number: str) -> Iterator[str]:
    e = schema.bill_events
    for state, day, at in db.execute(select(e.c.state, e.c.day, e.c.at).where(e.c.number == number).order_by(e.c.id)):
        then = day_in_india(at)
        if day != then:
            yield f"bill_events.day of {state}: expected {then}, got {day}"
