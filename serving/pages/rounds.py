"""The Urja Mitra's round: a page that works without network and sends later, each thing once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.delivery.phone import e164
from meterocr.errors import ConflictError
from meterocr.metering.consumption import IST
from meterocr.metering.verification import Verdict
from meterocr.workflow.intake import Incoming
from meterocr.workflow.keys import Scope
from meterocr.workflow.phones import register_phone
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.review import advice
from meterocr.workflow.rounds import LATE, books, found, round_of
from meterocr.workflow.taking import WANTED, take_in
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import Finding
from serving.access import public
from serving.errors import ApiError
from serving.once import Once
from serving.pages.files import address_of
from serving.pages.forms import Form, Posted
from serving.pages.visitors import Anybody, Staff, Visitor, key_of
from serving.pages.web import HEADERS, open_to_all, page, pages, templates

router = pages()
Mitra = Depends(Staff(Scope.VISIT))
Photographer = Depends(Staff(Scope.VISIT, photo=True))
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_NUMBER = 64  # characters
_WORDS = (
    *("done", "left", "waits", "others", "offline", "failed", "kept", "log_in", "no_door", "has_phone", "no_phone"),
    *("unkept", "no_store"),
    *("verdict_accepted", "verdict_review", "verdict_retake", "verdict_phone"),
    *("verdict_locked", "verdict_refused", "verdict_meter_faulty"),
)


class Verdicted(BaseModel):
    """What became of something that was done on the round."""

    verdict: str


@router.get("/round")
@public
def today(who: Visitor = Mitra, book: str = "") -> Response:
    """The round. Its doors come apart, so that the page can be kept on the phone."""
    with who.place.office.store.read() as uow:
        known = books(uow)
    chosen = book if book in known else next(iter(known), "")
    # What is not known yet is filled in by the page.
    blanks = {name: f"{{{name}}}" for name in ("done", "of", "count", "name")}
    words = {name: who.say(f"round_{name}", **blanks) for name in _WORDS}
    entry = key_of(who)
    name = entry.name if entry is not None else ""
    return page(who, "round.html", books=known, book=chosen, words=words, me=who.session.who, name=name)


@router.get("/round/doors")
@public
def doors(who: Visitor = Mitra, book: str = "") -> Response:
    """The doors of a book."""
    with who.place.office.store.write() as uow:
        found = round_of(uow, book, _act(who))
        uow.log.write(_act(who), "see_round", book)
    rows = [
        {
            "number": door.consumer_number,
            "name": door.name,
            "address": door.address,
            "meter": door.serial_number,
            "done": door.done,
            "phone": door.phone,
        }
        for door in found
    ]
    return JSONResponse({"book": book, "doors": rows}, headers=HEADERS)


@router.post("/round/photo")
@public
async def photo(
    who: Visitor = Photographer, form: Form = Posted, idempotency_key: Annotated[str, Header()] = ""
) -> Response:
    """A photo taken at the meter, and the bill that follows; sent again under the same key it is the same one."""
    key, number = _key(idempotency_key), form.text("number", _NUMBER)
    if not form.photo:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_photo", who.say("error_no_photo"))
    act = Act(_act(who).by, _at(who, form))
    incoming = Incoming(f"round:{key}", number, form.photo, act.at - WANTED, act.at, visited=True)
    office = who.place.office
    taken = await who.place.desk.work(lambda: take_in(office.desk, incoming, office.rating, act))
    who.place.outbox_grew()
    made = taken.stored.submission
    reason = advice(made)[who.language][0] if made.verdict is Verdict.RETAKE else ""
    return JSONResponse({"verdict": made.verdict.value, "text": made.text, "reason": reason}, headers=HEADERS)


@router.post("/round/phone")
@public
def phone(
    request: Request, who: Visitor = Mitra, form: Form = Posted, idempotency_key: Annotated[str, Header()] = ""
) -> Response:
    """A phone for the bills of a connection, with its holder's consent; the same one again changes nothing.

    What came in late stays on the reader's phone, where its holder or the connection has said something else since.
    """
    number = form.text("number", _NUMBER)
    try:
        text = e164(form.text("phone"))
    except ValueError as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_phone", who.say("login_phone_wrong")) from error
    if form.text("consent") != "yes":
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_consent", who.say("round_consent"))

    def work(uow: UnitOfWork, act: Act) -> Verdicted:
        registration = PhoneRegistration(text, number, _at(who, form), act.by, Registrar.URJA_MITRA)
        live = uow.phones.live(number)
        if live is None or live.registration.phone != text:
            try:
                register_phone(uow, registration, act)
            except ConflictError as error:
                raise ApiError(HTTPStatus.CONFLICT, "overtaken", who.say("round_overtaken")) from error
        return Verdicted(verdict="phone")

    return _once(request, idempotency_key, [number, text, form.text("at")], work)


@router.post("/round/{finding}")
@public
def not_read(
    request: Request,
    finding: Finding,
    who: Visitor = Mitra,
    form: Form = Posted,
    idempotency_key: Annotated[str, Header()] = "",
) -> Response:
    """Nobody opened, or the meter cannot be read; sent again under the same key it is the same visit.

    Its time would not tell: where the phone's clock is ahead, it is the time when it came in.
    """
    number = form.text("number", _NUMBER)

    def work(uow: UnitOfWork, act: Act) -> Verdicted:
        found(uow, number, finding, _at(who, form), act)
        return Verdicted(verdict=finding.value)

    answer = _once(request, idempotency_key, [number, form.text("at")], work)
    who.place.outbox_grew()
    return answer


@router.get("/round/manifest.webmanifest")
@open_to_all
def manifest(who: Visitor = Anybody) -> Response:
    """What makes the page an app that can be installed."""
    values = {
        "name": who.say("round_title"),
        "short_name": who.say("round_title"),
        "start_url": "/round",
        "scope": "/round",
        "display": "standalone",
        "background_color": "#f5f8f6",
        "theme_color": "#0b5d4b",
        "icons": [{"src": address_of("icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    }
    content = json.dumps(values, ensure_ascii=False)
    return Response(content, media_type="application/manifest+json", headers=HEADERS)


@router.get("/round/worker.js")
@open_to_all
def worker() -> Response:
    """The service worker, which knows the files that the page needs."""
    files = [address_of(name) for name in ("pages.css", "round.js", "icon.svg")]
    content = templates.get_template("worker.js").render(files=files)
    return Response(content, media_type="text/javascript", headers=HEADERS | {"Service-Worker-Allowed": "/round"})


def _once(request: Request, key: str, given: list[str], work: Callable[[UnitOfWork, Act], Verdicted]) -> Response:
    """What ``work`` comes to, done once for the key."""
    answer = Once(request, _key(key), json.dumps(given), HTTPStatus.OK).answer(work)
    answer.headers.update(HEADERS)
    return answer


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        message = "expected the header Idempotency-Key with 8 to 64 letters, digits, - or _, got none or another"
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_request", message)
    return key


def _at(who: Visitor, form: Form) -> datetime:
    """When it was done, by the phone's clock: at most now. What is too old is refused, and stays on the phone."""
    now = who.place.office.clock()
    try:
        at = datetime.fromisoformat(form.text("at"))
        at = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "expected a time, got none") from error
    if at < now - LATE:
        told = who.say("round_too_old", day=f"{at.astimezone(IST):%d-%m-%Y}", days=LATE.days)
        raise ApiError(HTTPStatus.CONFLICT, "too_old", told)
    return min(at, now)


def _act(who: Visitor) -> Act:
    return who.act(f"key:{who.session.who}")
