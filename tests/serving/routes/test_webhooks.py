"""Webhooks of WhatsApp: signed, kept once, and private."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meterocr.store import schema
from serving.logs import JsonFormatter
from tests.serving.office import Clock as OfficeClock
from tests.serving.office import Desk, photo
from tests.serving.routes.chat import HEAD, PATH, PHONE, Chat, text
from tests.serving.test_errors import check_failure
from tests.whatsapp_standin import VERIFY_TOKEN, sign, webhook_body

NOT_UNDERSTOOD: dict[str, Any] = {"messages": [{"type": "text"}, 3, None], "statuses": [{"status": "eaten"}]}


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        (b"{}", "", 403),
        (b"{}", "sha256=" + "0" * 64, 403),
        (b"{}", sign(b"{} "), 403),
        (b"{}", sign(b"{}", "another-secret-0123456"), 403),
        (b"{}", sign(b"{}").upper(), 403),
        (b"{}", sign(b"{}").removeprefix("sha256="), 403),
        (b"{}", sign(b"{}"), 403),  # signed, and not of WhatsApp
        (b"[" * 100_000, sign(b"[" * 100_000), 403),
        (b"x" * (3 * 2**20 + 1), "", 413),
        (webhook_body({}), sign(webhook_body({})), 200),
        (webhook_body({}, phone_number_id="1"), sign(webhook_body({}, phone_number_id="1")), 200),
        (webhook_body(NOT_UNDERSTOOD), sign(webhook_body(NOT_UNDERSTOOD)), 200),
    ],
)  # fmt: skip
def test_what_is_not_signed_is_not_kept(chat: Chat, body: bytes, signature: str, status: int) -> None:
    got = chat.post(body, signature)
    assert got.status_code == status
    if status != 200:
        check_failure(got, status, {403: "not_signed", 413: "too_large"}[status])
    assert chat.worker.work() is False


def test_a_surrogate_is_no_trouble(chat: Chat) -> None:
    chat.standin.write(PHONE, **text("?"))
    body = webhook_body(chat.standin.webhooks.pop()).replace(b'"?"', b'"\\ud800\\u0000 abc"')
    assert chat.post(body, sign(body)).json() == {"kept": 1, "ignored": 0}
    chat.work()
    assert len(chat.send()) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"hub.verify_token": "wrong"}, 403), ({"hub.mode": "x"}, 403), ({"hub.challenge": None}, 422)],
)
def test_the_challenge(chat: Chat, changes: dict[str, Any], status: int) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "<b>1158201444"} | changes
    given = {name: value for name, value in query.items() if value is not None}
    got = chat.desk.app.call("GET", PATH, params=given, headers=HEAD)
    assert got.status_code == status
    if status == 200:
        assert (got.text, got.headers["content-type"]) == ("<b>1158201444", "text/plain; charset=utf-8")


def test_a_server_without_whatsapp(desk: Desk) -> None:
    check_failure(desk.app.call("POST", PATH, content=b"{}", headers=HEAD), 404, "not_found")


def test_nothing_private_in_the_log(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    chat.register("C-1")
    content = photo()
    chat.standin.write_photo(PHONE, content, "call +919812345678")
    chat.standin.faults.append("garbage")
    with caplog.at_level(logging.DEBUG, "meterocr"):
        chat.arrive()
        clock = chat.desk.office.clock
        assert isinstance(clock, OfficeClock)
        clock.now += timedelta(minutes=1)
        chat.work()
    lines = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert json.loads(lines.splitlines()[0])
    for private in (
        "9812345678",
        hashlib.sha256(content).hexdigest(),
        VERIFY_TOKEN,
        chat.desk.app.key,
    ):
        assert private not in lines


def test_what_was_written_is_erased(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write(PHONE, **text("hello there"))
    chat.arrive()
    chat.desk.app.call("DELETE", "/v1/consumers/K-C-1/personal-data")
    rows = everything(chat)
    assert "9812345678" not in rows
    assert "hello there" not in rows


def test_no_name_of_a_message_is_left_which_has_the_phone_in_it(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo())
    chat.arrive()
    chat.send()
    reports = list(chat.standin.webhooks)
    assert len(reports) > 1
    chat.arrive()
    assert "wamid." in everything(chat)
    for _ in range(2):
        chat.desk.app.call("DELETE", "/v1/consumers/K-C-1/personal-data")
        assert "wamid." not in everything(chat)
        assert "erased:" in everything(chat)
        chat.standin.webhooks.extend(reports)
        chat.arrive()
        assert "wamid." not in everything(chat)


def everything(chat: Chat) -> str:
    with chat.desk.office.store.read() as uow:
        tables = schema.metadata.sorted_tables
        return "".join(str(row) for table in tables for row in uow.connection.execute(select(table)))
