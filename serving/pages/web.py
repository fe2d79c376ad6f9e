"""What all pages have in common: who asks, in which language, how a page is made, and what becomes of a refusal."""

from __future__ import annotations

import gzip
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from meterocr.errors import MeterOcrError, NotFoundError
from meterocr.metering.consumption import IST
from meterocr.workflow.keys import KeyEntry, Scope
from meterocr.workflow.values.act import Act
from serving.access import public
from serving.body import body_of
from serving.errors import ApiError, refusal
from serving.logs import fields, log, request_id
from serving.pages.files import address_of
from serving.pages.sessions import COOKIE, LASTS, Kind, Seal, Session, begin, seal_of
from serving.pages.words import LANGUAGES, text_of
from serving.place import Place, place_of

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
_LANGUAGE = "language"
_FIELDS = 24  # of a form
_AROUND_PHOTO = 64 * 2**10  # bytes of a form beside its photo
_SMALL = 1400  # bytes, one packet: not worth compressing

templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.globals["static"] = address_of


class Away(Exception):  # noqa: N818 - no error: the person is sent elsewhere
    """Go to another page."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page.

    Attributes:
        session: the one the browser has, or a new one of nobody.
        new: the browser does not have it yet.
        token: for forms.
        secure: they came by HTTPS, at least as far as the proxy in front.
    """

    place: Place
    session: Session
    new: bool
    token: str
    language: str
    path: str
    secure: bool

    def act(self, by: str) -> Act:
        """``by`` does something now."""
        return self.place.office.act(by)

    def say(self, key: str, **values: object) -> str:
        """A text in the visitor's language."""
        return text_of(key, self.language, **values)


def visitor(request: Request) -> Visitor:
    """Whoever asks, logged in or not."""
    place = place_of(request)
    seal, now = _seal(place), place.office.clock()
    session = seal.open(request.cookies.get(COOKIE, ""), now)
    here = session or begin(Kind.NOBODY, "", now)
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    return Visitor(
        place,
        here,
        session is None,
        seal.token(here),
        _language(request),
        request.url.path if request.method == "GET" else "/",
        secure,
    )


def consumer(request: Request) -> Visitor:
    """Somebody who has shown to have a phone."""
    who = visitor(request)
    if who.session.kind is not Kind.CONSUMER:
        raise Away("/")
    return who


class Staff:
    """A dependency: somebody who logged in with a key that has ``scope`` and still opens something."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, request: Request) -> Visitor:
        """The visitor."""
        who = visitor(request)
        if who.session.kind is not Kind.STAFF:
            raise Away(f"/staff?to={request.url.path if request.method == 'GET' else '/'}")
        entry = key_of(who)
        if entry is None:
            raise Away("/staff")
        if self.scope not in entry.scopes:
            raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", who.say("error_scope", scope=self.scope))
        request.state.key = entry
        return who


def key_of(who: Visitor) -> KeyEntry | None:
    """The key that somebody of the staff logged in with, while it opens something."""
    with who.place.office.store.read() as uow:
        entry = uow.keys.find(who.session.who)
    return entry if entry is not None and entry.revoked_at is None else None


@dataclass(frozen=True, slots=True)
class Form:
    """What a form of ours brought."""

    data: FormData
    photo: bytes

    def text(self, name: str, most: int = 200) -> str:
        """A field; empty where there is none."""
        value = self.data.get(name, "")
        return value.strip()[:most] if isinstance(value, str) else ""


async def posted(request: Request) -> Form:
    """A form, refused where another site sent it.

    Raises:
        ApiError: 400, 403, 413.
    """
    place = place_of(request)
    who = visitor(request)
    if who.session.kind in (Kind.CONSUMER, Kind.STAFF):  # nobody else sends photos
        body_of(request).allow(place.settings.photo_bytes + _AROUND_PHOTO)
    try:
        async with request.form(max_files=1, max_fields=_FIELDS) as data:
            file = data.get("photo")
            photo = await file.read() if isinstance(file, UploadFile) else b""
    except ApiError:  # too large, too slow
        raise
    except HTTPException as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_request", "expected a form, got a broken one") from error
    token = data.get("token", request.headers.get("x-form-token", ""))
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(), who.token.encode()):
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", who.say("error_token"))
    if len(photo) > place.settings.photo_bytes:
        raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "photo_too_large", who.say("error_photo_size"))
    return Form(data, photo)


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


def remember(response: Response, who: Visitor, session: Session) -> None:
    """Give the browser a session."""
    response.set_cookie(
        COOKIE,
        _seal(who.place).close(session),
        max_age=int(LASTS[session.kind].total_seconds()),
        httponly=True,
        samesite="lax",
        secure=who.secure,
    )


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
    return page(who, "error.html", status=error.status_code, message=error.detail, request_id=request_id())


def _compressed(request: Request, response: Response) -> Response:
    body = bytes(getattr(response, "body", b""))
    kind = response.headers.get("content-type", "")
    if len(body) > _SMALL and kind.startswith("text/") and "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(body, 6)
        response.headers["content-length"] = str(len(response.body))
        response.headers["content-encoding"] = "gzip"
    return response


def _language(request: Request) -> str:
    chosen = request.cookies.get(_LANGUAGE, "")
    if chosen in LANGUAGES:
        return chosen
    accepted = (part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(","))
    return next((language for language in accepted if language in LANGUAGES), "en")


def speak(response: Response, language: str) -> None:
    """From now on in this language."""
    response.set_cookie(_LANGUAGE, language, max_age=365 * 24 * 3600, httponly=True, samesite="lax")


def safe_path(path: str) -> str:
    """A path of ours, or the start page."""
    harmless = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 200
    return path if harmless else "/"


def _seal(place: Place) -> Seal:
    return seal_of(place.office.settings.home)


Anybody = Depends(visitor)
Consumer = Depends(consumer)
Posted = Depends(posted)
