"""A photo is taken in, and what follows from it: a reading and its bill, or what else there is to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from meterocr.billing.bill import Bill
from meterocr.errors import BillError, MeteringError, TariffError
from meterocr.metering.verification import Verdict
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.intake import Desk, Incoming, submit
from meterocr.workflow.onward import bill_submission
from meterocr.workflow.ports import Store
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating

WANTED = timedelta(days=7)
"""How old a photo may be where nobody says since when one is wanted."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a photo.

    Attributes:
        bill: what its reading closed; ``None`` where it gave no reading, or no bill could be made.
        no_bill: why none could be made of a reading that stands; empty otherwise.
    """

    stored: StoredSubmission
    bill: Bill | None = None
    no_bill: str = ""


def take_in(desk: Desk, incoming: Incoming, rating: Rating, act: Act) -> Taken:
    """Take in a photo, and issue the bill of an accepted one. Done again after a kill, it goes on where it stopped.

    Raises:
        PhotoError, NotFoundError, ConflictError, StoreError: as :func:`~meterocr.workflow.intake.submit`.
    """
    stored = submit(desk, incoming, act)
    if stored.submission.verdict is not Verdict.ACCEPTED:
        return Taken(stored)
    return bill_taken(desk.store, stored, rating, act)


def bill_taken(store: Store, stored: StoredSubmission, rating: Rating, act: Act) -> Taken:
    """The bill of a submission that gave a reading; the reading stands where none can be made."""
    try:
        with store.write() as uow:
            return Taken(stored, bill_submission(uow, stored.id, rating, act))
    except (BillError, MeteringError, TariffError) as error:
        return Taken(stored, no_bill=str(error))
