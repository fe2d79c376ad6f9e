"""``meterocr outbox``: what was given up is listed, and sent again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from meterocr.store.database import SqlStore
from tests.cli.conftest import objects, run
from tests.cli.test_month import first_bill, store

__all__ = ["store"]


@pytest.fixture
def key(store: SqlStore, place: Path) -> str:
    """A bill whose message cannot be composed, and is given up."""
    assert place.is_dir()
    run("run", "--month", "2024-07")
    key = f"bill:{first_bill(store)}"
    payload(store, "{}")
    assert run("deliver").exit_code == 3
    return key


def payload(store: SqlStore, written: str) -> None:
    with store.write() as uow:
        uow.connection.execute(text("UPDATE outbox SET payload = :p"), {"p": written})


def test_listed_and_sent_again(store: SqlStore, key: str) -> None:
    (line,) = run("outbox", "list").stdout.splitlines()
    assert line.startswith(f"{key}  failed  bill for C-1 to +91********78: expected a row that can be composed")
    (told,) = objects(run("outbox", "list", "--json"))
    assert (told["key"], told["attempts"], told["recipient"]) == (key, 1, "+91********78")
    assert told["failure"]["kind"] == "refused"  # type: ignore[index]
    assert run("outbox", "list", "--state", "waiting").stdout == ""
    payload(store, f'{{"bill": "{key.removeprefix("bill:")}"}}')
    (done,) = objects(run("outbox", "retry", "--all", "--json"))
    assert (done["waiting"], done["refused"]) == ([key], [])
    assert objects(run("outbox", "list", "--state", "waiting", "--json"))[0]["key"] == key
    assert run("deliver").exit_code == 0
    again = run("outbox", "retry", key)
    assert again.exit_code == 1
    assert "which is sent" in again.stderr


def test_one_or_all(key: str) -> None:
    assert run("outbox", "retry").exit_code == 2
    assert run("outbox", "retry", key, "--all").exit_code == 2
    assert run("outbox", "retry", key).stdout == "1 wait again; 0 stay given up.\n"


def test_a_bill_for_somebody_who_registered_later(store: SqlStore) -> None:
    run("run", "--month", "2024-07")
    with store.read() as uow:
        query = text("SELECT b.number FROM bills b WHERE b.consumer_number = 'C-2'")
        number = uow.connection.execute(query).scalar_one()
    assert run("outbox", "add", "--bill", number).exit_code == 1
    run("consumer", "phone", "register", "C-2", "98123 45670", "--how", "office", "--consent")
    assert run("outbox", "add", "--bill", number).stdout == f"Bill {number} waits for +91********70: meterocr deliver\n"
    assert objects(run("outbox", "add", "--bill", number, "--json"))[0]["error"]["code"] == "conflict_error"  # type: ignore[index]
