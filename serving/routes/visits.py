"""Meter readers at the door: the meter was read, or why it could not be."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from meterocr.workflow.keys import Scope
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import PHOTO_WANTED, Finding, PastVisit, Visit
from meterocr.workflow.visits import note_visit
from serving.access import allow
from serving.fields import Form, Line, Most, Name, NameInPath, Told, shown
from serving.once import IdempotencyKey, Once
from serving.place import place_of
from serving.schemas import failures
from serving.seen import note_seen
from serving.taking import FIELDS, photo_taken
from serving.told import TakenBody
from serving.uploads import described_upload

router = APIRouter(prefix="/v1", tags=["visits"], dependencies=[allow(Scope.VISIT)])
_FAILURES = failures(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)


class VisitForm(Form):
    """A visit without a reading."""

    model_config = shown({"consumer_number": "DHN00451278", "finding": "locked", "note": "nobody home"})

    consumer_number: Name
    finding: Finding
    note: Line | None = None


class VisitBody(Told):
    """What was written down."""

    model_config = shown({"consumer_number": "DHN00451278", "finding": "locked", "asked": True})

    consumer_number: str
    finding: Finding
    asked: bool = Field(description="Somebody was asked for a photo.")


_VISIT = {
    "at": "2026-11-25T05:00:00+00:00",
    "by": "key:5f1c9a0b7d3e",
    "closes": "2026-11-28T05:00:00+00:00",
    "outcome": "",
}


class PastVisitBody(Told):
    """A visit without a reading, and what came of it."""

    model_config = shown(_VISIT)

    at: str
    by: str
    closes: str = Field(description="Until when a photo is wanted.")
    outcome: str = Field(description="Empty while a photo may still come.")


class VisitsBody(Told):
    """The latest visits, newest first."""

    model_config = shown({"visits": [_VISIT]})

    visits: list[PastVisitBody]


@router.post("/visits", status_code=201, response_model=VisitBody, responses=_FAILURES)
def create(request: Request, key: IdempotencyKey, form: VisitForm) -> Response:
    """Write down that a meter could not be read.

    `locked`: whoever has a phone is asked for a photo, which is waited for three days; then the bill is provisional.
    `refused` and `meter_faulty` are for the office.
    """

    def work(uow: UnitOfWork, act: Act) -> VisitBody:
        visit = Visit(form.consumer_number, act, act.at + PHOTO_WANTED)
        asked = note_visit(uow, visit, form.finding, form.note or "")
        return VisitBody(consumer_number=form.consumer_number, finding=form.finding, asked=asked)

    return Once(request, key, form).answer(work)


@router.post(
    "/visits/read",
    status_code=201,
    response_model=TakenBody,
    responses=_FAILURES,
    openapi_extra=described_upload(FIELDS),
)
async def read(request: Request, key: IdempotencyKey) -> Response:
    """Take in a photo that a meter reader took at the meter; the rest is as with submissions."""
    return await photo_taken(request, key, visited=True)


@router.get("/connections/{consumer_number}/visits", responses=_FAILURES)
def show(request: Request, consumer_number: NameInPath, most: Most = 50) -> VisitsBody:
    """The visits of a connection at which its meter could not be read."""
    with place_of(request).office.store.read() as uow:
        visits = uow.visits.of(consumer_number, most)
    note_seen(request, "visits", consumer_number)
    return VisitsBody(visits=[_told(past) for past in visits])


def _told(past: PastVisit) -> PastVisitBody:
    act = past.visit.act
    return PastVisitBody(at=act.at.isoformat(), by=act.by, closes=past.visit.closes.isoformat(), outcome=past.outcome)
