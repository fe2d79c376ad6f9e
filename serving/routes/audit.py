"""Why a bill is what it is, and who saw or changed what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from meterocr.workflow.audit import audit_bill
from meterocr.workflow.keys import Scope
from serving.access import act_of, allow
from serving.fields import BillInPath, Most, Told, shown
from serving.place import place_of
from serving.schemas import failures

router = APIRouter(prefix="/v1/audit", tags=["audit"])
_FAILURES = failures(400, 401, 403, 404, 422, 429, 503)


class AuditBody(Told):
    """What came of making a bill again."""

    model_config = shown({"number": "2026-0000042", "proof": "ab" * 32, "proven": True, "differences": []})

    number: str
    proof: str = Field(description="The head of the chain as it was stored.")
    proven: bool
    differences: list[str]


class LogLineBody(Told):
    """Somebody did or saw something."""

    at: str
    by: str
    what: str
    subject: str
    detail: Any


class LogBody(Told):
    """The latest lines, newest first."""

    model_config = shown(
        {
            "lines": [
                {
                    "at": "2026-11-25T05:00:00+00:00",
                    "by": "key:5f1c9a0b7d3e",
                    "what": "see_bill",
                    "subject": "2026-0000042",
                    "detail": None,
                }
            ]
        }
    )

    lines: list[LogLineBody]


@router.get("/bills/{bill}", responses=_FAILURES, dependencies=[allow(Scope.BILL)])
def replay(request: Request, bill: BillInPath) -> AuditBody:
    """Make a bill again from the stored photos, readings and tariff: it must be the same, byte for byte."""
    office = place_of(request).office
    with office.store.read() as uow:
        audit = audit_bill(uow, office.photos, bill)
    with office.store.write() as uow:
        uow.log.write(act_of(request), "audit", bill, {"proven": audit.proven})
    return AuditBody(number=bill, proof=audit.head, proven=audit.proven, differences=list(audit.differences))


@router.get("/log", responses=_FAILURES, dependencies=[allow(Scope.ADMIN)])
def log(
    request: Request,
    subject: Annotated[
        str | None,
        Query(
            pattern=r"^[A-Za-z0-9._-]{1,64}$", description="A consumer number, bill, key, ...", examples=["DHN00451278"]
        ),
    ] = None,
    most: Most = 100,
) -> LogBody:
    """Who did or saw what, about one subject or about anything."""
    with place_of(request).office.store.read() as uow:
        lines = uow.log.about(subject or "", most)
    return LogBody(
        lines=[
            LogLineBody(at=x.act.at.isoformat(), by=x.act.by, what=x.what, subject=x.subject, detail=x.detail)
            for x in lines
        ]
    )
