"""Logging in: with a phone and a code for consumers, with a key for staff; and the language."""

from __future__ import annotations

from logging import INFO, WARNING

from fastapi import Request
from starlette.responses import Response

from meterocr.billing.account import masked
from meterocr.delivery.phone import e164
from meterocr.workflow.keys import KeyEntry, Scope, known_key
from meterocr.workflow.login import check_code, send_code
from meterocr.workflow.phones import CodeCheck
from serving.logs import fields, log
from serving.pages.forms import Form, Posted
from serving.pages.sessions import COOKIE, Kind, begin
from serving.pages.visitors import Anybody, Visitor, key_of, remember, speak
from serving.pages.web import go, open_to_all, page, pages, safe_path
from serving.pages.words import LANGUAGES

router = pages()
_TRIES = 10
"""A minute, for one phone."""
_STAFF = 60
"""A minute, of the staff from one address: each is written down."""
_FROM = 600
"""A minute, from one address: thousands of phones of one carrier may have the same one."""
_HOMES = {Scope.REVIEW: "/desk", Scope.VISIT: "/round", Scope.ADMIN: "/board"}


@router.post("/login")
@open_to_all
def login(request: Request, who: Visitor = Anybody, form: Form = Posted) -> Response:
    """Send a code, and ask for it."""
    try:
        phone = e164(form.text("phone"))
    except ValueError:
        return page(who, "login.html", status=422, wrong=who.say("login_phone_wrong"), phone=form.text("phone"))
    wait = _wait(request, who, phone)
    if wait:
        told = who.say("error_often", seconds=wait)
        return _later(page(who, "login.html", status=429, wrong=told, phone=form.text("phone")), wait)
    office = who.place.office
    with office.store.write() as uow:
        sent = send_code(uow, phone, office.act("pages"))
    if sent:
        who.place.outbox_grew()
    response = go("/login/code")
    remember(response, who, begin(Kind.ASKED, phone, office.clock()))
    return response


@router.get("/login/code")
@open_to_all
def ask(who: Visitor = Anybody) -> Response:
    """Where the code is typed in."""
    return _code(who, "") if who.session.kind is Kind.ASKED else go("/")


@router.post("/login/code")
@open_to_all
def code(request: Request, who: Visitor = Anybody, form: Form = Posted) -> Response:
    """The code: a session, or another try."""
    if who.session.kind is not Kind.ASKED:
        return go("/")
    phone = who.session.who
    wait = _wait(request, who, phone)
    if wait:
        return _later(_code(who, who.say("error_often", seconds=wait), status=429), wait)
    office = who.place.office
    with office.store.write() as uow:
        found = check_code(uow, phone, "".join(filter(str.isdecimal, form.text("code"))), office.act("pages"))
    if found is not CodeCheck.CONFIRMED:
        return _code(who, who.say(f"code_{found}"), status=422)
    response = go("/")
    remember(response, who, begin(Kind.CONSUMER, phone, office.clock()))
    return response


@router.get("/staff")
@open_to_all
def staff(who: Visitor = Anybody, to: str = "") -> Response:
    """Where somebody of the staff logs in, or sees what may be done."""
    entry = key_of(who) if who.session.kind is Kind.STAFF else None
    homes = [home for scope, home in _HOMES.items() if entry is not None and scope in entry.scopes]
    return page(who, "staff.html", wrong="", to=safe_path(to), homes=homes, name="" if entry is None else entry.name)


@router.post("/staff")
@open_to_all
def enter(request: Request, who: Visitor = Anybody, form: Form = Posted) -> Response:
    """A key for a session."""
    to = safe_path(form.text("to"))
    wait = who.place.limits.take(f"staff:{_address(request)}", _STAFF)
    if wait:
        told = who.say("error_often", seconds=wait)
        return _later(page(who, "staff.html", status=429, wrong=told, to=to, homes=[], name=""), wait)
    office = who.place.office
    with office.store.read() as uow:
        entry = known_key(uow, form.text("key"))
    homes = [] if entry is None else [home for scope, home in _HOMES.items() if scope in entry.scopes]
    _note_login(who, entry, opened=bool(homes))
    if entry is None or not homes:
        return page(who, "staff.html", status=422, wrong=who.say("staff_wrong"), to=to, homes=[], name="")
    response = go(to if to != "/" else homes[0])
    remember(response, who, begin(Kind.STAFF, entry.key_id, office.clock()))
    return response


@router.post("/logout")
@open_to_all
def logout(form: Form = Posted) -> Response:  # noqa: ARG001 - only a form of ours logs out
    """The session ends."""
    response = go("/")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


@router.post("/language/{language}")
@open_to_all
def switch(language: str, form: Form = Posted) -> Response:
    """The same page in another language."""
    response = go(safe_path(form.text("to")))
    if language in LANGUAGES:
        speak(response, language)
    return response


def _code(who: Visitor, wrong: str, *, status: int = 200) -> Response:
    return page(who, "code.html", status=status, wrong=wrong, phone=masked(who.session.who))


def _later(response: Response, wait: int) -> Response:
    """The same page, which also says to browsers and programs when to come again."""
    response.headers["Retry-After"] = str(wait)
    return response


def _wait(request: Request, who: Visitor, phone: str) -> int:
    """Seconds to wait, of this phone and this address; 0 where it may be tried."""
    limits = who.place.limits
    return max(limits.take(f"from:{_address(request)}", _FROM), limits.take(f"login:{phone}", _TRIES))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _note_login(who: Visitor, entry: KeyEntry | None, *, opened: bool) -> None:
    """Write down and log that a key was tried; of one that is not known, nothing of what was typed in."""
    key_id = "" if entry is None else entry.key_id
    what = "staff_login" if opened else "staff_login_failed"
    with who.place.office.store.write() as uow:
        uow.log.write(who.act(f"key:{key_id}" if key_id else "pages"), what, key_id)
    log.log(INFO if opened else WARNING, what, extra=fields(key=key_id))
