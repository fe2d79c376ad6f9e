"""A process is killed after each of its SQL statements; the command is given again: nothing lost, nothing twice."""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from meterocr.errors import ConflictError
from meterocr.store import schema
from meterocr.store.database import SqlStore, migrate, open_store
from meterocr.store.photos import PhotoFolder
from meterocr.store.transfer import Import, import_csv
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.intake import Desk, submit
from meterocr.workflow.onward import bill_submission
from meterocr.workflow.phones import register_phone
from meterocr.workflow.rerating import adjust, corrections
from meterocr.workflow.review import accept
from meterocr.workflow.values.bills import Rating
from tests.billing.conftest import WITH_OPERATOR
from tests.billing.test_rerate import STILL_PERCENT
from tests.store.book import RATING, at, put_connection, put_reading
from tests.workflow.people import registration
from tests.workflow.test_intake import incoming, look

END = date(2026, 12, 31)
ROWS = 40


def desk_of(store: SqlStore, home: Path, shows: str) -> Desk:
    return Desk(store, PhotoFolder(home / "photos"), look(shows), WITH_OPERATOR)


def a_book(store: SqlStore, home: Path) -> None:
    lines = [f"K-{number + 10},Name {number},Dhanbad" for number in range(ROWS)]
    (home / "new.csv").write_text("\n".join(["consumer_id,name,address", *lines]) + "\n")
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1150, 1)
        register_phone(uow, registration("C-1"), at(0))


def a_doubtful_photo(store: SqlStore, home: Path) -> None:
    a_book(store, home)
    submit(desk_of(store, home, "009350"), incoming(), at(2))


def bills_at_old_rates(store: SqlStore, home: Path) -> None:
    assert home.is_dir()
    with store.write() as uow:
        for number in ("C-1", "C-2", "C-3"):
            put_connection(uow, number)
            put_reading(uow, number, 1000, 580 / 30)
            issue_bill(uow, number, END, Rating(WITH_OPERATOR), at(580 / 30))
            put_reading(uow, number, 1450, 610 / 30)
            issue_bill(uow, number, END, Rating(STILL_PERCENT), at(610 / 30))


def submitting(store: SqlStore, home: Path) -> None:
    submit(desk_of(store, home, "001350"), incoming(), at(2))


def accepting(store: SqlStore, _home: Path) -> None:
    with suppress(ConflictError), store.write() as uow:  # decided already
        accept(uow, 1, at(2.1))
    with store.write() as uow:
        bill_submission(uow, 1, RATING, at(2.1))


def importing(store: SqlStore, home: Path) -> None:
    import_csv(store, home / "new.csv", Import("consumers", skip_bad=False, on_error=lambda _: None), at(2))


def rerating(store: SqlStore, _home: Path) -> None:
    with store.write() as uow:
        found = list(corrections(uow, date(2026, 2, 10), END, WITH_OPERATOR))
        if found:
            adjust(uow, found, WITH_OPERATOR, "duty", at(21))


Step = Callable[[SqlStore, Path], None]
WORK: list[tuple[Step, Step]] = [
    (a_book, submitting),
    (a_doubtful_photo, accepting),
    (a_book, importing),
    (bills_at_old_rates, rerating),
]


def store_of(home: Path) -> SqlStore:
    return open_store(f"sqlite:///{home}/meterocr.db")


def killed(home: Path, work: Step, after: int) -> bool:
    """Whether a process of its own was killed after so many statements; otherwise it came to its end."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    done = count(1)

    def look_at(*_: Any) -> None:
        if next(done) == after:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        event.listen(Engine, "after_cursor_execute", look_at)
        work(store_of(home), home)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)  # and never back into pytest


def content(home: Path) -> dict[str, list[Any]]:
    """Every row of every table, and every photo."""
    store = store_of(home)
    with store.read() as uow:
        tables = schema.metadata.sorted_tables
        found = {t.name: sorted(map(repr, uow.connection.execute(select(t)))) for t in tables}
    store.close()
    photos = (path for path in (home / "photos").rglob("*") if path.is_file())
    return found | {"photos": sorted((path.name, path.read_bytes()) for path in photos)}


@pytest.mark.parametrize(("prepare", "work"), WORK, ids=[work.__name__ for _, work in WORK])
def test_killed_after_any_statement(tmp_path: Path, prepare: Step, work: Step) -> None:
    start = tmp_path / "start"
    start.mkdir()
    migrate(f"sqlite:///{start}/meterocr.db")
    store = store_of(start)
    prepare(store, start)
    store.close()
    whole = tmp_path / "whole"
    shutil.copytree(start, whole)
    assert not killed(whole, work, after=0)
    expected = content(whole)
    assert expected != content(start)
    for statement in count(1):
        home = tmp_path / f"killed-{statement}"
        shutil.copytree(start, home)
        was_killed = killed(home, work, after=statement)
        killed(home, work, after=0)
        assert content(home) == expected, f"killed after statement {statement}"
        if not was_killed:
            assert statement > 5
            return
