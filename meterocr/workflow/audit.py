"""The proof of a bill: made again from what is stored, it must be the same, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from meterocr.billing.bill import State, make_bill
from meterocr.billing.canonical import Json, canonical_bytes
from meterocr.errors import MeterOcrError
from meterocr.metering.consumption import consumption
from meterocr.metering.reading import Reading, Standing
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
        head: of the chain as it was stored.
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

    The readings must be what the evidence says: the text that was read, or the value of whoever decided.

    Raises:
        NotFoundError: there is no such bill.
    """
    stored = uow.bills.get(number)
    found: list[str] = []
    for check in (_bill, _chain, _files, _readings):
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
    known = {_unheld(reading) for reading in history.readings}
    missing = [] if bill.state is State.REVERSED else [r for r in readings if _unheld(r) not in known]
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


def _unheld(reading: Reading) -> Reading:
    """Without its standing, which changes when a later reading agrees."""
    return replace(reading, standing=Standing.TRUSTED)


def _chain(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    evidence = uow.submissions.evidence(stored.submissions)
    chain = proof_of(stored.bill, stored.content.encode(), [evidence[each] for each in stored.submissions])
    if chain[-1].hash == stored.head:
        return []
    return [f"chain: expected the head {stored.head}, got {chain[-1].hash} from the stored evidence"]


def _files(uow: UnitOfWork, photos: Photos, stored: StoredBill) -> list[str]:
    for submission in stored.submissions:
        photos.get(uow.submissions.get(submission).submission.sha256)  # which checks the digest
    return []


def _readings(uow: UnitOfWork, _photos: Photos, stored: StoredBill) -> list[str]:
    """What was billed of a photo is what was read in it, or what a person decided."""
    evidence = uow.submissions.evidence(stored.submissions)
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
