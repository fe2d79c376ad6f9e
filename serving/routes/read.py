"""Photos to digits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from meterocr.errors import PhotoError
from meterocr.readout import SCHEMA_VERSION, Readout, unread
from meterocr.workflow.keys import Scope
from serving.access import allow
from serving.errors import refusal
from serving.place import place_of
from serving.schemas import ReadoutBody, ReadoutsBody, failures
from serving.uploads import described, photos_of

router = APIRouter(prefix="/v1", tags=["read"], dependencies=[allow(Scope.READ)])
_FAILURES = failures(400, 401, 403, 408, 413, 415, 422, 429, 503)


@router.post(
    "/read",
    response_model=None,
    responses=_FAILURES | {200: {"model": ReadoutBody}},
    openapi_extra=described(many=False),
)
async def read(request: Request) -> JSONResponse:
    """Read one photo.

    A photo without a readable counter is a result with `issues` and `retake`; only what is no photo is an error.
    Nothing is kept.
    """
    place = place_of(request)
    place.desk.refuse_when_full()
    photos = await photos_of(request, most=1, most_bytes=place.settings.photo_bytes)
    (result,) = await place.desk.read(photos)
    if isinstance(result, PhotoError):
        raise refusal(result)
    return JSONResponse(result.to_dict())


@router.post(
    "/read/batch",
    response_model=None,
    responses=_FAILURES | {200: {"model": ReadoutsBody}},
    openapi_extra=described(many=True),
)
async def read_batch(request: Request) -> JSONResponse:
    """Read several photos: one result for each, in their order, whatever is wrong with the others. Nothing is kept."""
    place = place_of(request)
    place.desk.refuse_when_full()
    photos = await photos_of(request, most=place.settings.photos, most_bytes=place.settings.photo_bytes)
    results = await place.desk.read(photos)
    bodies = [_body(name, result) for (name, _), result in zip(photos, results, strict=True)]
    return JSONResponse({"schema": SCHEMA_VERSION, "results": bodies})


def _body(name: str, result: Readout | PhotoError) -> dict[str, Any]:
    return unread(name, str(result)) if isinstance(result, PhotoError) else result.to_dict()
