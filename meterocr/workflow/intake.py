"""A photo comes in: it is kept, read, verified, and becomes a reading or waits for a person."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from meterocr.billing.account import ServiceConnection
from meterocr.billing.bill import make_bill
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.errors import ConflictError
from meterocr.metering.baseline import settle
from meterocr.metering.case import Capture, Case
from meterocr.metering.consumption import Advance, Consumption, day_in_india
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.reading import Reading
from meterocr.metering.risk import Price
from meterocr.metering.verification import Verdict, Verification
from meterocr.metering.verify import verify
from meterocr.readout import Readout
from meterocr.workflow.drafts import billed_quantity
from meterocr.workflow.evidence import Sight, StoredSubmission, Submission
from meterocr.workflow.ports import Store, UnitOfWork
from meterocr.workflow.ports.photos import Look, Photos
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.readings import NewReading

LANGUAGES = ("en", "hi")
FROM_WHATSAPP = "whatsapp:"
"""Begins the key of a photo that came by WhatsApp; its message's id, which has the phone in it, follows."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an intake works with."""

    store: Store
    photos: Photos
    look: Look
    tariff: Tariff
    policy: Policy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class Incoming:
    """A photo as it comes.

    Attributes:
        key: the sender's own; sent again under the same key it is the same submission, and another photo is refused.
        opens, closes: between which times a photo is wanted.
        visited: somebody of the utility took it.
        received: when it came, where that was before somebody got to work on it; ``None``: now.
    """

    key: str
    consumer_number: str
    photo: bytes
    opens: datetime
    closes: datetime
    visited: bool = False
    received: datetime | None = None


def submit(desk: Desk, incoming: Incoming, act: Act) -> StoredSubmission:
    """Keep a photo and what it says; an accepted reading is stored with it, in one transaction.

    Raises:
        PhotoError: it is no photo.
        NotFoundError: there is no such connection, or no meter at it.
        ConflictError: another photo, or one of another connection, came under this key.
        StoreError: photo or row could not be kept; nothing was.
    """
    with desk.store.read() as uow:
        known = _known(uow, incoming)
        if known is not None:
            return known
        uow.book.connection(incoming.consumer_number)  # no photo is kept of a connection that is not there
    sight = desk.look(incoming.photo)
    sha256 = desk.photos.put(incoming.photo)  # before the row, which must never stand without it
    with desk.store.write() as uow:
        uow.book.lock([incoming.consumer_number])
        known = _known(uow, incoming)  # a second sender may have been faster in the meantime
        return known or _store(uow, desk, incoming, _Seen(sight, sha256, act))


def _known(uow: UnitOfWork, incoming: Incoming) -> StoredSubmission | None:
    """The same photo of the same connection, where it came before under this key."""
    known = uow.submissions.find(incoming.key)
    if known is None:
        return None
    before = known.submission.consumer_number, known.submission.sha256
    if before != (incoming.consumer_number, hashlib.sha256(incoming.photo).hexdigest()):
        raise ConflictError(f"expected a new key for another photo, got {incoming.key}, under which one came before")
    return known


@dataclass(frozen=True, slots=True)
class _Seen:
    sight: Sight
    sha256: str
    act: Act


def _store(uow: UnitOfWork, desk: Desk, incoming: Incoming, seen: _Seen) -> StoredSubmission:
    connection = uow.book.connection(incoming.consumer_number)
    if seen.sight.readout.sha256 != seen.sha256:
        raise ConflictError(f"expected the readout of photo {seen.sha256}, got that of {seen.sight.readout.sha256}")
    case = _case(uow, connection, incoming, seen)
    verification = verify(case, price_of(case, connection, desk.tariff), policy=desk.policy)
    submission = _submission(incoming, case, verification)
    number = uow.submissions.add(submission)
    if verification.verdict is Verdict.ACCEPTED and verification.value is not None:
        reading = case.history.apart(case.reading(verification.value))
        settled = settle(case.history, reading, connection.supply, policy=desk.policy)
        uow.readings.add([NewReading(incoming.consumer_number, settled.new, number)])
        uow.readings.trust(incoming.consumer_number, settled.confirmed)
    uow.log.write(seen.act, "submit", incoming.consumer_number, {"submission": number, "verdict": submission.verdict})
    return uow.submissions.get(number)


def _case(uow: UnitOfWork, connection: ServiceConnection, incoming: Incoming, seen: _Seen) -> Case:
    sight = seen.sight
    quantity = billed_quantity(connection.meter)
    capture = Capture(
        incoming.received or seen.act.at,
        incoming.opens,
        incoming.closes,
        sight.perceptual_hash,
        incoming.visited,
        sight.taken,
        sight.serial_numbers,
        uow.submissions.seen(seen.sha256, sight.perceptual_hash),
    )
    history = uow.readings.history(connection.consumer_number, quantity)
    return Case(connection.consumer_number, sight.readout, capture, connection.supply, history, quantity)


def price_of(case: Case, connection: ServiceConnection, tariff: Tariff) -> Price:
    """What the current charges come to for units from the meter's last reading to the photo, in paise."""
    seen = case.history.seen(case.meter.serial_number)
    end = day_in_india(case.capture.at)
    start = min(day_in_india(seen[-1].at) if seen else end, end - timedelta(1))
    period = Period(start, end)
    closing = case.reading(Decimal(0))
    opening: Reading = seen[-1] if seen else closing

    def price(units: Decimal) -> int:
        used = Consumption(case.quantity, start, end, (Advance(opening, closing, units),))
        return make_bill(connection, used, tariff, period).total.paise

    return price


def _readout(readout: Readout) -> dict[str, object]:
    """A readout as evidence: schema 1, with the digests of the models' files, so that an id alone proves nothing."""
    return {**readout.to_dict(), "models": asdict(readout.models)}


def _submission(incoming: Incoming, case: Case, verification: Verification) -> Submission:
    told = [finding for finding in verification.findings if finding.verdict is not Verdict.ACCEPTED]
    return Submission(
        incoming.key,
        incoming.consumer_number,
        case.capture,
        case.readout.sha256,
        json.dumps(_readout(case.readout), ensure_ascii=False),
        json.dumps(verification.to_dict(), ensure_ascii=False),
        verification.verdict,
        {language: tuple(finding.sentence(language) for finding in told) for language in LANGUAGES},
        verification.text,
        verification.suggested,
    )
