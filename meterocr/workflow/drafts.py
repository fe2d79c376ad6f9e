"""From where a connection stands to its next bill: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from meterocr.billing.bill import SCHEMA_VERSION, make_bill
from meterocr.billing.ledger import Adjustment, Arrears, Credit, Ledger, Replaced
from meterocr.billing.money import NOTHING, Money, total
from meterocr.billing.period import Period
from meterocr.errors import BillError
from meterocr.metering.consumption import ENERGY, Advance, consumption, day_in_india
from meterocr.metering.history import load_limit
from meterocr.metering.meter import Meter, Supply
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from meterocr.workflow.unpaid import Charges, Unpaid, less, unpaid_of
from meterocr.workflow.values.bills import Draft, LiveBill, Position, Rating, Taken
from meterocr.workflow.values.readings import StoredReading

_EXCHANGE = frozenset({Source.REMOVED, Source.INSTALLED})


def billed_quantity(meter: Meter) -> Quantity:
    """What a meter is billed by: the first of its registers that counts energy.

    Raises:
        BillError: it has none.
    """
    for register in meter.registers:
        if register.quantity in ENERGY:
            return register.quantity
    raise BillError(f"expected a register that counts energy on meter {meter.serial_number}, got none")


def actual_draft(position: Position, until: date, rating: Rating, *, on: date) -> Draft:
    """The bill up to the last reading of a meter on a day up to ``until``, issued ``on`` a day.

    It opens with the reading that closed the last actual bill, and takes back the provisional ones since.

    Raises:
        BillError: there is no reading to close it, or a counter cannot have gone as far as it seems.
        MeteringError, TariffError: as :func:`make_bill`.
    """
    seen = _seen(position)
    number = position.connection.consumer_number
    if not seen:
        raise BillError(f"connection {number}: expected a first reading, got none")
    later = [stored for stored in seen[1:] if day_of(seen[0].reading) < day_of(stored.reading) <= until]
    if not later:
        raise BillError(f"connection {number}: expected a reading after {day_of(seen[0].reading)}, got none to {until}")
    opening, closing = seen[0], later[-1]
    between = seen[1 : seen.index(closing)]
    exchanged = [stored for stored in between if stored.reading.source in _EXCHANGE]
    open_bills = [bill for bill in position.bills if bill.provisional and not bill.replaced]
    return _draft(position, [opening, *exchanged, closing], rating, on, replaced=open_bills)


def provisional_draft(position: Position, rating: Rating, *, on: date) -> Draft:
    """The bill from the last reading but one to the last one, which is provisional.

    Raises:
        BillError, MeteringError, TariffError: as :func:`make_bill`.
    """
    return _draft(position, _of_quantity(position)[-2:], rating, on)


def next_opening(position: Position) -> Reading | None:
    """The reading from which the meter on the wall is billed next; ``None`` where it has none."""
    serial_number = position.connection.meter.serial_number
    seen = [stored.reading for stored in _seen(position) if stored.reading.serial_number == serial_number]
    exchanged = [reading for reading in seen if reading.source in _EXCHANGE]
    return next(iter(exchanged[-1:] or seen), None)


def impossible_turn(step: Advance, supply: Supply, policy: Policy) -> str:
    """Why a counter that shows less than before cannot have gone through zero; empty where it can, or shows more."""
    opening, closing = step.opening, step.closing
    limit = load_limit(supply, opening.at, closing.at, policy=policy)
    if not step.rolled_over or step.units <= limit:
        return ""
    return (
        f"expected at least {opening.value:f} on meter {opening.serial_number}, as on {day_of(opening)}, "
        f"got {closing.value:f} on {day_of(closing)}: through zero that is {step.units:f} units, "
        f"and the load allows {limit:.0f}"
    )


def _draft(
    position: Position, readings: list[StoredReading], rating: Rating, on: date, *, replaced: Sequence[LiveBill] = ()
) -> Draft:
    _check_quantity(position)
    used = consumption([stored.reading for stored in readings], position.meters)
    for step in used.advances:
        reason = impossible_turn(step, position.connection.supply, rating.policy)
        if reason:
            raise BillError(
                f"connection {position.connection.consumer_number}: {reason}: correct the reading, or reverse the bill "
                f"that ends with {step.opening.value:f}"
            )
    items = tuple(entry.item for entry in position.entries)
    last = position.bills[-1] if position.bills else None
    ledger = ledger_of(Taken(last, position.unsettled, items, tuple(replaced)), on)
    bill = make_bill(position.connection, used, rating.tariff, Period(used.start, used.end), ledger)
    submissions = sorted({stored.submission for stored in readings if stored.submission is not None})
    return Draft(bill, readings[-1].id, tuple(entry.id for entry in position.entries), tuple(submissions))


def ledger_of(taken: Taken, on: date, *, schema: int = SCHEMA_VERSION) -> Ledger:
    """What the bills before it left, and what was put right since.

    In bills of schema 1 all that the last bill left was one amount, surcharges too, and bore one from its due date.
    """
    credits_ = [item for item in taken.items if isinstance(item, Credit)]
    last = taken.last
    if last is not None and last.total < NOTHING:
        credits_.append(Credit(f"credit of bill {last.number}", -last.total))
    adjustments = tuple(item for item in taken.items if isinstance(item, Adjustment))
    came_in = total(each.amount for each in credits_) - total(min(each.amount, NOTHING) for each in adjustments)
    unpaid = unpaid_of(taken.unsettled)
    if schema == 1:
        came_in, unpaid = NOTHING, Unpaid()
        if last is not None and last.unpaid:
            unpaid = Unpaid((Charges(last.number, last.unpaid, last.due),))
    return Ledger(
        tuple(_arrears(unpaid, came_in, on)),
        tuple(credits_),
        adjustments,
        tuple(Replaced(bill.number, bill.period, bill.current) for bill in taken.replaced),
        unpaid.surcharges,
    )


def _check_quantity(position: Position) -> None:
    """Refuse a bill that would leave out what an earlier meter counted, which was billed by another quantity."""
    quantity, meters = _quantity(position), {meter.serial_number: meter for meter in position.meters}
    others = [
        stored.reading
        for stored in position.readings
        if stored.reading.quantity in ENERGY - {quantity}
        and stored.reading.quantity is billed_quantity(meters[stored.reading.serial_number])
    ]
    # One on the day on which the new meter was hung up is the one that closed the last bill.
    if others[1:] or (others and day_of(others[0]) < day_of(_of_quantity(position)[0].reading)):
        first, meter = others[0], position.connection.meter.serial_number
        raise BillError(
            f"connection {position.connection.consumer_number}: expected readings in {quantity} since the last bill, "
            f"got {first.value:f} {first.quantity} of meter {first.serial_number} on {day_of(first)}: bill those where "
            f"they were billed before, and import a reading of meter {meter} as billed"
        )


def _seen(position: Position) -> list[StoredReading]:
    """Readings by which the connection is billed, without provisional ones."""
    return [stored for stored in _of_quantity(position) if not stored.reading.provisional]


def _arrears(unpaid: Unpaid, came_in: Money, on: date) -> Iterator[Arrears]:
    """By bill, oldest first. What is covered by what came in, and is a credit of the same bill, is not overdue."""
    _, came_in = less(unpaid.surcharges, came_in)
    for each in unpaid.charges:
        left, came_in = less(each.amount, came_in)
        days = max((on - each.since).days, 0)
        parts = ((each.amount - left, 0), (left, days)) if days else ((each.amount, 0),)
        yield from (Arrears(each.bill, amount, overdue) for amount, overdue in parts if amount)


def _of_quantity(position: Position) -> list[StoredReading]:
    quantity = _quantity(position)
    return [stored for stored in position.readings if stored.reading.quantity is quantity]


def _quantity(position: Position) -> Quantity:
    return billed_quantity(position.connection.meter)


def day_of(reading: Reading) -> date:
    """The day of a reading in India."""
    return day_in_india(reading.at)
