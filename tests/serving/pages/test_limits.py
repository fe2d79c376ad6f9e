"""How often pages may be asked for, and how many photos may be sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterocr.workflow.keys import Scope
from serving.desk import ReadingDesk
from serving.pages import login, visitors
from serving.pages.sessions import COOKIE, Kind, begin, seal_of
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader, key_of
from tests.serving.office import make_office
from tests.serving.pages.visits import PHONE, consumer, headers_of, send, staff

FEW = 5


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    for name in ("A_MINUTE", "PHOTOS_A_MINUTE", "ROUND_A_MINUTE"):
        monkeypatch.setattr(visitors, name, FEW if name == "A_MINUTE" else 2)
    office, desk = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    yield App(Place(office, desk, ServeSettings(per_minute=FEW)), "")
    desk.close()
    office.close()


@pytest.mark.parametrize("path", ["/c/C-1", "/c/C-1/photo", "/c/C-1/bills/1/pdf"])
def test_a_phone_has_its_share_however_often_it_logs_in(app: App, path: str) -> None:
    got = [send(app, consumer(app), "GET", path)[0] for _ in range(FEW + 1)]
    assert 429 not in got[:FEW]
    assert send(app, consumer(app), "GET", path) == (429, True, True)
    assert send(app, consumer(app, "+919812345679"), "GET", path)[0] != 429


@pytest.mark.parametrize(
    ("path", "scope"), [("/desk", Scope.REVIEW), ("/board", Scope.ADMIN), ("/round/doors", Scope.VISIT)]
)
def test_a_key_has_its_share_at_pages_and_elsewhere(app: App, path: str, scope: Scope) -> None:
    key = key_of(app.place.office, scope, Scope.ADMIN)
    session = begin(Kind.STAFF, key.split("_")[1], app.place.office.clock())
    got = [send(app, session, "GET", path)[0] for _ in range(FEW)]
    assert got == [200] * FEW
    assert send(app, session, "GET", path) == (429, True, True)
    assert app.call("GET", "/v1/areas", headers={"authorization": f"Bearer {key}"}).status_code == 429
    assert send(app, staff(app, scope), "GET", path)[0] == 200


def test_photos_of_a_phone_are_fewer(app: App) -> None:
    got = [send(app, consumer(app), "POST", "/c/C-1/photo")[0] for _ in range(3)]
    assert got == [422, 422, 429]  # there is none in the form
    assert send(app, consumer(app), "GET", "/c/C-1")[0] != 429


def test_photos_of_a_round_are_fewer(app: App) -> None:
    session = staff(app, Scope.VISIT)
    assert [send(app, session, "POST", "/round/photo")[0] for _ in range(3)] == [400, 400, 429]
    assert send(app, session, "GET", "/round/doors")[0] == 200


def test_phones_of_one_carrier_share_an_address_and_each_has_its_own_tries(app: App) -> None:
    nobody = begin(Kind.NOBODY, "", app.place.office.clock())
    seal = seal_of(app.place.office.settings.home)
    headers = {"cookie": f"{COOKIE}={seal.close(nobody)}", "x-form-token": seal.token(nobody), "authorization": ""}

    def ask(phone: str) -> int:
        return app.call("POST", "/login", data={"phone": phone}, headers=headers).status_code

    assert {ask(f"98123450{n:02}") for n in range(61)} == {303}
    got = [ask("9812345001") for _ in range(11)]
    assert (got[0], got[-1]) == (303, 429)


@pytest.mark.parametrize(
    ("path", "kind"), [("/login", Kind.NOBODY), ("/login/code", Kind.ASKED), ("/staff", Kind.NOBODY)]
)
def test_who_tries_too_often_is_told_when_to_come_again(
    app: App, monkeypatch: pytest.MonkeyPatch, path: str, kind: Kind
) -> None:
    for name in ("_TRIES", "_STAFF"):
        monkeypatch.setattr(login, name, FEW)
    session = begin(kind, PHONE if kind is Kind.ASKED else "", app.place.office.clock())
    fields = {"phone": PHONE, "code": "1", "key": "mo_x"}
    got = [app.call("POST", path, data=fields, headers=headers_of(app, session)) for _ in range(FEW + 1)]
    assert [each.status_code == 429 for each in got] == [False] * FEW + [True]
    assert 0 < int(got[FEW].headers["retry-after"]) <= 60
    assert f'action="{path}"' in got[FEW].text  # to try again later
