"""What a CSV file may hold: consumers, connections, meters, and history (readings). One row is one of them.

A kind says its columns, how a row is read and written, and what of a portion of rows the database would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Select, exists, select

from meterocr.billing.account import Area, Consumer
from meterocr.metering.consumption import IST
from meterocr.metering.meter import Meter, Phase, Register, Supply
from meterocr.readout import Quantity
from meterocr.store import schema
from meterocr.store.csv_fields import Fields, RefusedError, new, number
from meterocr.store.csv_payments import keep_payments, lock_payments, payment, payment_checks, payment_rows
from meterocr.store.csv_readings import reading, reading_checks
from meterocr.store.rows import PORTION, SEEN
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.connections import ConnectionEntry, Installation

Row = Sequence[str]
Check = Callable[[Any], None]
"""Raises RefusedError for a value that the database would refuse."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        parse: from a row to a value.
        checks: for the values of a portion, what the database would refuse; called value by value, in order.
        keep: store the values of a portion.
        rows: all rows of the store, streamed.
        lock: keep others from what all values of a file are about, before any is kept; ``None`` where nobody else
            works on that.
    """

    columns: tuple[str, ...]
    parse: Callable[[Fields], Any]
    checks: Callable[[Connection, Sequence[Any]], Check]
    keep: Callable[[UnitOfWork, Sequence[Any], Act], None]
    rows: Callable[[Connection], Iterator[Row]]
    lock: Callable[[Connection, Iterable[Any]], None] | None = None


def _consumer(fields: Fields) -> tuple[str, Consumer]:
    return fields.text("consumer_id"), Consumer(fields.text("name"), fields.text("address", empty=True))


def _connection(fields: Fields) -> ConnectionEntry:
    load = fields.decimal("load_kw")
    if not load > 0:
        raise RefusedError("load_kw", "a load above 0 kW", f"{load:f}")
    return ConnectionEntry(
        fields.text("consumer_number"),
        fields.text("consumer_id"),
        fields.text("category"),
        fields.choice("area", Area),
        Supply(load, fields.choice("phase", Phase)),
        fields.text("book"),
    )


def _meter(fields: Fields) -> Installation:
    try:
        registers = tuple(_register(part) for part in fields.text("registers").split(";"))
        meter = Meter(fields.text("serial_number"), registers, fields.choice("phase", Phase))
    except ValueError as error:
        expected, _, got = str(error).removeprefix("expected ").partition(", got ")
        raise RefusedError("registers", expected, got) from error
    removed = fields.time("removed_at") if "removed_at" in fields else None
    return Installation(fields.text("consumer_number"), meter, fields.time("installed_at"), removed)


def _register(text: str) -> Register:
    parts = text.strip().split(":")
    known = {quantity.value for quantity in Quantity}
    if len(parts) != 4 or parts[0] not in known or not (parts[1] + parts[2]).isdecimal():
        raise RefusedError("registers", "quantity:digits:decimals:factor, such as kwh:6:1:1", repr(text))
    return Register(Quantity(parts[0]), int(parts[1]), int(parts[2]), number("registers", parts[3]))


def _known(db: Connection, column: Column[Any], values: Iterable[str]) -> set[str]:
    return set(db.execute(select(column).where(column.in_(set(values)))).scalars())


def _there(column: str, known: set[str], key: str) -> None:
    if key not in known:
        raise RefusedError(column, "one that is in the store", key)


def _consumer_checks(db: Connection, values: Sequence[tuple[str, Consumer]]) -> Check:
    taken = _known(db, schema.consumers.c.consumer_id, (key for key, _ in values))
    return lambda value: new("consumer_id", taken, value[0])


def _connection_checks(db: Connection, values: Sequence[ConnectionEntry]) -> Check:
    consumers = _known(db, schema.consumers.c.consumer_id, (value.consumer_id for value in values))
    taken = _known(db, schema.connections.c.consumer_number, (value.consumer_number for value in values))

    def check(value: ConnectionEntry) -> None:
        _there("consumer_id", consumers, value.consumer_id)
        new("consumer_number", taken, value.consumer_number)

    return check


def _meter_checks(db: Connection, values: Sequence[Installation]) -> Check:
    i = schema.installations
    connections = _known(db, schema.connections.c.consumer_number, (value.consumer_number for value in values))
    serials = {value.meter.serial_number for value in values}
    times = set(db.execute(select(i.c.serial_number, i.c.installed_at).where(i.c.serial_number.in_(serials))))
    hanging = select(i.c.consumer_number, i.c.serial_number).where(i.c.removed_at.is_(None))
    at = {row[0] for row in db.execute(hanging.where(i.c.consumer_number.in_(connections)))}
    hung = {row[1] for row in db.execute(hanging.where(i.c.serial_number.in_(serials)))}
    taken = {(row[0], row[1]) for row in times}

    def check(value: Installation) -> None:
        serial = value.meter.serial_number
        _there("consumer_number", connections, value.consumer_number)
        if value.removed_at is None:
            if value.consumer_number in at:
                raise RefusedError("removed_at", f"one meter at {value.consumer_number}", "a second one")
            if serial in hung:
                raise RefusedError("serial_number", "a meter that hangs nowhere else", serial)
        new("installed_at", taken, (serial, value.installed_at))
        if value.removed_at is None:
            at.add(value.consumer_number)
            hung.add(serial)

    return check


def _stream(db: Connection, query: Select[Any]) -> Iterator[RowMapping]:
    return iter(db.execute(query, execution_options={"yield_per": PORTION}).mappings())


def _consumer_rows(db: Connection) -> Iterator[Row]:
    c = schema.consumers
    for row in _stream(db, select(c).order_by(c.c.consumer_id)):
        yield row["consumer_id"], row["name"], row["address"]


def _connection_rows(db: Connection) -> Iterator[Row]:
    c = schema.connections
    for row in _stream(db, select(c).order_by(c.c.consumer_number)):
        yield [f"{row[name]:f}" if name == "load_kw" else row[name] for name in KINDS["connections"].columns]


def _meter_rows(db: Connection) -> Iterator[Row]:
    i, m, g = schema.installations, schema.meters, schema.registers
    query = (
        select(i, m.c.phase, g.c.quantity, g.c.digits, g.c.decimals, g.c.multiplying_factor)
        .join_from(i, m)
        .join(g, g.c.serial_number == m.c.serial_number)
        .order_by(i.c.consumer_number, i.c.installed_at, i.c.id, g.c.place)
    )
    for _, group in groupby(_stream(db, query), key=lambda row: row["id"]):
        rows = list(group)
        first, removed = rows[0], rows[0]["removed_at"]
        registers = (f"{r['quantity']}:{r['digits']}:{r['decimals']}:{r['multiplying_factor']:f}" for r in rows)
        yield (
            first["consumer_number"],
            first["serial_number"],
            first["phase"],
            ";".join(registers),
            _time(first["installed_at"]),
            "" if removed is None else _time(removed),
        )


def _reading_rows(db: Connection) -> Iterator[Row]:
    """What closed a bill here was billed as well as what was imported so, or it would be billed again elsewhere.

    No bill begins with what nobody saw, though earlier versions took such rows.
    """
    r, live = schema.readings, schema.live_bills
    billed = r.c.billed | exists().where(live.c.closing == r.c.id, ~live.c.provisional)
    closed = billed & SEEN
    query = select(r, closed.label("closed")).where(r.c.withdrawn_at.is_(None))
    for row in _stream(db, query.order_by(r.c.consumer_number, r.c.at, r.c.id)):
        flags = ("yes" if row[name] else "no" for name in ("visited", "closed"))
        names = ("source", "standing")
        key = row["consumer_number"], row["serial_number"], row["quantity"]
        yield (*key, f"{row['value']:f}", _time(row["at"]), *(row[name] for name in names), *flags)


def _time(value: Any) -> str:
    return str(value.astimezone(IST).isoformat())


KINDS: Mapping[str, Kind] = {
    "consumers": Kind(
        ("consumer_id", "name", "address"),
        _consumer,
        _consumer_checks,
        lambda uow, values, _act: uow.book.add_consumers(values),
        _consumer_rows,
    ),
    "connections": Kind(
        ("consumer_number", "consumer_id", "category", "area", "book", "load_kw", "phase"),
        _connection,
        _connection_checks,
        lambda uow, values, _act: uow.book.add_connections(values),
        _connection_rows,
    ),
    "meters": Kind(
        ("consumer_number", "serial_number", "phase", "registers", "installed_at", "removed_at"),
        _meter,
        _meter_checks,
        lambda uow, values, _act: uow.book.install(values),
        _meter_rows,
    ),
    "history": Kind(
        (
            "consumer_number",
            "serial_number",
            "quantity",
            "value",
            "at",
            "source",
            "standing",
            "visited",
            "billed",
        ),
        reading,
        reading_checks,
        lambda uow, values, _act: uow.readings.add(values),
        _reading_rows,
    ),
    "payments": Kind(
        ("bill", "reference", "amount", "paid_on", "online"),
        payment,
        payment_checks,
        keep_payments,
        payment_rows,
        lock_payments,
    ),
}
"""By name."""
