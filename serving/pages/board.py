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
from serving.pages.charts import stacked
from serving.pages.visitors import Staff, Visitor
from serving.pages.web import page, pages
from serving.seen import note_seen

router = pages()
Admin = Depends(Staff(Scope.ADMIN))
DAYS = 30
_VERDICTS = tuple(verdict.value for verdict in Verdict)
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
        values: dict[str, Any] = {
            "models": uow.figures.models(since),
            "bills": uow.figures.bills(since.date()),
            "messages": _messages(uow.figures.messages(since)),
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
        **values,
    )


def _kinds(photos: Sequence[PhotoCount]) -> list[tuple[str, int, int]]:
    """By kind of display (``none`` where none was found): photos, and those of which a whole reading came."""
    total: Counter[str] = Counter()
    read: Counter[str] = Counter()
    for count in photos:
        kind = count.kind or "none"
        total[kind] += count.count
        read[kind] += count.count if count.read else 0
    return [(kind, total[kind], read[kind]) for kind in sorted(total)]


def _messages(rows: Sequence[tuple[str, str, int]]) -> list[tuple[str, list[tuple[str, int]]]]:
    """By what a message is for: its statuses with their counts."""
    found: dict[str, Counter[str]] = {}
    for kind, status, count in rows:
        name = kind if kind in _NAMED else "other"
        found.setdefault(name, Counter())[status] += count
    return [(kind, sorted(counts.items())) for kind, counts in sorted(found.items())]


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
