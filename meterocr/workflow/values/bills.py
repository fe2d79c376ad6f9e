"""What bills are made from, and bills in the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterocr.billing.account import ServiceConnection
from meterocr.billing.bill import Bill, State
from meterocr.billing.ledger import Adjustment, Credit
from meterocr.billing.line import Line
from meterocr.billing.money import NOTHING, Money
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.metering.meter import Meter
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.readings import StoredReading


@dataclass(frozen=True, slots=True)
class LiveBill:
    """What later bills need to know of one that was issued and not reversed.

    Attributes:
        replaced_by: number of the actual bill that took this provisional one back; empty while there is none.
        received: what came in for it while it was the last bill of its connection.
    """

    number: str
    period: Period
    units: Decimal
    total: Money
    current: Money
    provisional: bool
    paid: bool
    due: date
    replaced_by: str
    received: Money = NOTHING

    @property
    def replaced(self) -> bool:
        """Whether an actual bill took this provisional one back."""
        return bool(self.replaced_by)

    @property
    def unpaid(self) -> Money:
        """What is left to pay of it, at least nothing."""
        return NOTHING if self.paid else max(self.total - self.received, NOTHING)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A live bill since the last one of which nothing is left to pay, with what says of what it is unpaid.

    Attributes:
        issued: the day.
        lines: as they were issued.
    """

    bill: LiveBill
    issued: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An adjustment or credit that no bill has taken over yet."""

    id: int
    item: Adjustment | Credit


@dataclass(frozen=True, slots=True)
class Position:
    """Where a connection stands: everything that its next bill is made from.

    Attributes:
        meters: in the order of their installation.
        readings: from the reading that opens the next bill, oldest first.
        bills: the latest live ones in the order they were issued.
        unsettled: all since the last one of which nothing is left to pay, in the same order.
        phone: where its bills go; empty where nobody registered one.
    """

    connection: ServiceConnection
    meters: tuple[Meter, ...]
    readings: tuple[StoredReading, ...]
    bills: tuple[LiveBill, ...]
    unsettled: tuple[Unsettled, ...]
    entries: tuple[OpenEntry, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What an issued bill had to take over, going by what is stored of other bills, payments and entries.

    Attributes:
        last: the live bill before it, with what came in for it while it was the last one.
        unsettled: the live bills before it, as in :class:`Position`.
        items: the adjustments and credits that it used up.
        replaced: the provisional bills that it took back.
    """

    last: LiveBill | None
    unsettled: tuple[Unsettled, ...]
    items: tuple[Adjustment | Credit, ...]
    replaced: tuple[LiveBill, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A bill that could be issued, and what it would use up.

    Attributes:
        closing: id of the reading that closes it.
        submissions: of the photos behind its readings.
    """

    bill: Bill
    closing: int
    entries: tuple[int, ...]
    submissions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """By what bills are made: the tariff, the days until a bill is due, and the policy of what a load can use."""

    tariff: Tariff
    due_days: int = 15
    policy: Policy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class NewBill:
    """An issued bill to be stored: its canonical JSON and the head of its proof."""

    draft: Draft
    bill: Bill
    content: str
    due: date
    head: str


@dataclass(frozen=True, slots=True)
class StoredBill:
    """A bill as it was issued, byte for byte, with all that happened since."""

    bill: Bill
    content: str
    due: date
    head: str
    submissions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BillEvent:
    """A step after the issue of a bill."""

    number: str
    state: State
    note: str
    act: Act
