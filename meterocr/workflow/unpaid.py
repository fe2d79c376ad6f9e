"""What is unpaid, and of which bills: pure functions.

The rule of the house, as supply codes have it: money that comes in settles surcharges first, then the charges of the
bills, from the oldest to the last one. Credits and adjustments below zero are money that came in. An actual bill that
takes provisional ones back first settles what is unpaid of their charges. A surcharge is for charges only, never for
surcharges: from the day after their bill was due, and then from the day of the last bill that charged one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from meterocr.billing.line import LineCode
from meterocr.billing.money import NOTHING, Money, total
from meterocr.workflow.values.bills import Unsettled

_TAKEN_OFF = frozenset({LineCode.ADJUSTMENT, LineCode.CREDIT, LineCode.REPLACED})


@dataclass(frozen=True, slots=True)
class Charges:
    """What is unpaid of a bill, without surcharges and without what it took over.

    Attributes:
        bill: its number.
        since: the days after this one bear a surcharge that no bill has charged yet.
    """

    bill: str
    amount: Money
    since: date


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What is unpaid after some bills: of their charges, oldest first, and of the surcharges that they charged."""

    charges: tuple[Charges, ...] = ()
    surcharges: Money = NOTHING

    @property
    def total(self) -> Money:
        """All of it."""
        return total(each.amount for each in self.charges) + self.surcharges


def unpaid_of(bills: Sequence[Unsettled]) -> Unpaid:
    """What is unpaid after the last one of ``bills``: all that count since nothing was, in the order of their issue."""
    unpaid = Unpaid()
    for each in bills:
        replaced = [other.bill for other in bills if other.bill.replaced_by == each.bill.number]
        unpaid = _after(unpaid, each, {bill.number: bill.current for bill in replaced})
    return unpaid


def less(amount: Money, came_in: Money) -> tuple[Money, Money]:
    """What is left of both when the one is settled with the other."""
    settled = min(amount, came_in)
    return amount - settled, came_in - settled


def _after(before: Unpaid, made: Unsettled, replaced: Mapping[str, Money]) -> Unpaid:
    """With one more bill and what came in for it; ``replaced``: by number, the charges that it took back."""
    late = [line.amount for line in made.lines if line.code is LineCode.LATE_PAYMENT]
    off = -total(min(line.amount, NOTHING) for line in made.lines if line.code in _TAKEN_OFF)
    own = made.bill.total - before.total - total(late) + off
    charges: list[Charges] = []
    for each in before.charges:
        left, _ = less(each.amount, replaced.get(each.bill, NOTHING))
        off -= each.amount - left
        charges.append(Charges(each.bill, left, max(each.since, made.issued) if late else each.since))
    charges.append(Charges(made.bill.number, own, made.bill.due))
    surcharges, came_in = less(before.surcharges + total(late), off + made.bill.received)
    unpaid: list[Charges] = []
    for each in charges:
        left, came_in = less(each.amount, came_in)
        if left:
            unpaid.append(Charges(each.bill, left, each.since))
    return Unpaid(tuple(unpaid), surcharges)
