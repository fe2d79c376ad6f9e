"""What use cases need from the outside, as Protocols: the store fulfils them, and tests may with fakes.

Everything within one :class:`UnitOfWork` is kept together or not at all. All methods may raise
:class:`~meterocr.errors.StoreError`; what is looked up by name and is not there is a
:class:`~meterocr.errors.NotFoundError`, and what is there already a :class:`~meterocr.errors.ConflictError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from meterocr.billing.account import Consumer, ServiceConnection
from meterocr.billing.bill import Bill
from meterocr.billing.canonical import Json
from meterocr.billing.ledger import Adjustment, Credit
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.metering.case import SeenPhoto
from meterocr.metering.history import History
from meterocr.metering.reading import Reading
from meterocr.readout import Quantity
from meterocr.workflow.answers import Answer
from meterocr.workflow.evidence import Claim, Origin, Review, SecondReading, Sight, StoredSubmission, Submission
from meterocr.workflow.inbox import Item, ItemState, NewItem
from meterocr.workflow.keys import KeyEntry
from meterocr.workflow.messaging import Channel
from meterocr.workflow.outbox import Delivery, Entry, Handed, OutboxRow, OutboxState
from meterocr.workflow.values.act import Act, LogLine
from meterocr.workflow.values.bills import BillEvent, NewBill, Position, StoredBill
from meterocr.workflow.values.connections import ConnectionEntry, Installation
from meterocr.workflow.values.counts import Coverage, PhotoCount
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.values.phones import Login, PhoneEntry
from meterocr.workflow.values.readings import NewReading, StoredReading
from meterocr.workflow.values.runs import Refusal, Run
from meterocr.workflow.values.visits import ClosedVisit, Door, PastVisit, Visit
from meterocr.workflow.wording import Language

Look = Callable[[bytes], Sight]
"""From the bytes of a photo to what it shows."""


class Photos(Protocol):
    """Photos by their SHA-256 (hex digest)."""

    def put(self, photo: bytes) -> str:
        """Keep a photo for good, and give its digest; the same photo twice is kept once."""

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against the digest."""

    def remove(self, sha256: str) -> None:
        """It is not kept any more; nothing happens where it is not there."""


class Book(Protocol):
    """Consumers, connections and meters."""

    def add_consumers(self, rows: Iterable[tuple[str, Consumer]]) -> None:
        """New consumers with their ids."""

    def add_connections(self, entries: Iterable[ConnectionEntry]) -> None:
        """New connections of known consumers."""

    def install(self, installations: Iterable[Installation]) -> None:
        """Hang up meters, new or taken down elsewhere; a connection has one at a time."""

    def remove(self, consumer_number: str, at: datetime) -> str:
        """Take the meter down that hangs there; gives its serial number."""

    def lock(self, consumer_numbers: Sequence[str]) -> None:
        """See to it that nobody else works on these connections until the unit of work ends."""

    def connection(self, consumer_number: str) -> ServiceConnection:
        """A connection with its consumer and the meter on the wall."""

    def count(self, book: str) -> int:
        """How many connections ``book`` (empty: all) has."""

    def doors(self, book: str, since: datetime) -> list[Door]:
        """The connections of a book with a meter, sorted; done: read, photographed or found locked since then."""

    def consumer(self, consumer_id: str) -> tuple[Consumer, list[str]]:
        """A consumer, and the numbers of their connections, sorted."""

    def numbers(self, book: str, after: str, most: int) -> list[str]:
        """Consumer numbers of ``book`` (empty: all) that follow ``after``, sorted."""


class Readings(Protocol):
    """Readings of connections."""

    def add(self, readings: Iterable[NewReading]) -> None:
        """New readings; one of a register at a time."""

    def trust(self, consumer_number: str, readings: Iterable[Reading]) -> None:
        """Quarantined readings are trusted from now on."""

    def withdraw(self, consumer_number: str, reading_id: int, at: datetime) -> None:
        """A reading that was wrong no longer counts; it stays to be seen. One that a live bill uses is refused."""

    def history(self, consumer_number: str, quantity: Quantity) -> History:
        """All readings of a connection that count, with its meters."""

    def of(self, consumer_number: str) -> list[StoredReading]:
        """The same with ids, of all quantities."""


