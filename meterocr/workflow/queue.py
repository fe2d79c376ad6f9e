"""What waits for a person: where most money is at stake comes first."""

from __future__ import annotations

import json
from dataclasses import dataclass

from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.ports import UnitOfWork

MOST = 5000
"""Submissions that are put in order at once; older ones first."""


@dataclass(frozen=True, slots=True)
class Task:
    """A submission that waits, and what the bill may be wrong by, in paise."""

    stored: StoredSubmission
    at_risk_paise: int


def queue(uow: UnitOfWork) -> tuple[Task, ...]:
    """All that waits, by rupees at risk; of the same risk, the older one first."""
    tasks = [
        Task(stored, json.loads(stored.submission.verification)["risk"]["at_risk_paise"])
        for stored in uow.submissions.waiting(MOST)
    ]
    return tuple(sorted(tasks, key=lambda task: (-task.at_risk_paise, task.stored.id)))


def following(uow: UnitOfWork, submission_id: int) -> Task | None:
    """What comes after one that was decided or left alone: the next in the queue, or the first one again."""
    tasks = queue(uow)
    ids = [task.stored.id for task in tasks]
    if submission_id in ids:
        return tasks[(ids.index(submission_id) + 1) % len(tasks)]
    return tasks[0] if tasks else None
