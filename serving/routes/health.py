"""Is it alive, can it work, what has it done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from meterocr.workflow.values.counts import Backlog
from serving import metrics
from serving.access import public
from serving.health import problems
from serving.place import place_of
from serving.schemas import StatusBody, failures

router = APIRouter(tags=["running"])


@router.get("/livez", response_model=None, responses={200: {"model": StatusBody}})
@public
async def livez() -> JSONResponse:
    """Whether the process answers at all; if it does not, start it anew."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz", response_model=None, responses=failures(503) | {200: {"model": StatusBody}})
@public
def readyz(request: Request) -> JSONResponse:
    """Whether model, database and disk are there; while they are not, send requests elsewhere."""
    problems(place_of(request))
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_model=None, response_class=PlainTextResponse)
@public
def read_metrics(request: Request) -> Response:
    """Figures in Prometheus' text format."""
    store = place_of(request).office.store

    def backlog() -> Backlog:
        with store.read() as uow:
            return uow.figures.backlog()

    return Response(metrics.exposition(backlog), media_type=metrics.CONTENT_TYPE)
