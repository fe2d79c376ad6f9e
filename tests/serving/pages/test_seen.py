"""What the staff saw at pages, and who logged in, is written down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.keys import Scope
from meterocr.workflow.taking import WANTED
from meterocr.workflow.values.act import LogLine
from serving.desk import ReadingDesk
from serving.logs import JsonFormatter
from serving.pages.sessions import COOKIE, Kind, begin, seal_of
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader, key_of
from tests.serving.office import make_office, photo
from tests.serving.pages.visits import send, staff


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    office = make_office(tmp_path)
    desk = ReadingDesk(KnownReader(), threads=1, queue=4)
    for number, shows in ((1, "001350"), (2, "009350")):  # accepted, and of the sample; the other one waits
        act = office.act("test")
        submit(office.desk, Incoming(f"app:{number}", "C-1", photo(shows), act.at - WANTED, act.at), act)
    yield App(Place(office, desk, ServeSettings()), "")
    desk.close()
    office.close()


def lines(app: App, subject: str = "") -> list[LogLine]:
    with app.place.office.store.read() as uow:
        return uow.log.about(subject, 99)


@pytest.mark.parametrize(
    ("path", "scope", "what", "of"),
    [
        ("/desk", Scope.REVIEW, "see_reviews", ("", {"submissions": [2]})),
        ("/desk/2/picture", Scope.REVIEW, "see_photo", ("C-1", {"submission": 2})),
        ("/desk/2/strip", Scope.REVIEW, "see_strip", ("C-1", {"submission": 2})),
        ("/desk/blind", Scope.REVIEW, "see_blind", ("C-1", {"submission": 1})),
        ("/board", Scope.ADMIN, "see_board", ("", None)),
    ],
)
def test_what_was_seen(app: App, path: str, scope: Scope, what: str, of: Any) -> None:
    session = staff(app, scope)
    assert send(app, session, "GET", path)[0] in (200, 404)
    (line,) = [line for line in lines(app) if line.what == what]
    assert (line.act.by, (line.subject, line.detail)) == (f"key:{session.who}", of)


def test_who_is_not_let_in_saw_nothing(app: App) -> None:
    session = staff(app, Scope.VISIT)
    for path in ("/desk", "/desk/1/picture", "/board"):
        assert send(app, session, "GET", path)[0] == 403
    assert [line.what for line in lines(app) if line.what.startswith("see_")] == []


def test_the_queue_of_a_program_is_seen(app: App) -> None:
    key = key_of(app.place.office, Scope.REVIEW)
    assert app.call("GET", "/v1/reviews", headers={"authorization": f"Bearer {key}"}).status_code == 200
    (line,) = [line for line in lines(app) if line.what == "see_reviews"]
    assert (line.act.by, line.detail) == (f"key:{key.split('_')[1]}", {"submissions": [2]})


def test_logins_are_written_down_without_what_was_typed_in(app: App, caplog: pytest.LogCaptureFixture) -> None:
    office = app.place.office
    good, without_pages = key_of(office, Scope.REVIEW), key_of(office, Scope.READ)
    nobody = begin(Kind.NOBODY, "", office.clock())
    seal = seal_of(office.settings.home)
    headers = {"cookie": f"{COOKIE}={seal.close(nobody)}", "x-form-token": seal.token(nobody), "authorization": ""}
    typed = [good, without_pages, good[:-1] + "x", "+919812345678"]
    with caplog.at_level(logging.INFO, "meterocr.serving"):
        codes = [app.call("POST", "/staff", data={"key": key}, headers=headers).status_code for key in typed]
    assert codes == [303, 422, 422, 422]
    ids = [key.split("_")[1] for key in (good, without_pages)]
    written = [(line.what, line.subject) for line in lines(app)[::-1] if line.what.startswith("staff_login")]
    expected = [("staff_login", ids[0]), ("staff_login_failed", ids[1]), *[("staff_login_failed", "")] * 2]
    assert written == expected
    logged = [JsonFormatter().format(record) for record in caplog.records if record.message.startswith("staff_login")]
    assert len(logged) == 4
    assert [key for key in (*typed, "98123") if key in "".join(logged)] == []
