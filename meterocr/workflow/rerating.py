"""Corrected rates over all stored bills: first what it comes to, then the lines for the next bills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice

from meterocr.billing.bill import Bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind
from meterocr.billing.money import Money
from meterocr.billing.rerate import rerate
from meterocr.billing.schedule import Tariff
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Correction:
    """What one bill was too little (above zero) or too much by."""

    consumer_number: str
    bill: str
    amount: Money


def corrections(uow: UnitOfWork, since: date, until: date, tariff: Tariff) -> Iterator[Correction]:
    """What is left to correct on bills issued from ``since`` to ``until`` (inclusive), streamed; nothing is changed.

    Raises:
        TariffError: the tariff lacks a rate that one of the bills needs.
    """
    bills = uow.bills.since(since, until)
    while portion := list(islice(bills, _PORTION)):
        adjusted = uow.bills.adjusted([bill.number for bill in portion])
        for found in rerate(portion, tariff, adjusted=adjusted).differences:
            yield Correction(_number(found.bill), found.bill.number, found.amount)


def adjust(uow: UnitOfWork, found: Iterable[Correction], tariff: Tariff, reason: str, act: Act) -> int:
    """Write the corrections as lines for the next bills; gives how many.

    Raises:
        ConflictError: a bill was corrected to this tariff before, see :func:`corrections`.
    """
    written = 0
    for each in found:
        item = Adjustment(AdjustmentKind.RERATE, each.bill, each.amount, reason)
        uow.bills.add_entry(each.consumer_number, f"rerate:{each.bill}:{tariff.digest}", item, act)
        written += 1
    uow.log.write(act, "rerate", tariff.digest, {"bills": written, "reason": reason})
    return written


@dataclass(frozen=True, slots=True)
class Bin:
    """How many corrections lie from ``start`` (inclusive) to ``end`` (exclusive)."""

    start: Money
    end: Money
    count: int


def distribution(amounts: Sequence[Money], *, most: int = 24) -> tuple[Bin, ...]:
    """How corrections are spread: bins of one round width (1, 2 or 5 times a power of ten paise), at most ``most``."""
    if not amounts:
        return ()
    low, high = min(amounts).paise, max(amounts).paise
    widths = (digit * 10**power for power in count() for digit in (1, 2, 5))
    width = next(w for w in widths if high // w - low // w < most)
    counts = Counter(amount.paise // width for amount in amounts)
    places = range(low // width, high // width + 1)
    return tuple(Bin(Money(place * width), Money((place + 1) * width), counts[place]) for place in places)


def _number(bill: Bill) -> str:
    return bill.connection.consumer_number
