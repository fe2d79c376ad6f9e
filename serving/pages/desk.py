"""The review desk: what the machine doubts, most money first, with everything that helps to decide."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from meterocr.errors import MeteringError, NotFoundError
from meterocr.metering.consumption import IST
from meterocr.readout import Quad
from meterocr.workflow import review
from meterocr.workflow.drafts import billed_quantity
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.keys import Scope
from meterocr.workflow.queue import following, queue
from meterocr.workflow.second_readings import estimate, next_blind, read_again
from meterocr.workflow.taking import bill_taken
from meterocr.workflow.values.act import Act
from serving.access import public
from serving.fields import IdInPath
from serving.pages.charts import Dot, plot
from serving.pages.forms import NUMBER, Form, Posted
from serving.pages.pictures import jpeg, picture
from serving.pages.visitors import Staff, Visitor
from serving.pages.web import go, page, pages
from serving.seen import note_seen

router = pages()
Reviewer = Depends(Staff(Scope.REVIEW))
_SHOWN = 50  # of the queue
_CANDIDATES = 5
_READINGS = 13


@router.get("/desk")
@public
def desk(request: Request, who: Visitor = Reviewer, bill: str = "", unbilled: int = 0) -> Response:
    """The queue, and how often readings are really wrong."""
    with who.place.office.store.read() as uow:
        tasks = queue(uow)
        rate = estimate(uow, who.place.certificate, _act(who))
        blind = next_blind(uow, _act(who))
    note_seen(request, "reviews", "", {"submissions": [task.stored.id for task in tasks[:_SHOWN]]})
    done = who.say("desk_billed", number=bill[:20]) if bill else who.say("desk_unbilled") if unbilled else ""
    return page(who, "desk.html", tasks=tasks[:_SHOWN], count=len(tasks), rate=rate, blind=blind, done=done)


@router.get("/desk/blind")
@public
def blind(request: Request, who: Visitor = Reviewer) -> Response:
    """A photo of the sample, and nothing of what was read."""
    with who.place.office.store.read() as uow:
        stored = next_blind(uow, _act(who))
    if stored is not None:
        note_seen(request, "blind", stored.submission.consumer_number, {"submission": stored.id})
    return page(who, "blind.html", stored=stored, wrong="")


@router.post("/desk/blind/{submission}")
@public
def again(submission: IdInPath, who: Visitor = Reviewer, form: Form = Posted) -> Response:
    """What was read blindly."""
    # Nothing typed in is no number; only the button says that nothing can be read.
    text = "" if form.text("what") == "unreadable" else form.text("value", 20) or "?"
    try:
        with who.place.office.store.write() as uow:
            read_again(uow, submission, text, _act(who))
    except MeteringError:
        with who.place.office.store.read() as uow:
            stored = uow.submissions.get(submission)
        return page(who, "blind.html", status=422, stored=stored, wrong=who.say("desk_wrong_value"))
    return go("/desk/blind")


@router.get("/desk/next")
@public
def next_one(after: int = 0, who: Visitor = Reviewer) -> Response:
    """The one that follows."""
    with who.place.office.store.read() as uow:
        task = following(uow, after)
    return go("/desk" if task is None else f"/desk/{task.stored.id}")


@router.get("/desk/{submission}")
@public
def one(submission: IdInPath, who: Visitor = Reviewer, bill: str = "", unbilled: int = 0) -> Response:
    """One photo."""
    done = who.say("desk_billed", number=bill[:20]) if bill else who.say("desk_unbilled") if unbilled else ""
    return _one(who, submission, done=done)


@router.post("/desk/{submission}")
@public
def decide(submission: IdInPath, who: Visitor = Reviewer, form: Form = Posted) -> Response:
    """A decision, and what follows from it: a bill, or a request for another photo; then the next one."""
    act, office, what = _act(who), who.place.office, form.text("what")
    try:
        with office.store.write() as uow:
            if what == "accept":
                review.accept(uow, submission, act, policy=office.policy)
            elif what == "correct":
                review.correct(uow, submission, _value(form.text("value", 20)), act, policy=office.policy)
            elif what == "reject":
                review.reject(uow, submission, form.text("note") or "rejected", act)
    except MeteringError:
        return _one(who, submission, wrong=who.say("desk_wrong_value"), status=422)
    with office.store.read() as uow:
        task = following(uow, submission)
    to = "/desk" if task is None else f"/desk/{task.stored.id}"
    who.place.outbox_grew()
    return go(to if what == "reject" else f"{to}?{_billed(who, submission, act)}")


@router.get("/desk/{submission}/picture")
@public
def shown(request: Request, submission: IdInPath, who: Visitor = Reviewer) -> Response:
    """The photo, large enough to zoom into."""
    stored = _stored(who, submission)
    note_seen(request, "photo", stored.submission.consumer_number, {"submission": submission})
    return picture(_photo(who, stored), long_side=2000)


@router.get("/desk/{submission}/strip")
@public
def strip(request: Request, submission: IdInPath, who: Visitor = Reviewer) -> Response:
    """The display, straightened."""
    stored = _stored(who, submission)
    note_seen(request, "strip", stored.submission.consumer_number, {"submission": submission})
    corners = json.loads(stored.submission.readout)["quad"]
    if corners is None:
        raise NotFoundError("expected a photo with a display, got one without")
    a, b, c, d = ((x, y) for x, y in corners)
    return jpeg(who.place.office.stationery.cut(_photo(who, stored), Quad((a, b, c, d))))


def _one(who: Visitor, submission: int, *, done: str = "", wrong: str = "", status: int = 200) -> Response:
    office = who.place.office
    with office.store.write() as uow:
        stored = uow.submissions.get(submission)
        number = stored.submission.consumer_number
        uow.log.write(_act(who), "see_submission", number, {"submission": submission})
        connection = uow.book.connection(number)
        claim = uow.submissions.claimed(submission)
        history = uow.readings.history(number, billed_quantity(connection.meter))
    readout = json.loads(stored.submission.readout)
    before = [reading for reading in history.readings if reading.at < stored.submission.capture.at][-_READINGS:]
    return page(
        who,
        "review.html",
        status=status,
        stored=stored,
        connection=connection,
        claim=claim,
        readout=readout,
        candidates=_others(readout["candidates"], stored.submission.text),
        before=before[::-1][:6],
        plot=_plot(who, stored, before),
        at_risk=json.loads(stored.submission.verification)["risk"]["at_risk_paise"],
        reasons=stored.submission.reasons.get(who.language, ()),
        done=done,
        wrong=wrong,
    )


def _others(candidates: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The readings that the photo supports as well: whole ones, not nothing, and not again the one that was read."""
    return [each for each in candidates if each["text"] not in ("", text) and "?" not in each["text"]][:_CANDIDATES]