class Submissions(Protocol):
    """Photos that came in, and what people decided."""

    def find(self, key: str) -> StoredSubmission | None:
        """By the sender's key."""

    def get(self, submission_id: int) -> StoredSubmission:
        """By id."""

    def add(self, submission: Submission) -> int:
        """A new one; gives its id."""

    def seen(self, sha256: str, perceptual_hash: int) -> tuple[SeenPhoto, ...]:
        """Earlier photos of the same bytes, or with a perceptual hash of which few bits differ."""

    def waiting(self, most: int) -> list[StoredSubmission]:
        """Those that a person has to decide, oldest first."""

    def of(self, consumer_number: str, most: int) -> list[StoredSubmission]:
        """The latest ones of a connection, newest first."""

    def claim(self, claim: Claim) -> None:
        """The consumer says that the photo shows something else: a person has to decide. Once for a submission."""

    def claimed(self, submission_id: int) -> Claim | None:
        """What the consumer said."""

    def review(self, submission_id: int) -> Review | None:
        """What a person decided."""

    def decided(self, since: datetime) -> Iterator[tuple[StoredSubmission, Review]]:
        """Submissions that a person decided, with the decision, oldest first; streamed."""

    def undecided(self, consumer_number: str) -> bool:
        """Whether a photo of a connection waits for a person."""

    def decide(self, review: Review) -> None:
        """A person's decision; the second one on a submission is a conflict."""

    def evidence(self, ids: Iterable[int]) -> Mapping[int, Json]:
        """By id, what proves a reading: photo, readout, verification, decision; without floats."""


class Bills(Protocol):
    """Issued bills, and what is to be put right on the next ones."""

    def positions(self, consumer_numbers: Sequence[str]) -> Mapping[str, Position]:
        """Where connections stand; those without a meter are left out."""

    def take_numbers(self, year: int, count: int) -> range:
        """The next numbers of a year, without gaps: given back when the unit of work fails."""

    def keep_tariff(self, tariff: Tariff) -> None:
        """Keep a tariff by its digest."""

    def tariff(self, digest: str) -> Tariff:
        """A kept tariff."""

    def add(self, bills: Sequence[NewBill], act: Act) -> None:
        """Bills that are issued now. A second one for a connection and period is a conflict."""

    def get(self, number: str) -> StoredBill:
        """A bill by its number."""

    def find(self, consumer_number: str, period: Period) -> str:
        """Number of the live actual bill of a connection and period; empty where there is none."""

    def record(self, event: BillEvent) -> None:
        """A payment or reversal; a reversal frees what the bill had used."""

    def add_payment(self, payment: Payment) -> None:
        """Money that came in, once for each bill and reference."""

    def payments(self, number: str) -> list[Payment]:
        """What came in for a bill, oldest first."""

    def receive(self, number: str, received: Money, *, paid: bool) -> None:
        """What came in so far for a live bill that is the last one of its connection."""

    def rebated(self, number: str) -> Money:
        """The rebates that were earned with a bill."""

    def provisional_between(self, consumer_number: str, start: date, end: date) -> int:
        """How many live provisional bills end on the days from ``start`` (inclusive) to ``end`` (exclusive)."""

    def since(self, day: date, until: date) -> Iterator[Bill]:
        """Bills issued on the days from ``day`` to ``until``, both inclusive, streamed in the order of issue."""

    def coverage(self, since: date) -> list[Coverage]:
        """By book: connections, phones, and what was billed since a day."""

    def adjusted(self, numbers: Sequence[str]) -> Mapping[str, Money]:
        """By bill number, the sum of adjustments by re-rating so far."""

    def add_entry(self, consumer_number: str, key: str, item: Adjustment | Credit, act: Act) -> None:
        """Something for the next bill, once for each key."""


