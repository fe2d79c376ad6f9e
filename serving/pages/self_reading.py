"""Self reading: choose the connection, photograph the meter, look at the digits, get the bill."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from meterocr.delivery.pdf.formula import formula_in
from meterocr.errors import NotFoundError
from meterocr.workflow.claims import dispute
from meterocr.workflow.evidence import Claim, StoredSubmission
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.overview import Overview, overview_of, used
from meterocr.workflow.review import advice
from meterocr.workflow.sheet import Layout
from meterocr.workflow.taking import WANTED, bill_taken
from meterocr.workflow.values.bills import StoredBill
from meterocr.workflow.wording import Language
from serving.access import public
from serving.errors import ApiError
from serving.fields import IdInPath
from serving.pages.charts import Bar, bars
from serving.pages.forms import NUMBER, Form, Posted
from serving.pages.overlay import marked
from serving.pages.pictures import picture, size_of
from serving.pages.visitors import Anybody, Consumer, Sender, Visitor
from serving.pages.web import go, open_to_all, page, pages
from serving.pages.words import month_of

router = pages()
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_MONTHS = 7


@router.get("/")
@open_to_all
def start(who: Visitor = Anybody) -> Response:
    """Log in, or choose a connection."""
    if who.session.kind != "consumer":
        return page(who, "login.html", wrong="", phone="")
    with who.place.office.store.read() as uow:
        numbers = uow.phones.connections(who.session.who)
        found = [uow.book.connection(number) for number in numbers]
    if len(found) == 1:
        return go(f"/c/{found[0].consumer_number}")
    return page(who, "choose.html", connections=found)


@router.get("/c/{number}")
@public
def connection(number: str, who: Visitor = Consumer) -> Response:
    """One connection."""
    seen = _overview(who, number)
    fates = {stored.id: seen.fate(stored) for stored in seen.photos}
    return page(who, "connection.html", seen=seen, fates=fates, chart=_chart(who, seen), key=secrets.token_urlsafe(12))


@router.get("/c/{number}/photo")
@public
def camera(number: str, who: Visitor = Consumer) -> Response:
    """The camera."""
    _own(who, number)
    return page(who, "photo.html", number=number, key=secrets.token_urlsafe(12))


@router.post("/c/{number}/photo")
@public
async def take(number: str, who: Visitor = Sender, form: Form = Posted) -> Response:
    """A photo: read, judged, kept. The same one sent again from the same page is one; another one is another one."""
    key = form.text("key")
    if not form.photo or not _KEY.fullmatch(key):
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_photo", who.say("error_no_photo"))

    def job() -> int:
        _own(who, number)
        act = who.act(f"web:{number}")
        name = f"web:{number}:{key}:{hashlib.sha256(form.photo).hexdigest()}"
        incoming = Incoming(name, number, form.photo, act.at - WANTED, act.at)
        return submit(who.place.office.desk, incoming, act).id

    return go(f"/c/{number}/photos/{await who.place.desk.work(job)}")


@router.get("/c/{number}/photos/{submission}")
@public
def result(number: str, submission: IdInPath, who: Visitor = Consumer) -> Response:
    """What was read, over the photo, and what becomes of it."""
    stored = _photo(who, number, submission)
    seen = _overview(who, number)
    reading = seen.reading_of(submission)
    with who.place.office.store.read() as uow:
        claim = uow.submissions.claimed(submission)
        gone = used(uow, number, reading) if reading is not None else None
    readout = json.loads(stored.submission.readout)
    text = stored.submission.text or readout["text"]
    return page(
        who,
        "result.html",
        seen=seen,
        stored=stored,
        fate=seen.fate(stored),
        reading=reading,
        bill=seen.bill_of(submission),
        claim=claim,
        used=gone,
        reason=advice(stored.submission)[who.language][0],  # one at a time; the first is what to do first
        picture=marked(
            readout,
            size_of(who.place.office.photos.get(stored.submission.sha256)),
            f"/c/{number}/photos/{submission}/picture",
            who.say("photo_alt", text=text or "–"),
        ),
        text=text,
        chart=_chart(who, seen, None if gone is None or seen.bill_of(submission) else gone.units),
    )


@router.get("/c/{number}/photos/{submission}/picture")
@public
def shown(number: str, submission: IdInPath, who: Visitor = Consumer) -> Response:
    """The photo itself."""
    return picture(who.place.office.photos.get(_photo(who, number, submission).submission.sha256))


@router.post("/c/{number}/photos/{submission}")
@public
def confirm(number: str, submission: IdInPath, who: Visitor = Consumer, form: Form = Posted) -> Response:
    """The consumer says that it is right, and gets the bill; or what the meter really shows, and a person looks.

    What a person has decided stands: who sees something else there is told what to do.
    """
    stored = _photo(who, number, submission)
    said = _typed(form)
    act = who.act(f"web:{number}")
    here = f"/c/{number}/photos/{submission}"
    if not NUMBER.fullmatch(said):
        return go(here)
    stands = _overview(who, number).reading_of(submission)
    if stands is not None and Decimal(said) == stands.reading.value:
        bill = bill_taken(who.place.office.store, stored, who.place.office.rating, act).bill
        if bill is None:
            return page(who, "no_bill.html", number=number)
        who.place.outbox_grew()
        return go(f"/c/{number}/bills/{bill.number}?new=1")
    with who.place.office.store.write() as uow:
        if uow.submissions.review(submission) is not None:
            raise ApiError(HTTPStatus.CONFLICT, "conflict", who.say("error_checked"))
        dispute(uow, Claim(submission, said, act))
    return go(here)


@router.get("/c/{number}/bills/{bill}")
@public
def bill_page(number: str, bill: str, new: int = 0, who: Visitor = Consumer) -> Response:
    """A bill, line by line."""
    stored = _bill(who, number, bill)
    language = Language(who.language)
    return page(
        who,
        "bill.html",
        stored=stored,
        bill=stored.bill,
        new=bool(new),
        chart=_chart(who, _overview(who, number)),
        formula=lambda line: formula_in(line.formula, language),
    )


@router.get("/c/{number}/bills/{bill}/pdf")
@public
def bill_pdf(number: str, bill: str, who: Visitor = Consumer) -> Response:
    """The same bill as it is printed."""
    _bill(who, number, bill)
    content = who.place.office.printed(bill, layout=Layout.A4, language=Language(who.language))
    name = f'inline; filename="bill-{bill}.pdf"'
    return Response(content, media_type="application/pdf", headers={"Content-Disposition": name})


def _own(who: Visitor, number: str) -> None:
    """Nothing, where it is a connection of this phone.

    Raises:
        NotFoundError: it is not; what is not one's own is not there.
    """
    with who.place.office.store.read() as uow:
        if number not in uow.phones.connections(who.session.who):
            raise NotFoundError("expected a connection of this phone, got another one")


def _overview(who: Visitor, number: str) -> Overview:
    _own(who, number)
    with who.place.office.store.read() as uow:
        return overview_of(uow, number, who.act("pages").day + timedelta(1))


def _photo(who: Visitor, number: str, submission: int) -> StoredSubmission:
    _own(who, number)
    with who.place.office.store.read() as uow:
        stored = uow.submissions.get(submission)
    if stored.submission.consumer_number != number:
        raise NotFoundError("expected a photo of this connection, got another one")
    return stored


def _bill(who: Visitor, number: str, bill: str) -> StoredBill:
    _own(who, number)
    with who.place.office.store.read() as uow:
        stored = uow.bills.get(bill)
    if stored.bill.connection.consumer_number != number:
        raise NotFoundError("expected a bill of this connection, got another one")
    return stored


def _typed(form: Form) -> str:
    """What the boxes say: one for each digit, with the point after ``whole`` of them; or one box for all."""
    digits = "".join(form.text(f"digit{i}", 1) for i in range(16))
    whole = form.text("whole")
    if whole.isdecimal() and 0 < int(whole) < len(digits):
        return f"{digits[: int(whole)]}.{digits[int(whole) :]}"
    return digits or form.text("reading", 20)


def _chart(who: Visitor, seen: Overview, now: Decimal | None = None) -> Markup:
    """Units by month; ``now`` is what is not billed yet."""
    items = [
        Bar(
            month_of(month.month.month, who.language),
            float(month.units),
            f"{round(month.units)}",
            "estimated" if month.provisional else "",
        )
        for month in seen.months[-_MONTHS:]
    ]
    if now is not None:
        if items and seen.months and not seen.bills:  # without bills, the last month is this very reading
            items.pop()
        items.append(Bar(who.say("usage_now"), float(now), f"{round(now)}", "now"))
    told: list[Any] = [f"{bar.label} {bar.shown}" for bar in items]
    return bars(who.say("usage_chart", list=", ".join(told)), items) if items else Markup("")
