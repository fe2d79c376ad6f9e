"""The proof of a bill: made again from what is stored, it must be the same, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import product

from meterocr.billing.bill import Event, State, make_bill
from meterocr.billing.canonical import Json, canonical_bytes
from meterocr.billing.money import NOTHING
from meterocr.errors import MeterOcrError, NotFoundError
from meterocr.metering.consumption import consumption
from meterocr.workflow.bills import proof_of
from meterocr.workflow.drafts import ledger_of
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.ports.photos import Photos
from meterocr.workflow.values.bills import StoredBill

_AROUND = 30  # bytes that are shown on each side of a difference


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of a replay.

    Attributes:
        head: of the chain as it was stored; empty where the bill cannot be read.
        differences: in words; none where the bill is proven.
    """

    number: str
    head: str
    differences: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether everything is the same again."""
        return not self.differences


def audit_bill(uow: UnitOfWork, photos: Photos, number: str) -> Audit:
    """Make a bill again from the stored tariff, readings, payments and earlier bills, and its chain from the evidence.

    The readings must be what the evidence says: the text that was read, or the value of whoever decided. What is kept
    beside the bill, and beside the bills that it takes over from, must say the same as they do.

    Raises:
        NotFoundError: there is no such bill.
    """
    try:
        stored = uow.bills.get(number)
    except NotFoundError:
        raise
    except MeterOcrError as error:
        return Audit(number, "", (str(error),))
    found: list[str] = []
    for check in (_bill, _rows, _payments, _earlier, _chain, _files, _readings):
        try:
            found += check(uow, photos, stored)
        except MeterOcrError as error:
            found.append(str(error))
    return Audit(number, stored.head, tuple(found))


def _bill(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    bill = stored.bill
    tariff = uow.bills.tariff(bill.tariff_digest)
    readings = list(dict.fromkeys(r for a in bill.consumption.advances for r in (a.opening, a.closing)))
    history = uow.readings.history(bill.connection.consumer_number, bill.consumption.quantity)
    known = {reading.confirmed for reading in history.readings}
    missing = [] if bill.state is State.REVERSED else [r for r in readings if r.confirmed not in known]
    found = [f"reading: expected {r.value:f} of {r.at.isoformat()} in the store, got none" for r in missing]
    used = consumption(readings, history.meters)
    ledger = bill.ledger  # of a reversed bill, what it had used is free again, and may be in another one
    if bill.state is not State.REVERSED:
        ledger = ledger_of(uow.bills.taken(bill.number), bill.history[0].on, schema=bill.schema)
    again = replace(make_bill(bill.connection, used, tariff, bill.period, ledger), schema=bill.schema)
    if canonical_bytes(again.to_dict()) != stored.content.encode():
        found.append(_first_difference(stored.content.encode(), canonical_bytes(again.to_dict())))
    return found


def _first_difference(issued: bytes, replayed: bytes) -> str:
    """Where two spellings of a bill part, with what stands there."""
    pairs = zip(issued, replayed, strict=False)
    place = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(issued), len(replayed)))
    start = max(place - _AROUND, 0)
    shown = (part[start : place + _AROUND].decode(errors="replace") for part in (issued, replayed))
    expected, got = shown
    return f"bill: byte {place}: expected {expected!r} as it was issued, got {got!r} from the stored inputs"


def _rows(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    return uow.bills.astray(stored.bill)


def _payments(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    """A bill is paid by the payment with which all of it has come in, and by none before."""
    came, paid = NOTHING, None
    for payment in uow.bills.payments(stored.bill.number):
        came += payment.amount
        if paid is None and not came < stored.bill.total:
            paid = Event(State.PAID, payment.act.day, payment.reference)
    step = next((event for event in stored.bill.history if event.state is State.PAID), None)
    return [] if step == paid else [f"payments: expected {_told(paid)} by what came in, got {_told(step)}"]


def _told(step: Event | None) -> str:
    return "no bill that is paid" if step is None else f"one that is paid on {step.on} with {step.note}"


def _earlier(uow: UnitOfWork, photos: Photos, stored: StoredBill) -> list[str]:
    """The bills from which this one takes over are themselves as they were issued, so that it took what was right."""
    if stored.bill.state is State.REVERSED:
        return []
    taken = uow.bills.taken(stored.bill.number)
    unpaid = (each.bill for each in taken.unsettled)
    numbers = [bill.number for bill in (taken.last, *unpaid, *taken.replaced) if bill is not None]
    bills = [uow.bills.get(number) for number in dict.fromkeys(numbers)]
    return [
        f"bill {bill.bill.number}: {found}"
        for bill in bills
        for check in (_rows, _chain)
        for found in check(uow, photos, bill)
    ]


def _chain(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    if _evidence(uow, stored) is not None:
        return []
    head = _head(stored, _evidence_now(uow, stored), stored.due)
    return [f"chain: expected the head {stored.head}, got {head} from the stored evidence"]


def _evidence(uow: UnitOfWork, stored: StoredBill) -> tuple[Json, ...] | None:
    """What led to a bill as it was then; ``None`` where the head is of something else.

    What a person decided later, of a bill that was reversed, is no part of it. The head tells, and not the times: those
    of a run's bills are when the run began, and people decide while it goes on.
    """
    for evidence in product(*map(_ever, _evidence_now(uow, stored))):
        if stored.head in {_head(stored, evidence, due) for due in (stored.due, None)}:
            return evidence
    return None


def _evidence_now(uow: UnitOfWork, stored: StoredBill) -> list[Json]:
    found = uow.submissions.evidence(stored.submissions)
    return [found.get(number) for number in stored.submissions]


def _ever(evidence: Json) -> list[Json]:
    """A photo's evidence, as it is and as it was before a person decided."""
    if not isinstance(evidence, dict) or evidence["decision"] is None:
        return [evidence]
    return [evidence, evidence | {"decision": None}]


def _head(stored: StoredBill, evidence: Sequence[Json], due: date | None) -> str:
    return proof_of(stored.bill, stored.content.encode(), evidence, due)[-1].hash


def _files(uow: UnitOfWork, photos: Photos, stored: StoredBill) -> list[str]:
    for submission in stored.submissions:
        photos.get(uow.submissions.get(submission).submission.sha256)  # which checks the digest
    return []


def _readings(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    """What was billed of a photo is what was read in it, or what a person decided."""
    then = _evidence(uow, stored)
    evidence = dict(zip(stored.submissions, _evidence_now(uow, stored) if then is None else then, strict=True))
    billed = {r.at: r.value for a in stored.bill.consumption.advances for r in (a.opening, a.closing)}
    found: list[str] = []
    for number in stored.submissions:
        value = billed.get(uow.submissions.get(number).submission.capture.at)
        says = _says(evidence[number])
        if value is None or says is None or Decimal(says) != value:
            got = "none" if value is None else f"{value:f}"
            found.append(f"reading: expected {says or 'none'} of photo {number} on the bill, got {got}")
    return found


def _says(evidence: Json) -> str | None:
    """The register value that the evidence of a photo stands for."""
    if not isinstance(evidence, dict):
        return None
    decision, verification = evidence["decision"], evidence["verification"]
    if isinstance(decision, dict):
        says = decision["value"]
    else:
        says = verification["text"] if isinstance(verification, dict) else None
    return says if isinstance(says, str) and says else None
