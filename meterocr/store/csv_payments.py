"""Payments in a CSV file, as banks send them: the same one in two files counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time

from sqlalchemy import ARRAY, Connection, String, any_, bindparam, select

from meterocr.billing.money import NOTHING, rupees
from meterocr.errors import BillError, NotFoundError
from meterocr.metering.consumption import IST, day_in_india
from meterocr.store import schema
from meterocr.store.bills import SqlBills
from meterocr.store.csv_fields import Fields, RefusedError
from meterocr.store.rows import PORTION
from meterocr.workflow.payments import check_billed, check_day, receive_payment
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.payments import Payment

_BANK = "bank"  # who paid it in; who imported the list is in the log


def payment(fields: Fields) -> Payment:
    """From a row to a payment; of its day, noon is as good as any hour."""
    try:
        amount = rupees(fields.text("amount"))
    except ValueError as error:
        raise RefusedError("amount", "rupees such as 1469.58", repr(fields.text("amount"))) from error
    if not amount > NOTHING or amount.paise >= 10**15:
        raise RefusedError("amount", "an amount above zero", str(amount))
    noon = datetime.combine(day_in_india(fields.time("paid_on")), time(12), IST)
    return Payment(fields.text("bill"), fields.text("reference"), amount, fields.flag("online"), Act(_BANK, noon))


def payment_checks(db: Connection, values: Sequence[Payment]) -> Callable[[Payment], None]:
    """A reference that came with another amount, and new payments of bills that nobody can pay, are refused."""
    bills, amounts = SqlBills(db), {(p.number, p.reference): p.amount for value in values for p in _there(db, value)}

    def check(value: Payment) -> None:
        known = amounts.get((value.number, value.reference))
        if known is None:
            _check_bill(bills, value)
            amounts[value.number, value.reference] = value.amount
        elif known != value.amount:
            raise RefusedError("amount", f"Rs {known}, as that reference came with", f"Rs {value.amount}")

    return check


def _check_bill(bills: SqlBills, value: Payment) -> None:
    try:
        bill = bills.get(value.number).bill
        check_billed(bill)
        check_day(bill, value.act.day)
    except NotFoundError:
        raise RefusedError("bill", "one that is in the store", value.number) from None
    except BillError as error:
        expected, _, got = str(error).partition("expected ")[2].partition(", got ")
        raise RefusedError("bill", expected, got) from error


def lock_payments(db: Connection, values: Iterable[Payment]) -> None:
    """Keep others from the connections of all these payments, in the order in which everybody locks several: sorted.

    In the order of the file, the import and a bill run could wait for each other. On SQLite there is one writer anyhow.
    """
    if db.dialect.name != "postgresql":
        return
    b, c = schema.bills, schema.connections
    numbers = bindparam("numbers", sorted({value.number for value in values}), ARRAY(String))  # however many, one value
    theirs = select(b.c.consumer_number).where(b.c.number == any_(numbers))
    query = select(c.c.consumer_number).where(c.c.consumer_number.in_(theirs))
    db.execute(query.order_by(c.c.consumer_number).with_for_update()).all()


def keep_payments(uow: UnitOfWork, values: Sequence[Payment], act: Act) -> None:
    """Those that are not there yet."""
    for value in values:
        if value.reference not in {known.reference for known in uow.bills.payments(value.number)}:
            receive_payment(uow, value, entered=act)


def payment_rows(db: Connection) -> Iterator[Sequence[str]]:
    """All of the store, oldest first."""
    p = schema.payments
    for row in db.execute(select(p).order_by(p.c.id), execution_options={"yield_per": PORTION}).mappings():
        rupee, paise = divmod(row["amount_paise"], 100)
        day = day_in_india(row["at"]).isoformat()
        yield row["number"], row["reference"], f"{rupee}.{paise:02}", day, "yes" if row["online"] else "no"


def _there(db: Connection, value: Payment) -> list[Payment]:
    return [known for known in SqlBills(db).payments(value.number) if known.reference == value.reference]