class Phones(Protocol):
    """Phones of connections."""

    def add(self, entry: PhoneEntry) -> int:
        """A registration; without a code it is live at once, in place of the one before."""

    def pending(self, consumer_number: str) -> tuple[int, PhoneEntry] | None:
        """The latest registration that waits for its code."""

    def tried(self, phone_id: int) -> int:
        """Count a wrong code; gives how many there were."""

    def confirm(self, phone_id: int, at: datetime) -> None:
        """The code was right: live, in place of the one before."""

    def end(self, phone: str, at: datetime, why: str) -> list[str]:
        """Opt-out: a phone gets nothing any more. Gives the connections it had."""

    def live(self, consumer_number: str) -> PhoneEntry | None:
        """Where bills go."""

    def heard(self, phone: str, at: datetime | None) -> None:
        """When somebody last wrote from a phone; an earlier time changes nothing, and ``None`` forgets it."""

    def last_heard(self, phones: Iterable[str]) -> Mapping[str, datetime]:
        """When somebody last wrote; phones that never did are left out."""

    def connections(self, phone: str) -> list[str]:
        """Consumer numbers whose bills go to this phone, sorted."""

    def coverage(self) -> list[tuple[str, int, int]]:
        """By book: connections, and how many of them have a live phone."""


class Outbox(Protocol):
    """Messages that are to be sent."""

    def add(self, rows: Iterable[OutboxRow], at: datetime) -> None:
        """New ones; a key that is there is left as it is."""

    def waiting(self, most: int) -> list[OutboxRow]:
        """Those that no channel has yet, oldest first."""

    def due(self, at: datetime, most: int) -> list[Entry]:
        """Those that may be tried now, oldest first; others are kept from them until the unit of work ends."""

    def claim(self, tries: Sequence[tuple[Entry, Delivery]]) -> None:
        """Attempts that begin now, with their entries; the same attempt twice is a conflict."""

    def get(self, key: str, attempt: int) -> tuple[Entry, Delivery]:
        """An attempt with its entry; others are kept from both until the unit of work ends."""

    def find(self, key: str, message_id: str) -> tuple[Entry, Delivery] | None:
        """The attempt that a channel means: by its id, or the latest one of the key whose id is not known.

        Others are kept from it until the unit of work ends.
        """

    def save(self, entry: Entry, delivery: Delivery | None) -> None:
        """Where an entry, and an attempt, stands now."""

    def drop(self, *, key: str = "", recipient: str = "") -> int:
        """What waits under a key, or for a phone, is not to be sent any more; gives how many."""

    def redirect(self, consumer_number: str, recipient: str) -> None:
        """What waits for a connection goes to another phone; one-time codes do not."""

    def handed(self, channel: Channel, since: datetime) -> Iterator[Handed]:
        """What was handed over, or may have been, since a time; oldest first."""

    def open_recipients(self) -> tuple[list[str], list[str]]:
        """To whom the open rows go, oldest first, one entry a row: on the main channel, and by SMS."""

    def next_try(self) -> datetime | None:
        """When the first of what waits may be tried."""

    def about(self, consumer_number: str, most: int) -> list[tuple[Entry, tuple[Delivery, ...]]]:
        """The latest rows about a connection with their attempts, newest first."""

    def counts(self) -> Mapping[OutboxState, int]:
        """How many rows there are, by state; states that no row is in are left out."""


class Logins(Protocol):
    """One-time codes by which people log in."""

    def add(self, login: Login) -> int:
        """A code that is sent now; gives its id."""

    def latest(self, phone: str) -> tuple[int, Login] | None:
        """The last code that was sent to a phone and not used."""

    def count(self, phone: str, since: datetime) -> int:
        """How many codes were sent to a phone."""

    def tried(self, login_id: int) -> int:
        """Count a wrong code; gives how many there were."""

    def use(self, login_id: int) -> None:
        """The code was right, and opens nothing any more."""


class SecondReadings(Protocol):
    """What people read blindly in photos that were decided before."""

    def open(self, since: datetime, not_by: str) -> StoredSubmission | None:
        """The oldest one of the sample that nobody read a second time, and that ``not_by`` did not decide."""

    def add(self, second: SecondReading) -> None:
        """One for each submission; a second one is a conflict."""

    def counts(self, since: datetime) -> Mapping[Origin, tuple[int, int]]:
        """By how the first reading came about: how many were read again, and how many of them differ."""

    def confidences(self, since: datetime) -> Iterator[float]:
        """Of every submission: the readout's confidence, 0 where it is to be taken again or has an unread digit."""