def _plot(who: Visitor, stored: StoredSubmission, before: list[Any]) -> Markup:
    dots = [Dot(r.at.timestamp(), float(r.value), label=_date(r.at)) for r in before]
    told = [f"{reading.value:f}" for reading in before]
    at, label = stored.submission.capture.at.timestamp(), _date(stored.submission.capture.at)
    if stored.submission.text:
        dots.append(Dot(at, float(stored.submission.text), "new", label))
        told.append(stored.submission.text)
    if stored.submission.suggested:
        dots.append(Dot(at, float(stored.submission.suggested), "other"))
    return plot(who.say("desk_plot", list=", ".join(told)), dots) if dots else Markup("")


def _date(at: datetime) -> str:
    return f"{at.astimezone(IST):%d.%m.%y}"


def _billed(who: Visitor, submission: int, act: Act) -> str:
    """What became of the bill, for the next page's address."""
    office = who.place.office
    bill = bill_taken(office.store, _stored(who, submission), office.rating, act).bill
    return "unbilled=1" if bill is None else f"bill={bill.number}"


def _stored(who: Visitor, submission: int) -> StoredSubmission:
    with who.place.office.store.read() as uow:
        return uow.submissions.get(submission)


def _photo(who: Visitor, stored: StoredSubmission) -> bytes:
    return who.place.office.photos.get(stored.submission.sha256)


def _value(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise MeteringError("expected a number, got something else")
    return Decimal(text)


def _act(who: Visitor) -> Act:
    return who.act(f"key:{who.session.who}")
