"""A person reads a sample of photos again, without being told what was read: what the error rate really is.

One of a hundred photos is in the sample, by its number: of those that the machine accepted, and of those that a person
read. Nobody reads again what they decided themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation

from meterocr import chance, drift
from meterocr.certificate import Certificate
from meterocr.errors import ConflictError, MeteringError
from meterocr.metering.verification import Verdict
from meterocr.workflow.evidence import Decision, Origin, SecondReading, StoredSubmission
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act

WINDOW = timedelta(days=90)
"""What is older says little of today's photos."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the photos that were read again had been read wrongly."""

    audited: int
    wrong: int

    @property
    def lower(self) -> float:
        """The share is at least this, with 95 % confidence."""
        return 1 - chance.upper_bound(self.audited - self.wrong, self.audited)

    @property
    def upper(self) -> float:
        """The share is at most this, with 95 % confidence."""
        return chance.upper_bound(self.wrong, self.audited)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of the true error rate.

    Attributes:
        drift: the same compared with the models' certificate; ``None`` where they have none.
    """

    accepted: Share
    reviewed: Share
    drift: drift.Drift | None


def next_blind(uow: UnitOfWork, act: Act) -> StoredSubmission | None:
    """What ``act.by`` should read again next; ``None`` where nothing is left."""
    return uow.second_readings.open(act.at - WINDOW, act.by)


def read_again(uow: UnitOfWork, submission_id: int, text: str, act: Act) -> bool:
    """What a person read, blindly (empty: nothing can be read); says whether it is what was read before.

    Raises:
        MeteringError: it is no number.
        ConflictError: it was read again before, waits for a decision, was rejected, or the same person decided it.
        NotFoundError: there is no such submission.
    """
    stored = uow.submissions.get(submission_id)
    review = uow.submissions.review(submission_id)
    machine = stored.submission.verdict is Verdict.ACCEPTED
    if stored.waiting or (review is None and not machine):
        raise ConflictError(f"submission {submission_id}: expected one that was decided, got one that was not")
    if review is not None and review.decision is Decision.REJECT and not machine:
        raise ConflictError(f"submission {submission_id}: expected one that was read, got one that was rejected")
    if review is not None and review.act.by == act.by:
        raise ConflictError(f"submission {submission_id}: expected another person than the one who decided it")
    # What the machine accepted counts as the machine's, also where a consumer complained and a person corrected it.
    first = Decimal(stored.submission.text) if machine or review is None else review.value
    again = _number(text) if text else None
    origin = Origin.ACCEPTED if machine else Origin.REVIEWED
    uow.second_readings.add(SecondReading(submission_id, origin, text, first == again, act))
    uow.log.write(act, "read_again", stored.submission.consumer_number, {"submission": submission_id})
    return first == again


def estimate(uow: UnitOfWork, certificate: Certificate | None, act: Act) -> Estimate:
    """The error rate, as far as second readings tell it, and whether the certificate still holds."""
    since = act.at - WINDOW
    counts = uow.second_readings.counts(since)
    accepted, reviewed = (Share(*counts[origin]) for origin in (Origin.ACCEPTED, Origin.REVIEWED))
    if certificate is None:
        return Estimate(accepted, reviewed, None)
    audit = drift.Audit(accepted.audited, accepted.wrong)
    return Estimate(accepted, reviewed, drift.check(certificate, uow.second_readings.confidences(since), audit))


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise MeteringError(f"expected what the display shows as a number, got {text!r}")
    return value
