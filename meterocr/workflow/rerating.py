"""Corrected rates over all stored bills: first what it comes to, then the lines for the next bills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from meterocr.billing.bill import Bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind
from meterocr.billing.money import Money
from meterocr.billing.rerate import rerate
from meterocr.billing.schedule import Tariff
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values import Act

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
    count = 0
    for each in found:
        item = Adjustment(AdjustmentKind.RERATE, each.bill, each.amount, reason)
        uow.bills.add_entry(each.consumer_number, f"rerate:{each.bill}:{tariff.digest}", item, act)
        count += 1
    uow.log.write(act, "rerate", tariff.digest, {"bills": count, "reason": reason})
    return count


def _number(bill: Bill) -> str:
    return bill.connection.consumer_number
