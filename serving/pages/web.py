"""How a page is made, and what becomes of a refusal."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Coroutine
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from meterocr.errors import MeterOcrError, NotFoundError
from meterocr.metering.consumption import IST
from serving.access import public
from serving.errors import ApiError, refusal
from serving.logs import fields, log, request_id
from serving.pages.files import address_of
from serving.pages.visitors import Away, Visitor, remember, visitor

_CSP = "; ".join(
    [
        *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'"),
        *("manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'"),
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",  # without it, browsers send no origin with a form
    "Vary": "Cookie, Accept-Language",
}
_SMALL = 1400  # bytes, one packet: not worth compressing

templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["static"] = address_of


def page(who: Visitor, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page for a visitor."""
    body = templates.get_template(template).render(
        who=who,
        here=who.path,
        say=who.say,
        language=who.language,
        token=who.token,
        kind=who.session.kind.value,
        day=lambda at: f"{at.astimezone(IST) if hasattr(at, 'astimezone') else at:%d-%m-%Y}",
        **values,
    )
    response = HTMLResponse(body, status, headers=HEADERS)
    if who.new:
        remember(response, who, who.session)
    return response


def go(to: str) -> RedirectResponse:
    """To another page, after a form."""
    return RedirectResponse(to, HTTPStatus.SEE_OTHER)


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with its refusals, compressed where the browser can take it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except Away as away:
                response = go(away.to)
            except ApiError as error:
                response = _refused(request, error)
            except MeterOcrError as error:
                response = _refused(request, _told(request, error))
            except RequestValidationError:
                response = _refused(request, _told(request, NotFoundError("")))
            return _compressed(request, response)

        return handle


def pages() -> APIRouter:
    """A router for pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def open_to_all(function: Any) -> Any:
    """Marks a page that somebody may see who has not logged in."""
    function.is_open = True
    return public(function)


def _told(request: Request, error: MeterOcrError) -> ApiError:
    """A refusal of the library in the visitor's words; the library's own are for the office and for developers."""
    told = refusal(error)
    if told.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("page", extra=fields(error=type(error).__name__))
    key = f"error_{told.code}"
    who = visitor(request)
    message = who.say(key) if key in ("error_not_found", "error_photo_error", "error_conflict") else str(error)
    return ApiError(HTTPStatus(told.status_code), told.code, message)


def _refused(request: Request, error: ApiError) -> Response:
    who = replace(visitor(request), new=False)
    response = page(who, "error.html", status=error.status_code, message=error.detail, request_id=request_id())
    response.headers.update(error.headers or {})
    return response


def _compressed(request: Request, response: Response) -> Response:
    body = bytes(getattr(response, "body", b""))
    kind = response.headers.get("content-type", "")
    if len(body) > _SMALL and kind.startswith("text/") and "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(body, 6)
        response.headers["content-length"] = str(len(response.body))
        response.headers["content-encoding"] = "gzip"
    return response


def safe_path(path: str) -> str:
    """A path of ours, or the start page."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 200
    return path if harmless else "/"
