"""Bills are issued and reversed; each with its message and its proof, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from meterocr.billing.bill import Bill, State, issue, reverse
from meterocr.billing.canonical import Json, canonical_bytes
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Credit
from meterocr.billing.money import NOTHING, Money
from meterocr.billing.proof import Fact, Link, make_chain
from meterocr.errors import BillError, MeteringError, NotFoundError, TariffError
from meterocr.workflow.drafts import actual_draft
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.register import withdraw_reading
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import BillEvent, Draft, LiveBill, NewBill, Position, Rating
from meterocr.workflow.values.runs import Refusal
from meterocr.workflow.wording import MessageKind


@dataclass(frozen=True, slots=True)
class Issued:
    """What was issued, and who got no bill."""

    bills: tuple[Bill, ...]
    refusals: tuple[Refusal, ...]


def issue_bill(uow: UnitOfWork, consumer_number: str, until: date, rating: Rating, act: Act) -> Bill:
    """The actual bill of a connection up to its last reading on a day up to ``until``, issued with its message.

    Raises:
        BillError: it cannot be made; says why.
        NotFoundError: there is no such connection.
    """
    done = issue_bills(uow, [consumer_number], until, rating, act)
    if done.refusals:
        raise BillError(done.refusals[0].reason)
    uow.log.write(act, "issue", done.bills[0].number)
    return done.bills[0]


def issue_bills(uow: UnitOfWork, consumer_numbers: Sequence[str], until: date, rating: Rating, act: Act) -> Issued:
    """The same for many: who cannot be billed is refused with the reason, and does not stop the others.

    Raises:
        NotFoundError: one of the connections is not registered.
    """
    uow.book.lock(consumer_numbers)
    positions = uow.bills.positions(consumer_numbers)
    drafts: list[Draft] = []
    refusals: list[Refusal] = []
    for number in consumer_numbers:
        try:
            drafts.append(actual_draft(_position(positions, number), until, rating, on=act.day))
        except (BillError, MeteringError, TariffError) as error:
            refusals.append(Refusal(number, str(error)))
    phones = {number: position.phone for number, position in positions.items()}
    return Issued(issue_drafts(uow, drafts, phones, rating, act), tuple(refusals))


def issue_drafts(
    uow: UnitOfWork, drafts: Sequence[Draft], phones: Mapping[str, str], rating: Rating, act: Act
) -> tuple[Bill, ...]:
    """Drafts of connections that are locked, issued under the next numbers, with a message to whoever has a phone."""
    if not drafts:
        return ()
    uow.bills.keep_tariff(rating.tariff)
    numbers = uow.bills.take_numbers(act.day.year, len(drafts))
    evidence = uow.submissions.evidence({submission for draft in drafts for submission in draft.submissions})
    due = act.day + timedelta(rating.due_days)
    new: list[NewBill] = []
    for number, draft in zip(numbers, drafts, strict=True):
        bill = issue(draft.bill, number=f"{act.day.year}-{number:07}", on=act.day)
        content = canonical_bytes(bill.to_dict())
        chain = proof_of(bill, content, [evidence[submission] for submission in draft.submissions], due)
        new.append(NewBill(draft, bill, content.decode(), due, chain[-1].hash))
    uow.bills.add(new, act)
    bills = tuple(each.bill for each in new)
    to_send = ((bill, phones.get(bill.connection.consumer_number, "")) for bill in bills)
    uow.outbox.add((bill_row(bill, phone) for bill, phone in to_send if phone), act.at)
    return bills


def proof_of(bill: Bill, content: bytes, evidence: Sequence[Json], due: date | None) -> tuple[Link, ...]:
    """The chain over what led to a bill: its photos with all that was made of them, its tariff, its own bytes.

    With its bytes go its day of issue and ``due``, by which later bills are made; ``None``: as before they were in it.
    """
    facts = [Fact("evidence", each) for each in evidence]
    facts.append(Fact("tariff", {"name": bill.tariff, "sha256": bill.tariff_digest}))
    proven: dict[str, Json] = {"number": bill.number, "sha256": hashlib.sha256(content).hexdigest()}
    if due is not None:
        proven |= {"issued": bill.history[0].on.isoformat(), "due": due.isoformat()}
    facts.append(Fact("bill", proven))
    return make_chain(facts)


def reverse_bill(uow: UnitOfWork, number: str, reason: str, act: Act) -> Bill:
    """The last bill of a connection no longer counts, and its period can be billed anew; what was paid is a credit.

    Its rebates and corrections are taken back: they were for what it came to.
    The reading that was computed for a provisional one does not count any more either.

    Raises:
        BillError: it does not count any more, a later bill was made from it, or there is no reason.
        NotFoundError: there is no such bill.
    """
    bill, live = locked_bill(uow, number)
    reversed_bill = reverse(bill, reason=reason, on=act.day)
    if live[-1].number != number:
        raise BillError(f"bill {number}: expected the connection's last bill, got one before {live[-1].number}")
    uow.bills.record(BillEvent(number, State.REVERSED, reason, act))
    _withdraw_computed(uow, bill, reason, act)
    uow.outbox.drop(key=message_key(number))
    consumer_number = bill.connection.consumer_number
    for key, item in _left_by(uow, number, live[-1].received):
        uow.bills.add_entry(consumer_number, f"{key}:{number}", item, act)
    uow.log.write(act, "reverse", number, {"reason": reason})
    return reversed_bill


def _left_by(uow: UnitOfWork, number: str, received: Money) -> Iterator[tuple[str, Adjustment | Credit]]:
    """What a bill that no longer counts leaves for the next one: what was paid, and what was given or corrected."""
    if received:
        yield "reversed", Credit(f"payment of bill {number}", received)
    rebated = uow.bills.rebated(number)
    if rebated:
        words = "rebate, whose bill was reversed"
        yield "rebate-back", Adjustment(AdjustmentKind.CORRECTION, number, rebated, words)
    rerated = uow.bills.adjusted([number]).get(number, NOTHING)
    if rerated:
        words = "correction of a bill that was reversed"
        yield "rerate-back", Adjustment(AdjustmentKind.RERATE, number, -rerated, words)


def _withdraw_computed(uow: UnitOfWork, bill: Bill, reason: str, act: Act) -> None:
    """What closed a bill goes with it where nobody read it; a live bill's would be refused."""
    closing = bill.consumption.advances[-1].closing
    for stored in uow.readings.of(bill.connection.consumer_number):
        if stored.reading.provisional and stored.reading == closing:
            withdraw_reading(uow, bill.connection.consumer_number, stored.id, reason, act)


