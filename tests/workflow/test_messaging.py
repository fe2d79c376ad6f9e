"""Messages refuse what no phone should get, and the ledger of statuses never goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.workflow.messaging import (
    MAX_DOCUMENT_BYTES,
    Document,
    Failure,
    FailureKind,
    Message,
    Progress,
    Status,
    StatusEvent,
    advance,
    window_open,
)
from meterocr.workflow.wording import FIELDS, Language, MessageKind, template_body, wording

AT = datetime(2024, 9, 1, 9, tzinfo=UTC)
WHY = Failure(FailureKind.NOT_REACHABLE, 131026, "Message undeliverable")
RETAKE = Message("k", "+919812345678", Language.EN, MessageKind.RETAKE, ("C-1", "Go closer."))


def event(status: Status, seconds: int = 0) -> StatusEvent:
    why = WHY if status is Status.FAILED else None
    return StatusEvent("m", "k", status, AT + timedelta(seconds=seconds), why)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": ""}, "expected a key of 1 to 64 characters"),
        ({"key": "k" * 65}, "expected a key of 1 to 64 characters"),
        ({"to": "9812345678"}, r"expected a phone number in E.164 such as \+919812345678, got 981\*\*\*\*\*78"),
        ({"to": "+91981"}, r"got \*\*\*\*\*\*$"),
        ({"parameters": ("C-1",)}, "expected texts for consumer, advice of a retake message, got 1 with 0 empty"),
        ({"parameters": ("C-1", " ")}, "got 2 with 1 empty"),
        ({"document": Document("a.pdf", b"%PDF-1")}, "expected a document with a bill and only there, got retake"),
        ({"kind": MessageKind.BILL, "parameters": tuple("abcde")}, "only there, got bill and None"),
        (
            {"kind": MessageKind.ONE_TIME_CODE, "parameters": ("1",), "free_form": True},
            "expected a one-time code to go as a template",
        ),
    ],
)
def test_refused_messages(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RETAKE, **changes)


@pytest.mark.parametrize(
    ("file_name", "content", "message"),
    [
        ("../a.pdf", b"%PDF-1", "expected a plain file name"),
        ("", b"%PDF-1", "expected a plain file name"),
        ("a.pdf", b"", "expected a PDF of at most"),
        ("a.pdf", b"PK\3\4", "expected a PDF of at most"),
        ("a.pdf", b"%PDF-" + bytes(MAX_DOCUMENT_BYTES), "expected a PDF of at most"),
    ],
)
def test_refused_documents(file_name: str, content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Document(file_name, content)


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", Language)
def test_every_kind_has_its_words(kind: MessageKind, language: Language) -> None:
    body = template_body(kind, language)
    numbers = [f"{{{{{i}}}}}" for i in range(1, len(FIELDS[kind]) + 1)]
    assert [body.count(number) for number in numbers] == [1] * len(numbers)
    assert not body.startswith("{{")  # WhatsApp refuses a template that starts or ends with a field
    assert not body.rstrip(".।").endswith("}}")
    assert len(body) < 1024
    texts = [f"<{name}>" for name in FIELDS[kind]]
    told = wording(kind, language, texts)
    assert all(text in told for text in texts)
    assert any("\u0900" <= c <= "\u097f" for c in told) == (language is Language.HI)


def test_braces_in_a_text_stay_as_they_are() -> None:
    assert "{name} {0} {{" in wording(MessageKind.RETAKE, Language.EN, ["C-1", "{name} {0} {{"])
    with pytest.raises(ValueError, match="shorter"):
        wording(MessageKind.RETAKE, Language.EN, ["C-1"])


def test_the_ledger_in_the_usual_order() -> None:
    progress = Progress(Status.ACCEPTED, AT)
    for status in (Status.SENT, Status.DELIVERED, Status.READ):
        progress = advance(progress, event(status))
        assert progress.status is status


@pytest.mark.parametrize(
    ("before", "then", "after"),
    [
        (Status.READ, Status.SENT, Status.READ),
        (Status.READ, Status.DELIVERED, Status.READ),
        (Status.READ, Status.FAILED, Status.READ),
        (Status.DELIVERED, Status.FAILED, Status.DELIVERED),
        (Status.FAILED, Status.SENT, Status.FAILED),
        (Status.FAILED, Status.DELIVERED, Status.DELIVERED),  # on another device
        (Status.SENT, Status.READ, Status.READ),  # WhatsApp leaves delivered out when the chat is open
    ],
)
def test_the_ledger_never_goes_back(before: Status, then: Status, after: Status) -> None:
    came = advance(advance(Progress(Status.ACCEPTED, AT), event(before)), event(then, 1))
    assert came.status is after
    assert came.failure == (WHY if after is Status.FAILED else None)


@given(st.lists(st.tuples(st.sampled_from(Status), st.integers(0, 3)), max_size=5), st.data())
def test_the_ledger_ends_the_same_in_any_order_and_with_duplicates(
    given_events: list[tuple[Status, int]], data: st.DataObject
) -> None:
    events = [event(*one) for one in given_events]
    start = Progress(Status.ACCEPTED, AT)

    def end(order: list[StatusEvent]) -> Progress:
        progress = start
        for one in order:
            earlier, progress = progress, advance(progress, one)
            assert list(Status).index(progress.status) >= list(Status).index(earlier.status)
        return progress

    again = data.draw(st.permutations(events + events))
    assert end(list(again)) == end(events)
    if len(events) <= 4:
        assert len({end(list(order)) for order in permutations(events)}) <= 1


@pytest.mark.parametrize(
    ("status", "at", "failure", "message"),
    [
        (Status.SENT, AT.replace(tzinfo=None), None, "expected a time with a timezone"),
        (Status.FAILED, AT, None, "expected a failure with failed and only there"),
        (Status.SENT, AT, WHY, "expected a failure with failed and only there"),
    ],
)
def test_refused_events(status: Status, at: datetime, failure: Failure | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StatusEvent("m", "k", status, at, failure)


@pytest.mark.parametrize(
    ("last", "is_open"),
    [(None, False), (AT, True), (AT - timedelta(hours=23, minutes=58), True), (AT - timedelta(hours=24), False)],
)
def test_window(last: datetime | None, is_open: bool) -> None:
    assert window_open(last, AT) is is_open
