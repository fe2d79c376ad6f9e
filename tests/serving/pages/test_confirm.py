"""What a consumer says of a photo: yes, or something else; and who decides then."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from meterocr.workflow.evidence import Claim, StoredSubmission
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.review import accept, correct
from meterocr.workflow.taking import WANTED
from meterocr.workflow.values.phones import PhoneEntry
from serving.desk import ReadingDesk
from serving.pages.sessions import COOKIE, seal_of
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader
from tests.serving.office import make_office, photo
from tests.serving.pages.visits import PHONE, consumer
from tests.workflow.people import registration


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    office = make_office(tmp_path)
    with office.store.write() as uow:
        uow.phones.add(PhoneEntry(registration("C-1", PHONE)))
    desk = ReadingDesk(KnownReader(), threads=1, queue=4)
    yield App(Place(office, desk, ServeSettings()), "")
    desk.close()
    office.close()


def sent(app: App, shows: str) -> StoredSubmission:
    office = app.place.office
    act = office.act("web:C-1")
    return submit(office.desk, Incoming(f"web:C-1:{shows}", "C-1", photo(shows), act.at - WANTED, act.at), act)


def ask(app: App, method: str, submission: int, **options: object) -> httpx.Response:
    session = consumer(app)
    seal = seal_of(app.place.office.settings.home)
    headers = {"cookie": f"{COOKIE}={seal.close(session)}", "x-form-token": seal.token(session), "authorization": ""}
    return app.call(method, f"/c/C-1/photos/{submission}", headers=headers, **options)


def say(app: App, submission: int, text: str) -> httpx.Response:
    return ask(app, "POST", submission, data={"reading": text})


def claimed(app: App, submission: int) -> Claim | None:
    with app.place.office.store.read() as uow:
        return uow.submissions.claimed(submission)


def counted(app: App, submission: int) -> list[Decimal]:
    with app.place.office.store.read() as uow:
        return [each.reading.value for each in uow.readings.of("C-1") if each.submission == submission]


def test_yes_to_what_a_person_read_is_no_complaint(app: App) -> None:
    stored = sent(app, "009350")
    with app.place.office.store.write() as uow:
        accept(uow, stored.id, app.place.office.act("key:clerk"))
    got = say(app, stored.id, "009350")
    assert (got.status_code, got.headers["location"]) == (303, "/c/C-1/bills/2024-0000001?new=1")
    assert (claimed(app, stored.id), counted(app, stored.id)) == (None, [9350])


def test_who_disagrees_with_a_person_is_told_what_to_do(app: App) -> None:
    stored = sent(app, "009350")
    with app.place.office.store.write() as uow:
        correct(uow, stored.id, Decimal(1350), app.place.office.act("key:clerk"))
    page = ask(app, "GET", stored.id).text
    assert ("Your photo was checked" in page, "The reading is 1350." in page) == (True, True)
    assert "please take a new photo" in page
    assert "digit0" not in page
    for text in ("009350", "001360"):  # from a page that was open before
        got = say(app, stored.id, text)
        assert (got.status_code, "A person has already checked this photo" in got.text) == (409, True)
    assert (claimed(app, stored.id), counted(app, stored.id)) == (None, [1350])


def test_another_number_is_a_complaint_about_the_machine(app: App) -> None:
    stored = sent(app, "001350")
    assert say(app, stored.id, "001360").status_code == 303
    claim = claimed(app, stored.id)
    assert claim is not None
    assert (claim.text, counted(app, stored.id)) == ("001360", [])
