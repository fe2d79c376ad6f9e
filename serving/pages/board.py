"""The office's board: how it goes, in counts and charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from fastapi import Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from meterocr.metering.verification import Verdict
from meterocr.workflow.keys import Scope
from meterocr.workflow.second_readings import estimate
from meterocr.workflow.values.counts import PhotoCount
from meterocr.workflow.wording import MessageKind
from serving.access import public
from serving.pages.charts import Bar, bars, stacked
from serving.pages.visitors import Staff, Visitor
from serving.pages.web import page, pages
from serving.seen import note_seen

router = pages()
Admin = Depends(Staff(Scope.ADMIN))
DAYS = 30
_VERDICTS = tuple(verdict.value for verdict in Verdict)
_ON_THE_WAY = {
    "sent": ("accepted", "sent", "delivered", "read"),
    "delivered": ("delivered", "read"),
    "seen": ("read",),
    "failed": ("failed", "dropped"),
}
"""Steps of a bill's message, and the last statuses that say it was taken."""
_NAMED = frozenset(MessageKind) - {MessageKind.ANSWER}


@router.get("/board")
@public
def board(request: Request, who: Visitor = Admin) -> Response:
    """Everything of the last days on one page."""
    note_seen(request, "board", "")
    act = who.act(f"key:{who.session.who}")
    since = act.at - timedelta(DAYS)
    with who.place.office.store.read() as uow:
        photos = uow.figures.photos(since)
        messages = uow.figures.messages(since)
        bills = uow.figures.bills(since.date())
        values: dict[str, Any] = {
            "models": uow.figures.models(since),
            "messages": _messages(messages),
            "areas": uow.bills.coverage(act.day.replace(day=1)),
            "rate": estimate(uow, who.place.certificate, act),
        }
    verdicts: Counter[str] = Counter()
    for count in photos:
        verdicts[count.verdict] += count.count
    return page(
        who,
        "board.html",
        days=DAYS,
        total=verdicts.total(),
        verdicts=[(verdict, verdicts[verdict]) for verdict in _VERDICTS],
        kinds=_kinds(photos),
        chart=_chart(who, photos, verdicts),
        bills=bills,
        bill_chart=_bill_chart(who, sum(bills), messages) if sum(bills) else Markup(""),
        **values,
    )


def _kinds(photos: Sequence[PhotoCount]) -> list[tuple[str, int, int]]:
    """By kind of display: photos on which one was found, and those of which a whole reading came."""
    found: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for count in photos:
        if count.kind:
            found[count.kind] += count.count
            read[count.kind] += count.count if count.read else 0
    return [(kind, found[kind], read[kind]) for kind in sorted(found)]


def _messages(rows: Sequence[tuple[str, str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
    """By what a message is for: its statuses with their counts."""
    found: dict[str, Counter[str]] = {}
    for kind, status, count in rows:
        name = kind if kind in _NAMED else "other"
        found.setdefault(name, Counter())[status] += count
    return [(kind, sorted(counts.items())) for kind, counts in sorted(found.items())]


def _bill_chart(who: Visitor, issued: int, rows: Sequence[tuple[str, str, int]]) -> Markup:
    """Bills on their way: each bar is a part of the one before, but for the last, which is what did not arrive."""
    counts: Counter[str] = Counter()
    for kind, status, count in rows:
        if kind == MessageKind.BILL:
            counts[status] += count
    sums = {name: sum(counts[status] for status in statuses) for name, statuses in _ON_THE_WAY.items()}
    items = [Bar(who.say("board_issued"), issued, str(issued))]
    items += [
        Bar(who.say(f"board_bill_{name}"), count, str(count), "retake" if name == "failed" else "")
        for name, count in sums.items()
    ]
    return bars(who.say("board_bill_chart", list=", ".join(f"{bar.label} {bar.shown}" for bar in items)), items)


def _chart(who: Visitor, photos: Sequence[PhotoCount], verdicts: Counter[str]) -> Markup:
    days = sorted({count.day for count in photos})
    if not days:
        return Markup("")
    last = who.act("board").at.date()
    every = [last - timedelta(i) for i in range(DAYS - 1, -1, -1)]
    counts: Counter[tuple[object, str]] = Counter()
    for count in photos:
        counts[count.day, count.verdict] += count.count
    rows = [[counts[day, verdict] for verdict in _VERDICTS] for day in every]
    title = who.say("board_chart", **{verdict: verdicts[verdict] for verdict in _VERDICTS})
    return stacked(title, [f"{day:%d.%m.}" for day in every], rows, _VERDICTS)
