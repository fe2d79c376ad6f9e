"""The round of an Urja Mitra: which doors of a book are still to be knocked at, and what was done at each."""

from __future__ import annotations

from datetime import datetime, timedelta

from meterocr.errors import ConflictError
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import Door, Finding, Visit
from meterocr.workflow.visits import note_visit

MONTH = timedelta(days=20)
"""Who was read or visited so lately is done for this time."""
PHOTO_WINDOW = timedelta(days=3)
"""How long a photo is waited for after a visit at locked premises."""
LATE = timedelta(days=7)
"""What was done without network may come in so much later."""


def books(uow: UnitOfWork) -> list[str]:
    """All books, sorted."""
    return [book for book, _, _ in uow.phones.coverage()]


def round_of(uow: UnitOfWork, book: str, act: Act) -> list[Door]:
    """The doors of a book, in its order."""
    return uow.book.doors(book, act.at - MONTH)


def found(uow: UnitOfWork, consumer_number: str, finding: Finding, at: datetime, act: Act) -> bool:
    """The meter could not be read at ``at``, which may come in late and twice; says whether it is new.

    Raises:
        ConflictError: ``at`` is in the future or too long ago.
        NotFoundError: there is no such connection.
    """
    if not act.at - LATE <= at <= act.at + timedelta(minutes=10):
        raise ConflictError(f"expected a visit of the last {LATE.days} days, got one of {at.isoformat()}")
    at = min(at, act.at).replace(microsecond=0)
    uow.book.lock([consumer_number])
    if uow.visits.known(consumer_number, at):
        return False
    note_visit(uow, Visit(consumer_number, Act(act.by, at), act.at + PHOTO_WINDOW), finding, "")
    return True
