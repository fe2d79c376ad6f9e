"""A person decides what a doubtful photo shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from meterocr.billing.canonical import Json, plain
from meterocr.errors import ConflictError, MeteringError
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.reading import Reading, Source
from meterocr.metering.reason import Reason
from meterocr.metering.verification import Verdict
from meterocr.workflow.drafts import billed_quantity
from meterocr.workflow.evidence import Decision, Review, StoredSubmission, Submission
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.register import record_reading, withdraw_reading
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.readings import NewReading
from meterocr.workflow.wording import MessageKind


def accept(
    uow: UnitOfWork, submission_id: int, act: Act, *, note: str = "", policy: Policy = DEFAULT_POLICY
) -> Reading:
    """What was read is right, and is a trusted reading.

    Raises:
        MeteringError: nothing whole was read: correct or reject it; or the meter was exchanged since: reject it.
        ConflictError: it does not wait for a decision.
        NotFoundError: there is no such submission.
    """
    stored = uow.submissions.get(submission_id)
    if not stored.submission.text:
        raise MeteringError(f"submission {submission_id}: expected a whole reading to accept, got none: correct it")
    value = Decimal(stored.submission.text)
    return _decide(uow, stored, value, Review(submission_id, Decision.ACCEPT, value, note, act), policy)


def correct(  # noqa: PLR0913 - a decision, and by what it is judged
    uow: UnitOfWork, submission_id: int, value: Decimal, act: Act, *, note: str = "", policy: Policy = DEFAULT_POLICY
) -> Reading:
    """The photo shows ``value``, which is a trusted reading.

    Raises:
        MeteringError: the meter cannot show that, or was exchanged since.
        ConflictError, NotFoundError: as :func:`accept`.
    """
    stored = uow.submissions.get(submission_id)
    return _decide(uow, stored, value, Review(submission_id, Decision.CORRECT, value, note, act), policy)


def reject(uow: UnitOfWork, submission_id: int, note: str, act: Act) -> None:
    """The photo is of no use; who has a phone is asked for another one.

    Raises:
        ConflictError, NotFoundError: as :func:`accept`.
    """
    submission = uow.submissions.get(submission_id).submission
    uow.book.lock([submission.consumer_number])
    uow.submissions.decide(Review(submission_id, Decision.REJECT, None, note, act))
    phone = uow.phones.live(submission.consumer_number)
    if phone is not None:
        recipient, number = phone.registration.phone, submission.consumer_number
        payload: Json = {"reasons": plain(advice(submission))}
        row = OutboxRow(f"retake:{submission_id}", MessageKind.RETAKE, recipient, number, payload)
        uow.outbox.add([row], act.at)
    uow.log.write(act, "reject", submission.consumer_number, {"submission": submission_id, "note": note})


def reopen(uow: UnitOfWork, submission_id: int, reason: str, act: Act) -> bool:
    """A reading that turned out to be wrong no longer counts, and its photo waits for a person again.

    A person decides once of a photo: where that was the mistake, only the reading is withdrawn, and the next one
    makes the bill. Says whether the photo waits.

    Raises:
        ConflictError: it waits already, or a live bill stands on its reading: reverse that first.
        NotFoundError: there is no such submission.
    """
    number = uow.submissions.get(submission_id).submission.consumer_number
    uow.book.lock([number])
    decided = uow.submissions.review(submission_id) is not None
    readings = [stored.id for stored in uow.readings.of(number) if stored.submission == submission_id]
    if uow.submissions.get(submission_id).waiting or (decided and not readings):
        raise ConflictError(f"expected a submission to open again, got {submission_id}, which waits or gave no reading")
    for reading in readings:
        withdraw_reading(uow, number, reading, reason, act)
    if not decided:
        uow.submissions.reopen(submission_id)
    uow.log.write(act, "reopen", number, {"submission": submission_id, "reason": reason})
    return not decided


def advice(submission: Submission) -> Mapping[str, tuple[str, ...]]:
    """By language, what whoever takes the next photo can do better.

    The other reasons are for the office: they are about money, other connections, and earlier readings.
    """
    findings = json.loads(submission.verification)["findings"]
    told = [Reason(found["reason"]) for found in findings if found["verdict"] != Verdict.ACCEPTED]
    return {
        language: tuple(s for reason, s in zip(told, sentences, strict=True) if reason in _FOR_THE_SENDER)
        or (_GENERAL[language],)
        for language, sentences in submission.reasons.items()
    }


_FOR_THE_SENDER = frozenset({Reason.CAPTURE, Reason.UNREADABLE, Reason.WRONG_REGISTER, Reason.PHOTO_TIME})
_GENERAL = {
    "en": "Photograph your own meter, with its whole display sharp and without glare.",
    "hi": "अपने ही मीटर की फ़ोटो लें, जिसमें पूरा डिस्प्ले साफ़ और बिना चमक के दिखे।",
}


def _decide(uow: UnitOfWork, stored: StoredSubmission, value: Decimal, review: Review, policy: Policy) -> Reading:
    submission = stored.submission
    number = submission.consumer_number
    uow.book.lock([number])
    uow.submissions.decide(review)
    meter = uow.book.connection(number).meter
    quantity = billed_quantity(meter)
    history = uow.readings.history(number, quantity)
    then = history.meter_at(submission.capture.at).serial_number
    if then != meter.serial_number:
        raise MeteringError(
            f"submission {stored.id}: expected a photo of meter {meter.serial_number}, got one from when {then} hung "
            f"there: what that showed at its exchange is billed; reject the photo"
        )
    reading = Reading(
        meter.serial_number,
        quantity,
        value,
        submission.capture.at,
        Source.REVIEWER,
        visited=submission.capture.visited,
    )
    new = NewReading(number, history.apart(reading), stored.id)
    return record_reading(uow, new, review.act, policy=policy).new
