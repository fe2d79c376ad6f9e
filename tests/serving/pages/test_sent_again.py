"""What is sent again from a page is the same thing; another photo from the same page is another one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.workflow.keys import Scope
from meterocr.workflow.phones import opt_out, register_phone
from serving.desk import ReadingDesk
from serving.pages.sessions import Session
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader
from tests.serving.office import make_office, photo
from tests.serving.pages.visits import PHONE, consumer, headers_of, staff

KEY = "one-key-of-one-page"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    office, desk = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    act = office.act("test")
    with office.store.write() as uow:
        register_phone(uow, PhoneRegistration(PHONE, "C-1", act.at, act.by, Registrar.OFFICE), act)
    yield App(Place(office, desk, ServeSettings()), "")
    desk.close()
    office.close()


def post(app: App, session: Session, path: str, content: bytes, **fields: str) -> httpx.Response:
    headers = headers_of(app, session, **{"idempotency-key": KEY})
    return app.call("POST", path, headers=headers, data=fields, files={"photo": ("m.png", content)})


def test_another_photo_from_a_page_of_which_one_came_is_not_lost(app: App) -> None:
    session, blurred, sharp = consumer(app), photo(""), photo("001350")
    got = [post(app, session, "/c/C-1/photo", content, key=KEY) for content in (blurred, sharp, blurred, sharp)]
    assert [each.headers["location"] for each in got] == ["/c/C-1/photos/1", "/c/C-1/photos/2"] * 2


def test_another_photo_under_a_key_of_the_round_stays_on_the_phone(app: App) -> None:
    session, first, second = staff(app, Scope.VISIT), photo(), photo()
    at = app.place.office.clock().isoformat()
    got = [post(app, session, "/round/photo", content, number="C-1", at=at) for content in (first, second, first)]
    assert [each.status_code for each in got] == [200, 409, 200]


def tell(app: App, session: Session, kind: str, key: str, **fields: str) -> int:
    headers = headers_of(app, session, **{"idempotency-key": key})
    return app.call("POST", f"/round/{kind}", headers=headers, data={"number": "C-1"} | fields).status_code


def test_a_visit_of_a_phone_whose_clock_is_ahead_is_one(app: App) -> None:
    office, session = app.place.office, staff(app, Scope.VISIT)
    at = (office.clock() + timedelta(minutes=1)).isoformat()
    assert tell(app, session, "locked", KEY, at=at) == 200
    office.clock.now += timedelta(seconds=5)  # type: ignore[attr-defined]  # the answer was lost
    assert tell(app, session, "locked", KEY, at=at) == 200
    with office.store.read() as uow:
        assert len(uow.visits.of("C-1", 9)) == 1
        assert len([row for row in uow.outbox.waiting(9) if row.key.startswith("visit")]) == 1
    assert tell(app, session, "refused", KEY, at=at) == 422  # another thing under the same key


def test_a_consent_that_comes_in_after_a_stop_stays_on_the_phone(app: App) -> None:
    office, session = app.place.office, staff(app, Scope.VISIT)
    agreed = {"phone": "98123 45678", "consent": "yes", "at": office.clock().isoformat()}
    with office.store.write() as uow:
        opt_out(uow, PHONE, office.act("whatsapp"))
    headers = headers_of(app, session, **{"idempotency-key": KEY})
    got = app.call("POST", "/round/phone", headers=headers, data={"number": "C-1"} | agreed)
    assert (got.status_code, "asked for no more messages" in got.text) == (409, True)
    with office.store.read() as uow:
        assert uow.phones.live("C-1") is None
    again = agreed | {"at": office.clock().isoformat()}
    assert tell(app, session, "phone", "another-key", **again) == 200
    with office.store.write() as uow:
        opt_out(uow, PHONE, office.act("whatsapp"))
    assert tell(app, session, "phone", "another-key", **again) == 200  # it was taken, before
    with office.store.read() as uow:
        assert uow.phones.live("C-1") is None
