"""From where a connection stands to its next bill: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from meterocr.billing.bill import SCHEMA_VERSION, make_bill
from meterocr.billing.ledger import Adjustment, Arrears, Credit, Ledger, Replaced
from meterocr.billing.money import NOTHING, Money, total
from meterocr.billing.period import Period
from meterocr.errors import BillError
from meterocr.metering.consumption import ENERGY, IST, consumption
from meterocr.metering.meter import Meter
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
        BillError: there is no reading to close it.
        MeteringError, TariffError: as :func:`make_bill`.
    """
    seen = [stored for stored in _of_quantity(position) if not stored.reading.provisional]
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


def _draft(
    position: Position, readings: list[StoredReading], rating: Rating, on: date, *, replaced: Sequence[LiveBill] = ()
) -> Draft:
    used = consumption([stored.reading for stored in readings], position.meters)
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


def _arrears(unpaid: Unpaid, came_in: Money, on: date) -> Iterator[Arrears]:
    """By bill, oldest first. What is covered by what came in, and is a credit of the same bill, is not overdue."""
    _, came_in = less(unpaid.surcharges, came_in)
    for each in unpaid.charges:
        left, came_in = less(each.amount, came_in)
        days = max((on - each.since).days, 0)
        parts = ((each.amount - left, 0), (left, days)) if days else ((each.amount, 0),)
        yield from (Arrears(each.bill, amount, overdue) for amount, overdue in parts if amount)


def _of_quantity(position: Position) -> list[StoredReading]:
    quantity = billed_quantity(position.connection.meter)
    return [stored for stored in position.readings if stored.reading.quantity is quantity]


def day_of(reading: Reading) -> date:
    """The day of a reading in India."""
    return reading.at.astimezone(IST).date()
