"""What no form and no link of ours sends is refused: never a 5xx, at which a round would stop for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.keys import Scope
from meterocr.workflow.phones import register_phone
from meterocr.workflow.taking import WANTED
from serving.desk import ReadingDesk
from serving.pages.sessions import Kind, Session, begin
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader
from tests.serving.office import make_office, photo
from tests.serving.pages.visits import PHONE, consumer, headers_of, send, staff

HUGE = "9" * 30  # more than a database can count


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Photo 1 waits at the desk."""
    office, desk = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    act = office.act("test")
    submit(office.desk, Incoming("app:1", "C-1", photo("009350"), act.at - WANTED, act.at), act)
    with office.store.write() as uow:
        register_phone(uow, PhoneRegistration(PHONE, "C-1", act.at, act.by, Registrar.OFFICE), act)
    yield App(Place(office, desk, ServeSettings()), "")
    desk.close()
    office.close()


def nobody(app: App) -> Session:
    return begin(Kind.NOBODY, "", app.place.office.clock())


def post(app: App, session: Session, path: str, charset: str, **fields: bytes) -> httpx.Response:
    """A form in whatever the sender calls its characters."""
    head = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    body = b"".join(head % (name.encode(), value) for name, value in fields.items()) + b"--x--\r\n"
    kind = {"content-type": f"multipart/form-data; boundary=x; charset={charset}", "idempotency-key": "long-enough"}
    return app.call("POST", path, content=body, headers=headers_of(app, session, **kind))


@pytest.mark.parametrize(
    ("charset", "status"),
    [("undefined", 400), ("idna", 400), ("punycode", 422), ("unicode_escape", 422), ("utf-16", 422), ("none", 422)],
)
def test_characters_that_are_none(app: App, charset: str, status: int) -> None:
    got = post(app, nobody(app), "/login", charset, phone=rb"\ud800..xn--")
    assert got.status_code == status
    assert 'role="alert"' in got.text


def test_a_token_that_is_no_text(app: App) -> None:
    assert post(app, nobody(app), "/login", "unicode_escape", token=rb"\ud800").status_code == 403


@pytest.mark.parametrize(
    ("path", "scope", "fields", "status"),
    [
        ("/staff", None, {"key": rb"\ud800", "to": rb"/\ud800"}, 422),
        ("/round/locked", Scope.VISIT, {"number": rb"\ud800", "at": b"2024-08-30T06:00:00Z"}, 404),
        ("/desk/1", Scope.REVIEW, {"what": b"reject", "note": rb"\ud800"}, 303),
    ],
)
def test_half_a_character(app: App, path: str, scope: Scope | None, fields: dict[str, bytes], status: int) -> None:
    session = nobody(app) if scope is None else staff(app, scope)
    assert post(app, session, path, "unicode_escape", **fields).status_code == status


@pytest.mark.parametrize("number", [HUGE, "-1", "0", "1e3", "x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_numbers_of_no_photo(app: App, method: str, number: str) -> None:
    assert send(app, consumer(app), method, f"/c/C-1/photos/{number}") == (404, True, False)
    assert send(app, staff(app, Scope.REVIEW), method, f"/desk/{number}") == (404, True, False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/desk/{HUGE}/picture", 404),
        (f"/desk/{HUGE}/strip", 404),
        (f"/desk/next?after={HUGE}", 303),
        (f"/c/C-1/photos/{HUGE}/picture", 404),
        (f"/c/C-1/bills/x?new={HUGE}", 404),
    ],
)
def test_numbers_of_nothing(app: App, path: str, status: int) -> None:
    session = consumer(app) if path.startswith("/c/") else staff(app, Scope.REVIEW)
    assert send(app, session, "GET", path)[0] == status


@pytest.mark.parametrize("value", ["1e999999", "1e999999999999999999", "1e-99999999", "-0", "nan", "١٣٥٠", ""])
def test_numbers_that_no_meter_shows(app: App, value: str) -> None:
    got = post(app, staff(app, Scope.REVIEW), "/desk/1", "utf-8", what=b"correct", value=value.encode())
    assert (got.status_code, "This meter cannot show that" in got.text) == (422, True)


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("0001-01-01T00:00:00+23:00", 422),
        ("9999-12-31T23:59:59-23:00", 422),
        ("0001-01-01T00:00:00Z", 409),
        ("9999-12-31T23:59:59Z", 200),
    ],
)
def test_the_ends_of_the_calendar(app: App, at: str, status: int) -> None:
    got = post(app, staff(app, Scope.VISIT), "/round/locked", "utf-8", number=b"C-1", at=at.encode())
    assert got.status_code == status
