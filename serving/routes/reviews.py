"""The review desk: photos that a person has to look at, and what they decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.workflow.keys import Scope
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.review import accept, correct, reject
from meterocr.workflow.taking import bill_taken
from meterocr.workflow.values.act import Act
from serving.access import allow
from serving.fields import Decimals, Form, IdInPath, Line, Most, Told, shown
from serving.once import IdempotencyKey, Once
from serving.pictures import PICTURES, picture
from serving.place import place_of
from serving.schemas import EXAMPLE, ReadoutBody, failures
from serving.seen import note_seen
from serving.told import (
    READING,
    SUBMISSION,
    ReadingBody,
    SubmissionBody,
    TakenBody,
    reading_told,
    submission_told,
    taken_told,
)

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], dependencies=[allow(Scope.REVIEW)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)
_BEFORE = 12  # readings that are shown with a photo


_WAITING = SUBMISSION | {
    "verdict": "review",
    "reasons": {"en": ["A digit is not certain."], "hi": ["एक अंक निश्चित नहीं है।"]},
    "waiting": True,
}


class NoteForm(Form):
    """Why, for whoever asks later."""

    model_config = shown({"note": "the 8 is clear"})

    note: Line | None = None


class CorrectForm(Form):
    """What the photo shows."""

    model_config = shown({"value": "48210", "note": "the 3 is an 8"})

    value: Decimals
    note: Line | None = None


class RejectForm(Form):
    """Why the photo is of no use."""

    model_config = shown({"note": "another meter"})

    note: Line


class ReviewsBody(Told):
    """Photos that wait, oldest first."""

    model_config = shown({"reviews": [_WAITING]})

    reviews: list[SubmissionBody]


class ReviewBody(SubmissionBody):
    """A photo with everything that is known of it."""

    model_config = shown(_WAITING | {"readout": EXAMPLE, "verification": {"verdict": "review"}, "before": [READING]})

    readout: ReadoutBody
    verification: dict[str, Any] = Field(description="Verdict, findings, price and chance of an error.")
    before: list[ReadingBody] = Field(description="The readings before, oldest first.")


class RejectedBody(Told):
    """A photo that is of no use."""

    model_config = shown({"submission": SUBMISSION["submission"], "waiting": False})

    submission: int
    waiting: bool


@router.get("", responses=_FAILURES)
def waiting(request: Request, most: Most = 50) -> ReviewsBody:
    """Photos that wait for a decision, oldest first. That they were looked at is written down."""
    with place_of(request).office.store.read() as uow:
        found = uow.submissions.waiting(most)
    note_seen(request, "reviews", "", {"submissions": [stored.id for stored in found]})
    return ReviewsBody(reviews=[submission_told(stored) for stored in found])


@router.get("/{submission}", response_model=ReviewBody, responses=_FAILURES)
def show(request: Request, submission: IdInPath) -> Response:
    """Everything that is known of a photo. That it was looked at is written down."""
    with place_of(request).office.store.read() as uow:
        stored = uow.submissions.get(submission)
        before = uow.readings.of(stored.submission.consumer_number)[-_BEFORE:]
    note_seen(request, "submission", stored.submission.consumer_number)
    told = submission_told(stored).model_dump(mode="json") | {
        "readout": json.loads(stored.submission.readout),
        "verification": json.loads(stored.submission.verification),
        "before": [reading_told(each).model_dump(mode="json") for each in before],
    }
    return Response(json.dumps(told, ensure_ascii=False), media_type="application/json")


@router.get("/{submission}/photo", response_class=Response, response_model=None, responses=_FAILURES | PICTURES)
def photo(request: Request, submission: IdInPath) -> Response:
    """The photo as it came. That it was looked at is written down."""
    office = place_of(request).office
    with office.store.read() as uow:
        made = uow.submissions.get(submission).submission
    note_seen(request, "photo", made.consumer_number)
    return picture(office.photos.get(made.sha256))


@router.post("/{submission}/accept", response_model=TakenBody, responses=_FAILURES)
def accept_(request: Request, key: IdempotencyKey, submission: IdInPath, form: NoteForm) -> Response:
    """What was read is right; its bill is issued."""
    policy = place_of(request).office.policy
    return _decided(
        Once(request, key, form, HTTPStatus.OK),
        submission,
        lambda uow, act: accept(uow, submission, act, note=form.note or "", policy=policy),
    )


@router.post("/{submission}/correct", response_model=TakenBody, responses=_FAILURES)
def correct_(request: Request, key: IdempotencyKey, submission: IdInPath, form: CorrectForm) -> Response:
    """The photo shows `value`; its bill is issued."""
    policy = place_of(request).office.policy
    return _decided(
        Once(request, key, form, HTTPStatus.OK),
        submission,
        lambda uow, act: correct(uow, submission, Decimal(form.value), act, note=form.note or "", policy=policy),
    )


@router.post("/{submission}/reject", response_model=RejectedBody, responses=_FAILURES)
def reject_(request: Request, key: IdempotencyKey, submission: IdInPath, form: RejectForm) -> Response:
    """The photo is of no use; who has a phone is asked for another one."""

    def work(uow: UnitOfWork, act: Act) -> RejectedBody:
        reject(uow, submission, form.note, act)
        return RejectedBody(submission=submission, waiting=False)

    return Once(request, key, form, HTTPStatus.OK).answer(work)


def _decided(once: Once, submission: int, decide: Callable[[UnitOfWork, Act], object]) -> Response:
    """A decision, once, and the bill that follows, as often as it takes."""
    office = place_of(once.request).office

    def first(uow: UnitOfWork, act: Act) -> None:
        decide(uow, act)

    def finish(act: Act) -> TakenBody:
        with office.store.read() as uow:
            stored = uow.submissions.get(submission)
        return taken_told(bill_taken(office.store, stored, office.rating, act))

    return once.answer_in_steps(finish, first=first)