def locked_bill(uow: UnitOfWork, number: str) -> tuple[Bill, tuple[LiveBill, ...]]:
    """A bill as it stands while nobody else works on its connection, and the connection's live bills."""
    consumer_number = uow.bills.get(number).bill.connection.consumer_number
    uow.book.lock([consumer_number])
    live = uow.bills.positions([consumer_number])[consumer_number].bills
    return uow.bills.get(number).bill, live


def _position(positions: Mapping[str, Position], consumer_number: str) -> Position:
    if consumer_number not in positions:
        raise BillError(f"connection {consumer_number}: expected a meter, got none")
    return positions[consumer_number]


def position_of(uow: UnitOfWork, consumer_number: str) -> Position:
    """Where one connection stands; nobody else works on it until the unit of work ends.

    Raises:
        NotFoundError: there is no such connection, or no meter at it.
    """
    uow.book.lock([consumer_number])
    positions = uow.bills.positions([consumer_number])
    if consumer_number not in positions:
        raise NotFoundError(f"expected a meter at connection {consumer_number}, got none")
    return positions[consumer_number]


def bill_row(bill: Bill, phone: str) -> OutboxRow:
    """The one message about a bill, to a phone (E.164)."""
    payload: Json = {"bill": bill.number, "total_paise": bill.total.paise}
    return OutboxRow(message_key(bill.number), MessageKind.BILL, phone, bill.connection.consumer_number, payload)


def message_key(number: str) -> str:
    """Of the one message about a bill."""
    return f"bill:{number}"
