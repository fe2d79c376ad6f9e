"""What follows once a reading stands: its bill, at once and only once."""

from __future__ import annotations

from meterocr.billing.bill import Bill
from meterocr.errors import BillError
from meterocr.workflow.bills import issue_bill, position_of
from meterocr.workflow.drafts import day_of
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating


def bill_submission(uow: UnitOfWork, submission_id: int, rating: Rating, act: Act) -> Bill:
    """The actual bill that the reading of a submission closes: the one that is there, or a new one.

    Raises:
        BillError: the submission gave no reading, a later one is billed already, or the bill cannot be made.
        NotFoundError: there is no such submission.
    """
    number = uow.submissions.get(submission_id).submission.consumer_number
    uow.book.lock([number])
    days = [day_of(stored.reading) for stored in uow.readings.of(number) if stored.submission == submission_id]
    if not days:
        raise BillError(f"submission {submission_id}: expected a reading that came of it, got none")
    for live in position_of(uow, number).bills:
        if not live.provisional and live.period.end == days[0]:
            return uow.bills.get(live.number).bill
    return issue_bill(uow, number, act.day, rating, act)
