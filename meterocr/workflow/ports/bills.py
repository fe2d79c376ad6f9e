"""Bills, and the runs that issue them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from meterocr.billing.bill import Bill
from meterocr.billing.ledger import Adjustment, Credit
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import BillEvent, NewBill, Position, StoredBill, Taken
from meterocr.workflow.values.counts import Coverage
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.values.runs import Refusal, Run


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

    def taken(self, number: str) -> Taken:
        """What a bill that counts had to take over, from payments and entries and never from its own copy."""

    def astray(self, bill: Bill) -> list[str]:
        """Where what is kept beside a bill (columns, place among the live ones, steps) says something else than it."""

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


class Runs(Protocol):
    """Bill runs."""

    def open(self, run: Run) -> Run:
        """Begin a run, or get it as far as it is, and keep others from it until the unit of work ends."""

    def save(self, run: Run, refusals: Sequence[Refusal]) -> None:
        """How far it is, and who got no bill."""

    def unbilled(self, run: Run, after: str, most: int) -> dict[str, bool]:
        """Who of the book was refused in a run or has no actual bill ending in its month: sorted, after ``after``.

        With whether to try: not, where nobody has seen the meter since the day with which the last bill ended.
        """

    def drop_refusals(self, name: str, consumer_numbers: Sequence[str]) -> int:
        """What was said of these does not count any more, as they are tried again; of how many something was said."""

    def refusals(self, name: str) -> Iterator[Refusal]:
        """Who got no bill, streamed."""
