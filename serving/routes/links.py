"""What a consumer sees through a signed link: one bill of their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from meterocr.workflow.links import check_link
from meterocr.workflow.sheet import Layout
from meterocr.workflow.wording import Language
from serving.access import public
from serving.errors import too_often
from serving.fields import BillInPath
from serving.pictures import PDFS, pdf
from serving.place import link_secret, place_of
from serving.schemas import failures

router = APIRouter(prefix="/v1/links", tags=["links"])

A_MINUTE = 10
"""Of one link: each makes the PDF anew."""

Until = Annotated[int, Query(ge=0, le=2**40, description="Seconds since 1970, as in the link.", examples=[1798761600])]
Signature = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$", description="As in the link.", examples=["ab" * 32])]


@router.get(
    "/bills/{bill}",
    response_class=Response,
    response_model=None,
    responses=failures(403, 404, 409, 422, 429, 503) | PDFS,
)
@public
def show(
    request: Request, bill: BillInPath, until: Until, signature: Signature, language: Language = Language.HI
) -> Response:
    """The bill that the link was signed for, as PDF. That it was opened is written down."""
    office = place_of(request).office
    act = office.act("link")
    check_link(link_secret(request), bill, until, signature, now=act.at)
    wait = place_of(request).limits.take(f"link:{bill}:{until}", A_MINUTE)  # only of a good one: nobody can use it up
    if wait:
        raise too_often(f"expected at most {A_MINUTE} requests a minute of one link, got more", wait)
    content = office.printed(bill, layout=Layout.A4, language=language)
    with office.store.write() as uow:
        uow.log.write(act, "see_bill", bill)
    return pdf(content, f"bill-{bill}.pdf")
