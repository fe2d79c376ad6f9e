"""What use cases and the store hand each other, beside the values of metering and billing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from meterocr.billing.account import Area, PhoneRegistration, ServiceConnection
from meterocr.billing.bill import Bill, RebateCode, State
from meterocr.billing.canonical import Json
from meterocr.billing.ledger import Adjustment, Credit
from meterocr.billing.money import NOTHING, Money
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.metering.consumption import IST
from meterocr.metering.meter import Meter, Supply
from meterocr.metering.reading import Reading


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when (timezone-aware)."""

    by: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ValueError(f"expected who does it, got {self.by!r}")
        if self.at.tzinfo is None:
            raise ValueError(f"expected a time with a timezone, got {self.at!r}")

    @property
    def day(self) -> date:
        """The day in India."""
        return self.at.astimezone(IST).date()


ERASED = "(erased)"
"""The name of a consumer who asked for that."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """Somebody did, or saw, something."""

    act: Act
    what: str
    subject: str
    detail: Json


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far an area is.

    Attributes:
        book: which area.
        connections: all of them.
        phones: connections with a live phone.
        billed, provisional: connections with an actual bill, and only a provisional one, issued since a day.
    """

    book: str
    connections: int
    phones: int
    billed: int
    provisional: int


@dataclass(frozen=True, slots=True)
class ConnectionEntry:
    """A connection as it is registered, before a meter hangs there.

    Attributes:
        consumer_id: of the consumer whose it is.
        book: the meter reader's book, by which bill runs go.
    """

    consumer_number: str
    consumer_id: str
    category: str
    area: Area
    supply: Supply
    book: str

    def __post_init__(self) -> None:
        for name in ("consumer_number", "consumer_id", "category", "book"):
            if not getattr(self, name).strip():
                raise ValueError(f"expected a {name.replace('_', ' ')}, got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Installation:
    """A meter at a connection; ``removed_at`` is ``None`` while it hangs there."""

    consumer_number: str
    meter: Meter
    installed_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to be stored.

    Attributes:
        submission: id of the photo's submission that it comes from.
        billed: a bill was closed by it elsewhere, before this store: the next bill opens with it.
    """

    consumer_number: str
    reading: Reading
    submission: int | None = None
    billed: bool = False


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its place in the store."""

    id: int
    reading: Reading
    submission: int | None


@dataclass(frozen=True, slots=True)
class LiveBill:
    """What later bills need to know of one that was issued and not reversed.

    Attributes:
        replaced: an actual bill took this provisional one back.
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
    replaced: bool
    received: Money = NOTHING

    @property
    def unpaid(self) -> Money:
        """What is left to pay of it, at least nothing."""
        return NOTHING if self.paid else max(self.total - self.received, NOTHING)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for a bill; not necessarily all of it.

    Attributes:
        number: of the bill.
        reference: of the receipt or the gateway: the same one for the same bill is the same payment.
        amount: above zero.
        online: as rebates ask for.
    """

    number: str
    reference: str
    amount: Money
    online: bool
    act: Act

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise ValueError(f"expected a reference of the payment, got {self.reference!r}")
        if not self.amount > NOTHING:
            raise ValueError(f"expected a payment above zero, got {self.amount}")


def rebate_key(number: str, code: RebateCode) -> str:
    """Of the credit for a rebate that was earned with a bill."""
    return f"rebate:{number}:{code}"


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
        bills: the latest live ones in the order they were issued, with every one that is not settled.
        phone: where its bills go; empty where nobody registered one.
    """

    connection: ServiceConnection
    meters: tuple[Meter, ...]
    readings: tuple[StoredReading, ...]
    bills: tuple[LiveBill, ...]
    entries: tuple[OpenEntry, ...]
    phone: str


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
    """By what bills are made: the tariff, and the days until a bill is due."""

    tariff: Tariff
    due_days: int = 15


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
class PhoneEntry:
    """A phone of a connection. With a ``code_hash`` it waits for its one-time code, until ``code_expires``."""

    registration: PhoneRegistration
    code_hash: str = ""
    code_expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A meter reader stood at locked premises; a photo is wanted until ``closes``."""

    consumer_number: str
    act: Act
    closes: datetime


class Finding(StrEnum):
    """What a meter reader found at the door, where the meter could not be read."""

    LOCKED = "locked"
    REFUSED = "refused"
    METER_FAULTY = "meter_faulty"


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit as it stands; ``outcome`` is empty while a photo may still come."""

    visit: Visit
    outcome: str


@dataclass(frozen=True, slots=True)
class ClosedVisit:
    """A visit whose window has closed, with its place in the store."""

    id: int
    visit: Visit


@dataclass(frozen=True, slots=True)
class Run:
    """A bill run: all connections of ``book`` (empty: of every book), with readings up to ``until``.

    Attributes:
        after: the last consumer number that is done.
        total: of the bills that it issued.
    """

    name: str
    book: str
    until: date
    after: str = ""
    issued: int = 0
    refused: int = 0
    total: Money = NOTHING
    done: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection got no bill."""

    consumer_number: str
    reason: str


@dataclass(frozen=True, slots=True)
class BillEvent:
    """A step after the issue of a bill."""

    number: str
    state: State
    note: str
    act: Act


@dataclass(frozen=True, slots=True)
class Login:
    """A one-time code that was sent to a phone so that its holder can log in."""

    phone: str = field(repr=False)
    code_hash: str = field(repr=False)
    sent_at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class PhotoCount:
    """How many photos of a day (UTC) came to the same.

    Attributes:
        verdict: of the verification.
        kind: of the main display; empty where none was found.
        read: a whole reading came of it.
    """

    day: date
    verdict: str
    kind: str
    read: bool
    count: int


@dataclass(frozen=True, slots=True)
class Door:
    """One door of an Urja Mitra's round.

    Attributes:
        done: it was read, photographed or found locked lately.
        phone: somebody there gets bills by message.
    """

    consumer_number: str
    name: str
    address: str
    serial_number: str
    done: bool
    phone: bool
