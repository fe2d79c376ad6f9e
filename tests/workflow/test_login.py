"""One-time codes to log in with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meterocr.store.database import SqlStore
from meterocr.workflow.login import MOST_AN_HOUR, VALID, check_code, send_code
from meterocr.workflow.phones import MOST_WRONG_CODES, CodeCheck, opt_out, register_phone
from meterocr.workflow.values.act import Act
from tests.store.book import at, put_connection
from tests.workflow.people import registration

PHONE = "+919812345678"
NOW = at(2, "pages")


def later(minutes: float) -> Act:
    return Act("pages", NOW.at + timedelta(minutes=minutes))


@pytest.fixture(autouse=True)
def registered(store: SqlStore) -> None:
    with store.write() as uow:
        for number in ("C-2", "C-1"):
            put_connection(uow, number)
            register_phone(uow, registration(number, PHONE), at(1))


def sent(store: SqlStore, act: Act = NOW, phone: str = PHONE) -> str:
    """The code that was sent; empty where none was."""
    with store.write() as uow:
        if not send_code(uow, phone, act):
            return ""
    with store.read() as uow:
        row = [row for row in uow.outbox.waiting(100) if row.key.startswith("login:")][-1]
    assert (row.recipient, row.consumer_number, row.expires) == (phone, "C-1", act.at + VALID)
    assert isinstance(row.payload, dict)
    return str(row.payload["code"])


def checked(store: SqlStore, code: str, act: Act = NOW) -> CodeCheck:
    with store.write() as uow:
        return check_code(uow, PHONE, code, act)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_code_opens_once(store: SqlStore) -> None:
    code = sent(store)
    assert checked(store, other(code)) is CodeCheck.WRONG
    assert checked(store, code) is CodeCheck.CONFIRMED
    assert checked(store, code) is CodeCheck.EXPIRED
    with store.read() as uow:
        assert uow.phones.connections(PHONE) == ["C-1", "C-2"]


def test_a_code_is_void_after_a_while_and_after_a_newer_one(store: SqlStore) -> None:
    first = sent(store)
    second = sent(store, later(1))
    if first != second:
        assert checked(store, first, later(1)) is CodeCheck.WRONG
    assert checked(store, second, later(12)) is CodeCheck.EXPIRED


def test_a_code_cannot_be_guessed(store: SqlStore) -> None:
    code = sent(store)
    tries = [checked(store, other(code)) for _ in range(MOST_WRONG_CODES + 1)]
    assert tries == [CodeCheck.WRONG] * MOST_WRONG_CODES + [CodeCheck.EXPIRED]
    assert checked(store, code) is CodeCheck.EXPIRED


def test_a_phone_is_not_flooded(store: SqlStore) -> None:
    codes = [sent(store, later(i)) for i in range(MOST_AN_HOUR + 1)]
    assert [bool(code) for code in codes] == [True] * MOST_AN_HOUR + [False]
    assert sent(store, later(61))


def test_who_is_not_registered_gets_nothing(store: SqlStore) -> None:
    assert sent(store, phone="+919999999999") == ""
    with store.write() as uow:
        opt_out(uow, PHONE, NOW)
    assert sent(store) == ""
