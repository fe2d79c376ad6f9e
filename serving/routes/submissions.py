"""Photos that consumers send through an app: each is taken in once, and becomes a reading and a bill where it can."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from meterocr.errors import NotFoundError
from meterocr.workflow.keys import Scope
from serving.access import allow
from serving.fields import IdInPath
from serving.once import IdempotencyKey
from serving.place import place_of
from serving.schemas import failures
from serving.seen import note_seen
from serving.taking import FIELDS, photo_taken
from serving.told import SubmissionBody, TakenBody, submission_told
from serving.uploads import described_upload

router = APIRouter(prefix="/v1/submissions", tags=["submissions"], dependencies=[allow(Scope.SUBMIT)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)


@router.post(
    "",
    status_code=201,
    response_model=TakenBody,
    responses=_FAILURES,
    openapi_extra=described_upload(FIELDS),
)
async def create(request: Request, key: IdempotencyKey) -> Response:
    """Take in the photo of a connection's meter: kept, read, judged; an accepted reading is billed at once.

    `verdict` says what to do: `accepted`, `review` (a person will look), or `retake` (another photo is needed), the
    last two with `reasons` in both languages, the most important one first.
    """
    return await photo_taken(request, key, visited=False)


@router.get("/{submission}", responses=_FAILURES)
def show(request: Request, submission: IdInPath) -> SubmissionBody:
    """A submission that was made with the same key: one of others is not found."""
    with place_of(request).office.store.read() as uow:
        stored = uow.submissions.get(submission)
    if not stored.submission.key.startswith(f"{request.state.key.key_id}:"):
        raise NotFoundError(f"expected a submission, got {submission}")
    note_seen(request, "submission", stored.submission.consumer_number)
    return submission_told(stored, to_sender=True)
