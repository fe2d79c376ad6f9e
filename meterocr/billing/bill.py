"""A bill, how it is made, and the steps of its life. Nothing here is ever changed: each step gives a new value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from meterocr.billing.account import ServiceConnection
from meterocr.billing.canonical import Json, plain
from meterocr.billing.charges import Usage, band_of, current_lines
from meterocr.billing.ledger import EMPTY, Arrears, Ledger
from meterocr.billing.line import Line, LineCode
from meterocr.billing.money import NOTHING, Money, rounded, total
from meterocr.billing.period import DAYS_OF_A_MONTH, Period
from meterocr.billing.schedule import Part, Schedule, Tariff
from meterocr.billing.tariff import Rate, Table
from meterocr.errors import BillError
from meterocr.metering.consumption import Consumption
from meterocr.readout import Quantity

SCHEMA_VERSION = 2
MOST = Money(10**15)
"""What no bill comes to: a factor or a reading is wrong."""
_LEDGER = {
    1: ("arrears", "credits", "adjustments", "replaces"),  # surcharges that were unpaid were among the arrears
    2: tuple(field.name for field in fields(Ledger)),
}
_BILLED = frozenset({Quantity.KWH, Quantity.KVAH})


class State(StrEnum):
    """Where a bill stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Event:
    """A step in the life of a bill: ``note`` is the bill's number, the payment's reference, or why it was reversed."""

    state: State
    on: date
    note: str


class RebateCode(StrEnum):
    """What a rebate is for."""

    EARLY = "early"  # paid within some days of the bill
    ONLINE = "online"  # paid online before the due date


@dataclass(frozen=True, slots=True)
class Rebate:
    """What may be kept back when the condition is met; not part of the total."""

    code: RebateCode
    formula: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Bill:
    """What a connection owes for a period, with everything that it was made from.

    Attributes:
        tariff, tariff_digest: name and SHA-256 of the rates.
        lines: they sum to :attr:`total`.
        rebates: offered, not taken off.
        history: what happened to it, oldest first; nothing for a draft.
        schema: of :meth:`to_dict`; 1 for bills that were issued before arrears were kept apart by bill.
    """

    connection: ServiceConnection
    consumption: Consumption
    period: Period
    ledger: Ledger
    tariff: str
    tariff_digest: str
    lines: tuple[Line, ...]
    rebates: tuple[Rebate, ...]
    history: tuple[Event, ...] = ()
    schema: int = SCHEMA_VERSION

    @property
    def total(self) -> Money:
        """Sum of the lines; below zero it is a credit for the next bill."""
        return total(line.amount for line in self.lines)

    @property
    def current(self) -> Money:
        """Sum of the lines that are for this period, without what comes from earlier bills."""
        return total(line.amount for line in self.lines if line.code.current)

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.history[-1].state if self.history else State.DRAFT

    @property
    def number(self) -> str:
        """The number it was issued under; empty for a draft."""
        return self.history[0].note if self.history else ""

    def to_dict(self) -> dict[str, Json]:
        """The bill as JSON-ready values: whole paise, text, no floats. Without its history: it never changes."""
        return {
            "schema": self.schema,
            "connection": plain(self.connection),
            "consumption": plain(self.consumption),
            "period": plain(self.period),
            "ledger": {name: plain(getattr(self.ledger, name)) for name in _LEDGER[self.schema]},
            "tariff": {"name": self.tariff, "sha256": self.tariff_digest},
            **self.amounts(),
        }

    def amounts(self) -> dict[str, Json]:
        """Only what it comes to: units, lines, rebates and sums."""
        return {
            "units": plain(self.consumption.units),
            "provisional": self.consumption.provisional,
            "lines": [
                {
                    "code": line.code.value,
                    "formula": line.formula,
                    "amount_paise": line.amount.paise,
                    "from": line.period.start.isoformat(),
                    "to": line.period.end.isoformat(),
                }
                for line in self.lines
            ],
            "rebates": [
                {"code": r.code.value, "formula": r.formula, "amount_paise": r.amount.paise} for r in self.rebates
            ],
            "current_paise": self.current.paise,
            "total_paise": self.total.paise,
        }


def make_bill(
    connection: ServiceConnection, consumption: Consumption, tariff: Tariff, period: Period, ledger: Ledger = EMPTY
) -> Bill:
    """The draft of a bill for what was consumed in ``period``.

    Units go to the days of a tariff change in proportion. Slabs, subsidy bands and monthly charges are for 30 days and
    go by the day. Each line is rounded once.

    Raises:
        TariffError: the tariff has no such category, or lacks a rate that this bill needs.
        BillError: consumption and period, or ledger and consumption, do not belong together, or it comes to more
            than :data:`MOST`.
    """
    units = consumption.units
    _check(consumption, units, period, ledger)
    schedule = tariff.schedule(connection.category, connection.area)
    parts = schedule.over(period)
    usage = Usage.of(units, period, connection.supply)
    band = band_of(schedule.subsidy_on(period.end), usage)
    lines = list(chain.from_iterable(current_lines(part, usage, band) for part in parts))
    rebates = _rebates(parts[-1], total(line.amount for line in lines))
    if ledger is not EMPTY:
        lines += _ledger_lines(ledger, schedule, parts[-1], period)
    bill = Bill(connection, consumption, period, ledger, tariff.name, tariff.digest, tuple(lines), rebates)
    for amount in (bill.current, bill.total):
        if max(amount, -amount) > MOST:
            raise BillError(f"expected a bill of at most Rs {MOST}, got Rs {amount} for {units:f} units")
    return bill


