"""Money comes in for a bill, at once or in parts; what was too much, and rebates that were earned, are credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from meterocr.billing.bill import Bill, RebateCode, State
from meterocr.billing.canonical import Json
from meterocr.billing.ledger import Credit
from meterocr.billing.money import NOTHING, Money, total
from meterocr.errors import BillError
from meterocr.metering.consumption import IST
from meterocr.workflow.bills import locked_bill
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import BillEvent
from meterocr.workflow.values.payments import Payment, rebate_key


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a payment came to.

    Attributes:
        bill: as it stands now.
        left: what is still to be paid of it.
        credit: what goes to the next bill: too much, or for a bill that a later one has taken over.
        rebates: that were earned, for the next bill too.
    """

    bill: Bill
    left: Money
    credit: Money
    rebates: tuple[Credit, ...]


def pay_bill(uow: UnitOfWork, number: str, reference: str, act: Act) -> Bill:
    """All that is left to pay of a bill.

    Raises:
        BillError, ConflictError, NotFoundError: as :func:`receive_payment`.
    """
    bill, _ = locked_bill(uow, number)
    check_billed(bill)
    left = bill.total - _sum(uow.bills.payments(number))
    if not left > NOTHING:
        raise BillError(f"bill {number}: expected something that is left to pay, got none")
    return receive_payment(uow, Payment(number, reference, left, online=False, act=act)).bill


def came_in(day: date, act: Act) -> Act:
    """``act`` on an earlier day: when the money came in, of a payment that is entered later.

    Raises:
        BillError: the day is still to come.
    """
    if day > act.day:
        raise BillError(f"expected a payment up to {act.day}, got one of {day}")
    noon = datetime.combine(day, time(12), IST)  # only the day is known, and rebates go by days
    return act if day == act.day else Act(act.by, noon)


def receive_payment(uow: UnitOfWork, payment: Payment, *, entered: Act | None = None) -> Receipt:
    """Money came in. Of a bill that a later one has taken over, it is a credit for the next bill.

    A bill is paid once all of it came in. The payment that does it earns what :attr:`Bill.rebates` offers: early,
    within the days of the tariff; online, on or before the due date, when every part came online. ``entered``
    says who wrote it down, and when, where that was not when it came in.

    Raises:
        BillError: the bill was reversed, there is nothing to pay for it, or it is younger than the payment.
        ConflictError: this payment is there already.
        NotFoundError: there is no such bill.
    """
    number, act = payment.number, payment.act
    bill, live = locked_bill(uow, number)
    check_billed(bill)
    check_day(bill, act.day)
    uow.bills.add_payment(payment)
    payments = uow.bills.payments(number)
    last = live[-1]
    towards = min(payment.amount, last.unpaid) if last.number == number else NOTHING
    left = last.unpaid - towards if last.number == number else NOTHING
    rebates: tuple[Credit, ...] = ()
    if towards:
        uow.bills.receive(number, last.received + towards, paid=not left)
        rebates = () if left else _earned(uow, bill, payments, act.day)
    if not _sum(payments) < bill.total and bill.state is not State.PAID:
        uow.bills.record(BillEvent(number, State.PAID, payment.reference, act))
    credit = payment.amount - towards
    if credit:
        item = Credit(f"payment of bill {number}", credit)
        uow.bills.add_entry(bill.connection.consumer_number, f"payment:{number}:{payment.reference}", item, act)
    detail: dict[str, Json] = {"reference": payment.reference, "paise": payment.amount.paise, "left_paise": left.paise}
    if entered is not None:
        detail |= {"on": act.day.isoformat()}
    uow.log.write(entered or act, "pay", number, detail)
    return Receipt(uow.bills.get(number).bill, left, credit, rebates)


def check_billed(bill: Bill) -> None:
    """Refuse a bill that nobody can pay.

    Raises:
        BillError: it was reversed, or comes to nothing.
    """
    if bill.state is State.REVERSED:
        raise BillError(f"bill {bill.number}: expected one that counts, got one that was reversed")
    if not bill.total > NOTHING:
        raise BillError(f"bill {bill.number}: expected something to pay, got a total of Rs {bill.total}")


def check_day(bill: Bill, day: date) -> None:
    """Refuse a payment from before the bill.

    Raises:
        BillError: the bill was issued later.
    """
    issued = bill.history[0].on
    if day < issued:
        raise BillError(f"bill {bill.number}: expected a payment on {issued} or later, got one of {day}")


def _earned(uow: UnitOfWork, bill: Bill, payments: Sequence[Payment], on: date) -> tuple[Credit, ...]:
    """The rebates of a bill that is paid now, each once."""
    if uow.bills.rebated(bill.number):
        return ()
    stored = uow.bills.get(bill.number)
    tariff = uow.bills.tariff(bill.tariff_digest)
    rates = tariff.schedule(bill.connection.category, bill.connection.area).over(bill.period)[-1].rates
    early, issued = rates.early_rebate, bill.history[0].on
    earned = {
        RebateCode.EARLY: early is not None and on <= issued + timedelta(early.days),
        RebateCode.ONLINE: on <= stored.due and all(payment.online for payment in payments),
    }
    found: list[Credit] = []
    for rebate in bill.rebates:
        if earned[rebate.code] and rebate.amount > NOTHING:
            credit = Credit(f"rebate of bill {bill.number}: {rebate.formula}", rebate.amount)
            key = rebate_key(bill.number, rebate.code)
            uow.bills.add_entry(bill.connection.consumer_number, key, credit, payments[-1].act)
            found.append(credit)
    return tuple(found)


def _sum(payments: Sequence[Payment]) -> Money:
    return total(payment.amount for payment in payments)
