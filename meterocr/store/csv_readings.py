"""Readings in a CSV file: how a row is read, and which ones a meter cannot have had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from meterocr.metering.reading import Reading, Source, Standing
from meterocr.readout import Quantity
from meterocr.store import schema
from meterocr.store.csv_fields import Fields, RefusedError, new
from meterocr.workflow.values.readings import NewReading

Times = tuple[datetime, datetime | None]
"""When a meter was hung up, and when it was taken down."""


def reading(fields: Fields) -> NewReading:
    """From a row to a reading."""
    value = fields.decimal("value")
    if value < 0:
        raise RefusedError("value", "a value of at least 0", f"{value:f}")
    made = Reading(
        fields.text("serial_number"),
        fields.choice("quantity", Quantity),
        value,
        fields.time("at"),
        fields.choice("source", Source),
        fields.choice("standing", Standing),
        visited=fields.flag("visited"),
    )
    if made.source is Source.PROVISIONAL and made.standing is Standing.TRUSTED:
        raise RefusedError("standing", "quarantined, as nobody saw the meter", "trusted")
    billed = fields.flag("billed")
    if made.provisional and billed:
        raise RefusedError("billed", "no, as bills begin with what was seen on a meter", "yes")
    return NewReading(fields.text("consumer_number"), made, billed=billed)


def reading_checks(db: Connection, values: Sequence[NewReading]) -> Callable[[NewReading], None]:
    """What a register cannot show, what its meter was not there for, and what is there already, is refused."""
    if not values:
        return lambda _value: None
    i, g, r = schema.installations, schema.registers, schema.readings
    serials = {value.reading.serial_number for value in values}
    columns = i.c.consumer_number, i.c.serial_number, i.c.installed_at, i.c.removed_at
    hung: dict[tuple[str, str], list[Times]] = {}
    for row in db.execute(select(*columns).where(i.c.serial_number.in_(serials))):
        hung.setdefault((row[0], row[1]), []).append((row[2], row[3]))
    of = select(g).where(g.c.serial_number.in_(serials))
    registers = {
        (row["serial_number"], row["quantity"]): (row["digits"], row["decimals"]) for row in db.execute(of).mappings()
    }
    moments = [value.reading.at for value in values]
    there = select(r.c.serial_number, r.c.quantity, r.c.at).where(
        r.c.serial_number.in_(serials), r.c.at.between(min(moments), max(moments)), r.c.withdrawn_at.is_(None)
    )  # not the pairs: PostgreSQL takes long to plan a thousand of them
    taken = {(row[0], row[1], row[2]) for row in db.execute(there)}

    def check(value: NewReading) -> None:
        reading = value.reading
        times = hung.get((value.consumer_number, reading.serial_number))
        if times is None:
            raise RefusedError("serial_number", f"a meter of connection {value.consumer_number}", reading.serial_number)
        register = registers.get((reading.serial_number, reading.quantity.value))
        if register is None:
            raise RefusedError("quantity", f"a register of meter {reading.serial_number}", reading.quantity.value)
        digits, decimals = register
        if reading.value >= 10**digits:
            raise RefusedError("value", f"a value below {10**digits}", f"{reading.value:f}")
        if reading.value != round(reading.value, decimals):
            raise RefusedError("value", f"at most {decimals} decimals", f"{reading.value:f}")
        if not any(start <= reading.at and (end is None or reading.at <= end) for start, end in times):
            raise RefusedError("at", f"a time at which the meter hung there: {_spans(times)}", str(reading.at))
        new("at", taken, (reading.serial_number, reading.quantity.value, reading.at))

    return check


def _spans(times: Iterable[Times]) -> str:
    return " or ".join(f"from {start} to {end}" if end else f"from {start}" for start, end in times)
