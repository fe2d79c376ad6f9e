"""Consumers, connections, meters and readings come into the book."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from meterocr.billing.account import Consumer
from meterocr.errors import MeteringError
from meterocr.metering.baseline import Settlement, settle
from meterocr.metering.consumption import advance
from meterocr.metering.meter import Meter, Register
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.reading import Reading, Source
from meterocr.workflow.drafts import billed_quantity, impossible_turn, next_opening
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Position
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.readings import NewReading


def add_consumer(uow: UnitOfWork, consumer_id: str, consumer: Consumer, act: Act) -> None:
    """A new consumer.

    Raises:
        ConflictError: the id is taken.
    """
    uow.book.add_consumers([(consumer_id, consumer)])
    uow.log.write(act, "add_consumer", consumer_id)


def add_connection(uow: UnitOfWork, entry: ConnectionEntry, act: Act) -> None:
    """A new connection of a known consumer.

    Raises:
        ConflictError: the number is taken, or there is no such consumer.
    """
    uow.book.add_connections([entry])
    uow.log.write(act, "add_connection", entry.consumer_number)


def install_meter(uow: UnitOfWork, installation: Installation, shows: Decimal, act: Act) -> None:
    """A meter is hung up, and shows ``shows`` on the register that is billed.

    Raises:
        ConflictError: a meter hangs there, or this one hangs elsewhere.
        MeteringError: its register cannot show that.
    """
    number, meter = installation.consumer_number, installation.meter
    uow.book.lock([number])
    uow.book.install([installation])
    reading = _reading(meter, shows, installation.installed_at, Source.INSTALLED)
    uow.readings.add([NewReading(number, reading)])
    uow.log.write(act, "install", meter.serial_number, {"connection": number, "shows": f"{shows:f}"})


def exchange_meter(  # noqa: PLR0913 - what was found and done, and by what it is judged
    uow: UnitOfWork,
    installation: Installation,
    showed: Decimal,
    shows: Decimal,
    act: Act,
    *,
    policy: Policy = DEFAULT_POLICY,
) -> None:
    """The meter that hangs there, which ``showed`` that, is taken down and another one hung up at the same time.

    Raises:
        NotFoundError: no meter hangs there.
        MeteringError: the old meter cannot have gone so far since it was billed: it is gone, and cannot be read again;
            or the new one is billed by another quantity.
        ConflictError, MeteringError: as :func:`install_meter`.
    """
    number, at = installation.consumer_number, installation.installed_at
    uow.book.lock([number])
    old = uow.book.connection(number).meter
    removed = _reading(old, showed, at, Source.REMOVED)
    _check_removed(uow.bills.positions([number])[number], removed, policy)
    uow.readings.add([NewReading(number, removed)])
    uow.book.remove(number, at)
    uow.log.write(act, "remove", old.serial_number, {"connection": number, "showed": f"{showed:f}"})
    install_meter(uow, installation, shows, act)
    _check_quantity(old, uow.book.connection(number).meter)  # one that hung elsewhere before keeps its registers


def record_reading(uow: UnitOfWork, new: NewReading, act: Act, *, policy: Policy = DEFAULT_POLICY) -> Settlement:
    """Store a reading; quarantined ones that it confirms are trusted from now on.

    Raises:
        MeteringError: of another meter than the one on the wall, or not possible on its register.
        ConflictError: the register has a reading of that time.
    """
    number, reading = new.consumer_number, new.reading
    uow.book.lock([number])
    connection = uow.book.connection(number)
    if reading.serial_number != connection.meter.serial_number:
        raise MeteringError(
            f"expected a reading of meter {connection.meter.serial_number}, got one of {reading.serial_number!r}"
        )
    check_value(_register(connection.meter, reading), reading.value)
    history = uow.readings.history(number, reading.quantity)
    settled = settle(history, reading, connection.supply, policy=policy)
    uow.readings.add([replace(new, reading=settled.new)])
    uow.readings.trust(number, settled.confirmed)
    detail = {"connection": number, "value": f"{reading.value:f}", "source": reading.source.value}
    uow.log.write(act, "reading", reading.serial_number, dict(detail))
    return settled


def withdraw_reading(uow: UnitOfWork, consumer_number: str, reading_id: int, reason: str, act: Act) -> None:
    """A reading that was wrong no longer counts; it stays in the store.

    Raises:
        ConflictError: a live bill is made from it, which has to be reversed first.
        NotFoundError: the connection has no such reading.
    """
    uow.book.lock([consumer_number])
    uow.readings.withdraw(consumer_number, reading_id, act.at)
    uow.log.write(act, "withdraw", consumer_number, {"reading": reading_id, "reason": reason})


def check_value(register: Register, value: Decimal) -> None:
    """Refuse what a register cannot show.

    Raises:
        MeteringError: too large, or with too many decimals.
    """
    if value >= register.capacity or value != round(value, register.decimals):
        raise MeteringError(
            f"expected a value below {register.capacity:f} with at most {register.decimals} decimals, got {value:f}"
        )


def _reading(meter: Meter, shows: Decimal, at: datetime, source: Source) -> Reading:
    quantity = billed_quantity(meter)
    check_value(meter.register(quantity), shows)
    return Reading(meter.serial_number, quantity, shows, at, source)


def _check_quantity(old: Meter, new: Meter) -> None:
    """A bill is of one quantity: readings of two make no consumption."""
    was, got = billed_quantity(old), billed_quantity(new)
    if was is not got:
        raise MeteringError(
            f"expected a meter whose first energy register counts {was}, as that of {old.serial_number} does, "
            f"got {got}: what {old.serial_number} counted since the last bill would not be billed; "
            f"name its {was} register first, or give the supply by {got} a connection of its own"
        )


def _check_removed(position: Position, removed: Reading, policy: Policy) -> None:
    opening = next_opening(position)
    if opening is None:
        return
    meter, supply = position.connection.meter, position.connection.supply
    reason = impossible_turn(advance(meter.register(removed.quantity), opening, removed), supply, policy)
    if reason:
        raise MeteringError(
            f"{reason}: look again; where {removed.value:f} is right, reverse the bill that ends with "
            f"{opening.value:f} and withdraw that reading first"
        )


def _register(meter: Meter, reading: Reading) -> Register:
    try:
        return meter.register(reading.quantity)
    except KeyError as error:
        raise MeteringError(error.args[0]) from error