def issue(bill: Bill, *, number: str, on: date) -> Bill:
    """A draft, issued under ``number``.

    Raises:
        BillError: not a draft, or no number.
    """
    if not number.strip():
        raise BillError(f"expected a bill number, got {number!r}")
    return _step(bill, Event(State.ISSUED, on, number), State.DRAFT)


def pay(bill: Bill, *, reference: str, on: date) -> Bill:
    """An issued bill, paid.

    Raises:
        BillError: not issued.
    """
    return _step(bill, Event(State.PAID, on, reference), State.ISSUED)


def reverse(bill: Bill, *, reason: str, on: date) -> Bill:
    """A bill that no longer counts. What was paid for it is a credit of the next one.

    Raises:
        BillError: neither issued nor paid, or no reason.
    """
    if not reason.strip():
        raise BillError(f"expected a reason for the reversal, got {reason!r}")
    return _step(bill, Event(State.REVERSED, on, reason), State.ISSUED, State.PAID)


def _step(bill: Bill, event: Event, *allowed: State) -> Bill:
    if bill.state not in allowed:
        expected = " or ".join(allowed)
        raise BillError(
            f"bill {bill.number or '(draft)'}: expected it {expected} to be {event.state}, got {bill.state}"
        )
    return replace(bill, history=(*bill.history, event))


def _check(consumption: Consumption, units: Decimal, period: Period, ledger: Ledger) -> None:
    if (consumption.start, consumption.end) != (period.start, period.end):
        raise BillError(f"expected the consumption of {period}, got that of {consumption.start} to {consumption.end}")
    if consumption.quantity not in _BILLED:
        raise BillError(f"expected consumption in kwh or kvah, got {consumption.quantity}")
    if not units.is_finite() or units < 0:
        raise BillError(f"expected a consumption of at least 0 units, got {units}")
    for replaced in ledger.replaces:
        if replaced.period not in period:
            raise BillError(f"expected provisional bill {replaced.bill} to lie within {period}, got {replaced.period}")
    if ledger.replaces and consumption.provisional:
        raise BillError(f"expected actual readings to replace bill {ledger.replaces[0].bill}, got a provisional one")


def _rebates(part: Part, current: Money) -> tuple[Rebate, ...]:
    """What is offered of the current charges, by the rates of the last day."""
    if not current > NOTHING:
        return ()
    offers: list[Rebate] = []
    early, online = part.rates.early_rebate, part.rates.online_rebate
    if early is not None:
        words = f"{early.percent.short} % of Rs {current} when paid within {early.days} days of the bill"
        offers.append(Rebate(RebateCode.EARLY, words, _percent(early.percent, current)))
    if online is not None:
        words = (
            f"{online.percent.short} % of Rs {current}, at most Rs {online.cap}, when paid online before the due date"
        )
        offers.append(Rebate(RebateCode.ONLINE, words, min(_percent(online.percent, current), online.cap)))
    return tuple(offers)


def _percent(percent: Rate, amount: Money) -> Money:
    return rounded(amount.paise * percent.numerator, percent.denominator * 100)


def _ledger_lines(ledger: Ledger, schedule: Schedule, last: Part, period: Period) -> list[Line]:
    lines: list[Line] = []
    for owed in _by_days(ledger.arrears):
        lines += _arrears_lines(owed, schedule, last, period)
    if ledger.surcharge:
        lines.append(Line(LineCode.UNPAID_SURCHARGE, "of earlier bills", ledger.surcharge, period))
    lines += (Line(LineCode.ADJUSTMENT, f"bill {a.bill}: {a.reason}", a.amount, period) for a in ledger.adjustments)
    lines += (Line(LineCode.REPLACED, f"bill {r.bill}, {r.period}", -r.current, r.period) for r in ledger.replaces)
    lines += (Line(LineCode.CREDIT, c.reason, -c.amount, period) for c in ledger.credits)
    return lines


def _by_days(arrears: Sequence[Arrears]) -> Iterable[Sequence[Arrears]]:
    """Those that bear the same surcharge together, so that a bill has few lines however long nobody paid."""
    groups: dict[int, list[Arrears]] = {}
    for owed in arrears:
        groups.setdefault(owed.overdue_days, []).append(owed)
    return groups.values()


def _arrears_lines(owed: Sequence[Arrears], schedule: Schedule, last: Part, period: Period) -> list[Line]:
    first, days = owed[0].bill, owed[0].overdue_days
    amount = total(each.amount for each in owed)
    whose = f"bill {first}" if len(owed) == 1 else f"{len(owed)} bills, {first} to {owed[-1].bill}"
    lines = [Line(LineCode.ARREARS, f"unpaid of {whose}", amount, period)]
    if days:
        late = last.rates.late_payment
        if late is None:
            raise schedule.missing(Table.LATE_PAYMENT, last.period)
        surcharge = rounded(
            amount.paise * late.percent.numerator * days, late.percent.denominator * 100 * DAYS_OF_A_MONTH
        )
        formula = f"Rs {amount} x {late.percent.short} % a month x {days}/{DAYS_OF_A_MONTH} months"
        lines.append(Line(LineCode.LATE_PAYMENT, formula, surcharge, period))
    return lines
