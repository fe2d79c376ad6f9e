"""What several repositories have in common: values from rows, and statements in portions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Insert,
    RowMapping,
    Select,
    Table,
    cast,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from meterocr.billing.account import Area, Consumer, ServiceConnection
from meterocr.billing.canonical import Json, canonical_bytes
from meterocr.metering.meter import Meter, Phase, Register, Supply
from meterocr.metering.reading import Reading, Source, Standing
from meterocr.readout import Quantity
from meterocr.store import schema
from meterocr.workflow.values.readings import StoredReading

PORTION = 1000
"""Rows of one statement."""

SEEN = schema.readings.c.source != Source.PROVISIONAL.value
"""Of a row of readings: somebody or something saw the meter."""

T = TypeVar("T")


def portions(items: Iterable[T], size: int = PORTION) -> Iterator[list[T]]:
    """Lists of at most ``size`` items, in order."""
    iterator = iter(items)
    while portion := list(islice(iterator, size)):
        yield portion


def insert_all(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """All rows, in portions."""
    for portion in portions(rows):
        connection.execute(insert(table), portion)


def insert_new(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    """The rows whose key is not there yet, in portions."""
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement: Insert = maker(table).on_conflict_do_nothing()
    for portion in portions(rows):
        connection.execute(statement, portion)


def written(value: Json) -> str:
    """JSON as it is stored."""
    return canonical_bytes(value).decode()


def read_json(text: str) -> Any:
    """What :func:`written` wrote. A number with a fraction, as readouts have, stays the text that it is."""
    return json.loads(text, parse_float=str)


def connection_of(row: RowMapping, meter: Meter) -> ServiceConnection:
    """A connection from a row of connections joined with consumers."""
    supply = Supply(row["load_kw"], Phase(row["phase"]))
    consumer = Consumer(row["name"], row["address"])
    return ServiceConnection(row["consumer_number"], row["category"], Area(row["area"]), supply, meter, consumer)


def reading_of(row: RowMapping) -> StoredReading:
    """A reading from a row of readings."""
    reading = Reading(
        row["serial_number"],
        Quantity(row["quantity"]),
        row["value"],
        row["at"],
        Source(row["source"]),
        Standing(row["standing"]),
        visited=row["visited"],
    )
    return StoredReading(row["id"], reading, row["submission_id"])


def meters_of(connection: Connection, consumer_numbers: Iterable[str]) -> Mapping[str, tuple[Meter, ...]]:
    """By connection, the meters it had and has, in the order of their installation; the last one is on the wall."""
    i, m, r = schema.installations, schema.meters, schema.registers
    query: Select[Any] = (
        select(i.c.consumer_number, i.c.id, m.c.serial_number, m.c.phase, r)
        .join_from(i, m)
        .join(r, r.c.serial_number == m.c.serial_number)
        .where(i.c.consumer_number.in_(list(consumer_numbers)))
        .order_by(i.c.consumer_number, i.c.installed_at, i.c.id, r.c.place)
    )
    found: dict[tuple[str, int], tuple[str, Phase, list[Register]]] = {}
    for row in connection.execute(query).mappings():
        register = Register(Quantity(row["quantity"]), row["digits"], row["decimals"], row["multiplying_factor"])
        key = row["consumer_number"], row["id"]
        found.setdefault(key, (row["serial_number"], Phase(row["phase"]), []))[2].append(register)
    meters: dict[str, tuple[Meter, ...]] = {}
    for (number, _), (serial, phase, registers) in found.items():
        meters[number] = (*meters.get(number, ()), Meter(serial, tuple(registers), phase))
    return meters


def json_field(connection: Connection, column: Column[str], *names: str) -> ColumnElement[str]:
    """A field of JSON that is kept as text, by its way down, as text."""
    if connection.dialect.name == "postgresql":
        found: ColumnElement[str] = cast(column, JSON)[names].as_string()
        return found
    return func.json_extract(column, "$." + ".".join(names))
