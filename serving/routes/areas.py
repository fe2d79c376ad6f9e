"""How far each area is: phones registered, and bills issued."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from meterocr.workflow.keys import Scope
from serving.access import act_of, allow
from serving.errors import wrong
from serving.fields import Told, shown
from serving.place import place_of
from serving.schemas import failures

router = APIRouter(prefix="/v1/areas", tags=["areas"], dependencies=[allow(Scope.BILL)])
_AREA = {"book": "B-12", "connections": 812, "phones": 640, "billed": 790, "provisional": 11}


class AreaBody(Told):
    """One book."""

    book: str
    connections: int
    phones: int = Field(description="Connections with a live phone.")
    billed: int = Field(description="Connections with an actual bill since `since`.")
    provisional: int = Field(description="Connections with only a provisional one.")


class AreasBody(Told):
    """All books, sorted."""

    model_config = shown({"since": "2026-11-01", "areas": [_AREA]})

    since: str
    areas: list[AreaBody]


@router.get("", responses=failures(400, 401, 403, 422, 429, 503))
def coverage(
    request: Request,
    since: Annotated[
        str | None,
        Query(
            pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$",
            description="Bills issued from this day on are counted; without it, from the first of this month.",
            examples=["2026-11-01"],
        ),
    ] = None,
) -> AreasBody:
    """How many connections of each book have a phone, and how many were billed."""
    try:
        day = date.fromisoformat(since) if since else act_of(request).day.replace(day=1)
    except ValueError as error:
        raise wrong("since", f"expected a day of the calendar, got one that is none: {since}") from error
    with place_of(request).office.store.read() as uow:
        found = uow.bills.coverage(day)
    areas = [
        AreaBody(book=c.book, connections=c.connections, phones=c.phones, billed=c.billed, provisional=c.provisional)
        for c in found
    ]
    return AreasBody(since=day.isoformat(), areas=areas)
