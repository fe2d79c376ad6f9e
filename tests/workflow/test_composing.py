"""Every kind of row becomes a message that people can read, or says why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meterocr.billing.canonical import Json
from meterocr.errors import BillError, MeterOcrError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.workflow.bills import message_key, reverse_bill
from meterocr.workflow.composing import Composer
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.wording import Language, MessageKind
from tests.store.book import ACT, issue_one, put_connection

PHONE = "+919812345678"
BILL = OutboxRow(message_key("2024-0000001"), MessageKind.BILL, PHONE, "C-1", {"bill": "2024-0000001"})


def press(number: str, language: Language) -> bytes:
    return f"%PDF-{number} {language}".encode()


def composer(store: SqlStore, language: Language = Language.EN) -> Composer:
    return Composer(store, press, language)


def test_a_bill(store: SqlStore) -> None:
    issue_one(store)
    message = composer(store)(BILL)
    assert message.text == (
        "Dear Consumer C-1, your electricity bill for consumer number C-1, 01-07-2024 – 31-07-2024, is attached. "
        "Amount to pay: Rs 1,086.08. Due date: 15-08-2024. Please check the reading on it; "
        "if something is wrong, tell your billing office."
    )
    assert "attached" not in message.short_text
    assert "Rs 1,086.08" in message.short_text
    assert message.document is not None
    assert (message.document.file_name, message.document.content) == (
        "bill-2024-0000001.pdf",
        b"%PDF-2024-0000001 en",
    )
    assert "1,086.08" in composer(store, Language.HI)(BILL).short_text
    with store.write() as uow:
        reverse_bill(uow, "2024-0000001", "misread", ACT)
    with pytest.raises(BillError, match="expected a bill that counts, got 2024-0000001, which was reversed"):
        composer(store)(BILL)


@pytest.mark.parametrize(
    ("kind", "payload", "parameters"),
    [
        (
            MessageKind.PHOTO_REQUEST,
            {"closes": "2024-08-03T06:30:00+00:00"},
            ("Consumer C-1", "C-1", "03-08-2024, 12:00"),
        ),
        (MessageKind.RETAKE, {"reasons": {"en": ["Go closer.", "Hold still."]}}, ("C-1", "Go closer. Hold still.")),
        (MessageKind.RETAKE, {"reasons": {"en": []}}, ("C-1", "–")),
        (MessageKind.ONE_TIME_CODE, {"code": "012345"}, ("012345",)),
    ],
)
def test_other_messages(store: SqlStore, kind: MessageKind, payload: Json, parameters: tuple[str, ...]) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
    assert composer(store)(OutboxRow("k", kind, PHONE, "C-1", payload)).parameters == parameters


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        (BILL, NotFoundError, "expected a bill that was issued, got '2024-0000001'"),
        (replace(BILL, payload={}), ValueError, "expected bill in the row"),
        (replace(BILL, payload=None), ValueError, "expected bill in the row"),
        (replace(BILL, kind=MessageKind.ONE_TIME_CODE), ValueError, "expected code in the row"),
        (replace(BILL, kind=MessageKind.PHOTO_REQUEST, payload={"closes": "soon"}), ValueError, "isoformat"),
        (
            replace(BILL, kind=MessageKind.PHOTO_REQUEST, payload={"closes": "2024-08-03T06:30:00+00:00"}),
            NotFoundError,
            "expected a connection that is registered",
        ),
    ],
)
def test_what_cannot_be_composed(
    store: SqlStore, row: OutboxRow, error: type[MeterOcrError | ValueError], message: str
) -> None:
    with pytest.raises(error, match=message):
        composer(store)(row)