class Figures(Protocol):
    """Counts for the office's board."""

    def photos(self, since: datetime) -> list[PhotoCount]:
        """By day in UTC, verdict, kind of display and whether a whole reading came of it."""

    def models(self, since: datetime) -> list[tuple[str, int]]:
        """By the recogniser that read them: photos, most first."""

    def bills(self, since: date) -> tuple[int, int]:
        """Actual and provisional bills issued since a day."""

    def messages(self, since: datetime) -> list[tuple[str, str, int]]:
        """By kind, and by the last status of the last attempt (or the row's state where there was none): rows."""


class Runs(Protocol):
    """Bill runs."""

    def open(self, run: Run) -> Run:
        """Begin a run, or get it as far as it is, and keep others from it until the unit of work ends."""

    def save(self, run: Run, refusals: Sequence[Refusal]) -> None:
        """How far it is, and who got no bill."""

    def refusals(self, name: str) -> Iterator[Refusal]:
        """Who got no bill, streamed."""


class Keys(Protocol):
    """Keys of programs that use the server."""

    def add(self, entry: KeyEntry) -> None:
        """A new one."""

    def find(self, key_id: str) -> KeyEntry | None:
        """By id, revoked ones too."""

    def all(self) -> list[KeyEntry]:
        """All of them, oldest first."""

    def revoke(self, key_id: str, at: datetime) -> None:
        """It opens nothing any more."""


class Log(Protocol):
    """Who did what: append-only."""

    def write(self, act: Act, what: str, subject: str, detail: Json = None) -> None:
        """One line."""

    def about(self, subject: str, most: int) -> list[LogLine]:
        """The latest lines about a subject (empty: about anything), newest first."""


class Visits(Protocol):
    """Visits at locked premises."""

    def add(self, visit: Visit, outcome: str = "") -> None:
        """A visit; one of a connection at a time. With an outcome nothing more is waited for."""

    def of(self, consumer_number: str, most: int) -> list[PastVisit]:
        """The latest visits of a connection, newest first."""

    def known(self, consumer_number: str, at: datetime) -> bool:
        """Whether there is a visit of this very time."""

    def closed(self, at: datetime, most: int, after: int = 0) -> list[ClosedVisit]:
        """Visits whose window closed at ``at`` or before and that have no outcome, from those after an id on."""

    def settle(self, visit_id: int, outcome: str) -> bool:
        """What came of a visit; says whether nobody had settled it yet."""


class Answers(Protocol):
    """What was answered to those who may ask again."""

    def begin(self, name: str, digest: str, at: datetime) -> Answer | None:
        """What was asked under this name before; ``None``, and it is begun now, where nothing was."""

    def keep(self, name: str, body: str) -> None:
        """What is answered from now on."""


class Inbox(Protocol):
    """What came in from a channel."""

    def add(self, items: Iterable[NewItem], at: datetime) -> None:
        """What came in now; a key that is there is left as it is."""

    def claim(self, at: datetime) -> Item | None:
        """The oldest one that may be taken up; nobody else gets it for a while."""

    def put_off(self, item_id: int, until: datetime, attempts: int) -> None:
        """It is taken up again from then on, with so many attempts counted."""

    def settle(self, item_id: int, state: ItemState) -> None:
        """Where it stands now. Of what is over, only its key and sender are kept."""

    def asked(self, sender: str) -> Item | None:
        """The latest photo whose sender was asked for which connection it is."""

    def language(self, sender: str) -> Language | None:
        """In which somebody wrote last."""


class Privacy(Protocol):
    """What can be erased of a person."""

    def loose_photos(self, consumer_id: str) -> list[str]:
        """Digests of a consumer's photos from which nothing was or will be billed."""

    def erase(self, consumer_id: str) -> None:
        """Name, address, phones and messages of a consumer; what waits and will not be billed, waits no more."""


class UnitOfWork(Protocol):
    """One transaction with everything in it."""

    @property
    def book(self) -> Book: ...
    @property
    def readings(self) -> Readings: ...
    @property
    def submissions(self) -> Submissions: ...
    @property
    def bills(self) -> Bills: ...
    @property
    def phones(self) -> Phones: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def visits(self) -> Visits: ...
    @property
    def log(self) -> Log: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def second_readings(self) -> SecondReadings: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def privacy(self) -> Privacy: ...


class Store(Protocol):
    """Makes units of work."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Kept when the block ends, undone when it raises."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """One consistent view; nothing is kept."""
