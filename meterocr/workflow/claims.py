"""The consumer looks at what was read, and says that it is right or that it is not."""

from __future__ import annotations

from meterocr.errors import ConflictError
from meterocr.workflow.evidence import Claim
from meterocr.workflow.ports import UnitOfWork


def dispute(uow: UnitOfWork, claim: Claim) -> None:
    """What was read is wrong: its reading no longer counts, and a person decides. What a person decided stands.

    Raises:
        ConflictError: a bill was made from the reading, or the submission was decided or disputed before.
        NotFoundError: there is no such submission.
    """
    stored = uow.submissions.get(claim.submission)
    number = stored.submission.consumer_number
    uow.book.lock([number])
    if uow.submissions.review(claim.submission) is not None:  # nobody could decide of it a second time
        raise ConflictError(f"submission {claim.submission}: expected one that no person decided, got one that was")
    readings = [reading for reading in uow.readings.of(number) if reading.submission == claim.submission]
    if not stored.waiting and not readings:
        raise ConflictError(f"submission {claim.submission}: expected one that gave a reading, got one that gave none")
    for reading in readings:
        uow.readings.withdraw(number, reading.id, claim.act.at)
    uow.submissions.claim(claim)
    uow.log.write(claim.act, "dispute", number, {"submission": claim.submission, "text": claim.text})
