"""A month in the office, by its commands: run, deliver, rerate, audit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from meterocr.store.database import SqlStore, open_store
from meterocr.workflow.locked import mark_visit
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.phones import register_phone
from meterocr.workflow.values.visits import Visit
from tests.cli.conftest import objects, run
from tests.delivery.conftest import ENVIRONMENT
from tests.store.book import at, put_connection, put_reading
from tests.whatsapp_standin import StandIn
from tests.workflow.people import registration

DUTY_OFF = """
schema = 1
name = "local"
[[duty]]
category = ["domestic"]
kind = "percent_net"
rate = 0
from = 2024-07-01
to = 2025-01-01
source = "test"
confidence = "operator"
"""


@pytest.fixture
def store(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlStore]:
    """An office with three connections of book B-1, one of B-2; C-1 and C-2 have readings, C-1 has a phone."""
    monkeypatch.setenv("METEROCR_HOME", str(place / "home"))
    assert run("init").exit_code == 0
    opened = open_store(f"sqlite:///{place}/home/meterocr.db")
    with opened.write() as uow:
        for number, book in (("C-1", "B-1"), ("C-2", "B-1"), ("C-3", "B-1"), ("C-4", "B-2")):
            put_connection(uow, number, book)
        put_reading(uow, "C-1", 1201, 1)
        put_reading(uow, "C-2", 1450, 1)
        register_phone(uow, registration("C-1"), at(0))
    yield opened
    opened.close()


def first_bill(store: SqlStore) -> str:
    with store.read() as uow:
        return str(uow.connection.execute(text("SELECT number FROM bills ORDER BY id LIMIT 1")).scalar_one())


def bills(store: SqlStore) -> int:
    with store.read() as uow:
        return int(uow.connection.execute(text("SELECT count(*) FROM bills")).scalar_one())


def test_a_run_says_who_got_no_bill_and_goes_on(store: SqlStore) -> None:
    with store.write() as uow:
        mark_visit(uow, Visit("C-3", at(1), at(1.1).at))
    done = run("run", "--area", "B-1", "--month", "2024-07", "--json")
    refused, closed, last = objects(done)
    assert done.exit_code == 3
    assert refused["refused"]["consumer_number"] == closed["refused"]["consumer_number"] == "C-3"  # type: ignore[index]
    assert (last["run"], last["issued"], last["refused"], last["provisional"]) == ("2024-07 B-1", 2, 1, 0)
    assert bills(store) == 2
    again = run("run", "--area", "B-1", "--month", "2024-07")
    assert "Run 2024-07 B-1: 2 bills, Rs " in again.stdout
    assert "C-3: connection C-3: expected a reading after 2024-07-01" in again.stderr
    assert bills(store) == 2


def test_an_area_that_is_none(store: SqlStore) -> None:
    done = run("run", "--area", "TYPO", "--month", "2024-07", "--json")
    (told,) = objects(done)
    assert (done.exit_code, told["error"]["code"]) == (1, "not_found_error")  # type: ignore[index]
    assert told["error"]["message"] == "expected an area in which there are connections, got 'TYPO'"  # type: ignore[index]
    with store.read() as uow:
        assert uow.connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0


@pytest.mark.parametrize("month", ["2024-13", "July", "2024-07-01"])
def test_months_that_are_none(store: SqlStore, month: str) -> None:
    assert run("run", "--area", "B-1", "--month", month).exit_code == 2
    assert bills(store) == 0


def test_deliver_on_the_console_once(store: SqlStore) -> None:
    run("run", "--month", "2024-07")
    done = run("deliver", "--language", "en")
    assert done.exit_code == 0
    assert f"to +91********78: bill, en, template, bill:{first_bill(store)}" in done.stdout
    assert "1 to send; the last one goes about" in done.stderr
    assert "1 sent, 0 of them as SMS; 0 given up, 0 left." in done.stdout
    again = run("deliver", "--json")
    assert objects(again)[-1]["sent"] == 0
    assert again.exit_code == 0


def test_what_cannot_be_sent_is_for_a_person(store: SqlStore) -> None:
    run("run", "--month", "2024-07")
    with store.write() as uow:
        uow.connection.execute(text("UPDATE outbox SET payload = '{}'"))
    done = run("deliver", "--json")
    assert done.exit_code == 3
    assert objects(done)[-1]["failed"] == 1
    assert set(objects(done)[-1]) == {
        *("schema", "sent", "by_sms", "failed", "put_off", "dropped", "uncertain", "left", "finish", "stopped"),
    }


@pytest.mark.usefixtures("store")
def test_whatsapp_without_its_settings() -> None:
    done = run("deliver", "--channel", "whatsapp", "--json")
    assert done.exit_code == 1
    assert objects(done)[0]["error"]["code"] == "setting_error"  # type: ignore[index]


def test_who_is_not_on_whatsapp_is_listed_and_not_marked_as_sent(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("run", "--month", "2024-07")
    with StandIn() as standin:
        standin.unreachable.add("919812345678")
        for name, value in (ENVIRONMENT | {"METEROCR_WHATSAPP_URL": standin.url}).items():
            monkeypatch.setenv(name, value)
        done = run("deliver", "--channel", "whatsapp", "--language", "en")
    assert done.exit_code == 3
    assert "0 sent, 0 of them as SMS; 1 given up, 0 left." in done.stdout
    key = f"bill:{first_bill(store)}"
    assert f"{key}  failed  bill for C-1 to +91********78: no SMS route is set up" in done.stderr
    with store.read() as uow:
        ((entry, attempts),) = uow.outbox.of_state(OutboxState.FAILED, 10)
    assert (entry.by_sms, [attempt.channel.value for attempt in attempts]) == (True, ["whatsapp", "sms"])


@pytest.mark.usefixtures("store")
def test_rerate_shows_and_then_writes(place: Path) -> None:
    run("run", "--month", "2024-07")
    Path("new.toml").write_text(DUTY_OFF)
    asked = ["rerate", "--since", "2024-01-01", "--tariff", "new.toml", "--json"]
    (shown,) = objects(run(*asked))
    assert (shown["bills"], shown["adjusted"]) == (2, 0)
    assert shown["sum_paise"] < 0  # type: ignore[operator]
    assert sum(part["bills"] for part in shown["distribution"]) == 2  # type: ignore[attr-defined]
    with Image.open(place / "rerate.png") as drawn:
        assert drawn.size == (1200, 640)
        assert len(drawn.convert("RGB").getcolors(1 << 20) or []) > 3
    (written,) = objects(run(*asked, "--yes"))
    assert written["adjusted"] == 2
    (after,) = objects(run(*asked, "--yes"))
    assert (after["bills"], after["adjusted"], after["distribution"]) == (0, 0, [])
    told = run("rerate", "--since", "2024-01-01", "--tariff", "new.toml")
    assert "0 bills come to something else, Rs 0.00 in all." in told.stdout


@pytest.mark.usefixtures("store")
def test_rerate_refuses() -> None:
    Path("bad.toml").write_text("schema = 2")
    assert run("rerate", "--since", "2024-01-01", "--tariff", "bad.toml").exit_code == 1
    assert run("rerate", "--since", "2024-01-01", "--tariff", "none.toml").exit_code == 2
    Path("new.toml").write_text(DUTY_OFF)
    given = ["rerate", "--since", "2024-01-01", "--tariff", "new.toml", "--histogram", "nowhere/x.png"]
    assert run(*given).exit_code == 2


def test_audit(store: SqlStore) -> None:
    run("run", "--month", "2024-07")
    number = first_bill(store)
    assert f"Bill {number} is proven: the same bytes again" in run("audit", number).stdout
    with store.write() as uow:
        uow.connection.execute(text("UPDATE readings SET value = '1199' WHERE value = '1201'"))
    done = run("audit", number, "--json")
    assert done.exit_code == 1
    assert objects(done)[0]["proven"] is False
    told = run("audit", number)
    assert "is not proven: reading: expected 1201 of 2024-07-31" in told.stderr
    assert run("audit", "2024-9").exit_code == 1
