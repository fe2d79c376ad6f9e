"""Bills that were issued under old rates, against corrected ones: what is to be put right on the next bills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meterocr.billing.bill import Bill, State, make_bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind
from meterocr.billing.money import NOTHING, Money, total
from meterocr.billing.schedule import Tariff

_NONE: Mapping[str, Money] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Difference:
    """A bill and what it should have come to. Above zero: it was too little."""

    bill: Bill
    corrected: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Rerating:
    """The outcome for many bills.

    Attributes:
        differences: of the bills that come to something else, in the order given.
        same: how many come to the same.
        left_out: how many were not looked at: drafts, reversed bills, and provisional ones.
    """

    differences: tuple[Difference, ...]
    same: int
    left_out: int

    @property
    def total(self) -> Money:
        """Sum of the differences."""
        return total(d.amount for d in self.differences)

    def adjustments(self, reason: str) -> Mapping[str, Adjustment]:
        """By bill number, the line for the next bill of the same connection."""
        return {
            d.bill.number: Adjustment(AdjustmentKind.RERATE, d.bill.number, d.amount, reason) for d in self.differences
        }


def rerate(bills: Iterable[Bill], tariff: Tariff, *, adjusted: Mapping[str, Money] = _NONE) -> Rerating:
    """What the issued and paid ones of ``bills`` come to under ``tariff``; the bills stay as they are.

    Provisional bills are left out: the actual bill that replaces one takes it off as it was billed, so the correction
    of the actual bill is the whole correction.

    Args:
        adjusted: by bill number, the sum of adjustments of the bill that were already made; only the rest is left.

    Raises:
        TariffError: the tariff lacks a rate that one of the bills needs.
    """
    differences: list[Difference] = []
    same = left_out = 0
    for bill in bills:
        if bill.state not in {State.ISSUED, State.PAID} or bill.consumption.provisional:
            left_out += 1
            continue
        corrected = make_bill(bill.connection, bill.consumption, tariff, bill.period, bill.ledger).total
        amount = corrected - bill.total - adjusted.get(bill.number, NOTHING)
        if amount:
            differences.append(Difference(bill, corrected, amount))
        else:
            same += 1
    return Rerating(tuple(differences), same, left_out)
