"""What the API is, for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from serving.access import public

router = APIRouter(prefix="/v1", tags=["running"])


@router.get("/openapi.json", response_model=None)
@public
async def openapi(request: Request) -> JSONResponse:
    """This description."""
    return JSONResponse(request.app.openapi())
