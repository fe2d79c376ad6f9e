"""What a meter reader found at the door where the meter could not be read."""

from __future__ import annotations

from meterocr.workflow.locked import mark_visit
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.visits import Finding, Visit


def note_visit(uow: UnitOfWork, visit: Visit, finding: Finding, note: str) -> bool:
    """A visit without a reading; says whether somebody was asked for a photo.

    From locked premises a photo is wanted, see :mod:`meterocr.workflow.locked`. Where the meter is faulty or the
    reading was refused, no photo can help: the office decides.

    Raises:
        NotFoundError: there is no such connection.
        ConflictError: it was visited at this very time before.
    """
    if finding is Finding.LOCKED:
        return mark_visit(uow, visit)
    uow.book.lock([visit.consumer_number])
    uow.visits.add(visit, finding.value)
    uow.log.write(visit.act, "visit", visit.consumer_number, {"finding": finding.value, "note": note})
    return False
