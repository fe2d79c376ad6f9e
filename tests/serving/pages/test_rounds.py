"""The Urja Mitra's round: with network, without, and with everything sent twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from meterocr.metering.consumption import IST
from meterocr.workflow.keys import Scope
from meterocr.workflow.review import advice
from serving.errors import ApiError
from serving.pages import rounds
from tests.serving.pages.conftest import check_accessibility, go_to_door, log_in_staff, photo_file
from tests.serving.pages.site import Site, photo_of, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its own, because a round goes by what others have done."""
    with running(tmp_path_factory.mktemp("round") / "home") as started:
        yield started


def test_what_is_done_without_network_is_sent_later_and_once(page: Page, site: Site, tmp_path: Path) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#progress")).to_have_text("0 of 10 doors done")
    expect(page.locator("#door-title")).to_have_text("Asha Devi (example)")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    check_accessibility(page)
    page.context.set_offline(True)
    page.set_input_files("#shot", photo_file(tmp_path, "EX-01"))
    expect(page.locator("#door-title")).to_have_text("Birsa Munda (example)")
    page.click("#locked")
    expect(page.locator("#door-title")).to_have_text("चंदा कुमारी (उदाहरण)")
    page.click("summary")
    page.fill("#phone", "98123 99903")
    page.check("#consent")
    page.click("text=Save")
    expect(page.locator("#state")).to_contain_text("3 wait to be sent")
    page.reload()  # the phone was switched off and on
    expect(page.locator("#state")).to_contain_text("3 wait to be sent. No network")
    expect(page.locator("#progress")).to_have_text("2 of 10 doors done")
    check_accessibility(page)
    page.context.set_offline(False)
    expect(page.locator("#state")).to_be_hidden(timeout=20_000)  # it tries again by itself, from time to time
    assert page.locator("#doors .tag").all_inner_texts()[:3] == ["read", "locked", "phone saved"]
    with site.office.store.read() as uow:
        (photo,) = uow.submissions.of("EX-01", 5)
        (visit,) = uow.visits.of("EX-02", 5)
        phone = uow.phones.live("EX-03")
    assert photo.submission.capture.visited
    assert visit.visit.act.by.startswith("key:")
    assert phone is not None
    assert phone.registration.phone == "+919812399903"


def test_a_server_that_is_away_for_a_moment_is_as_no_network(
    context: BrowserContext, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        raise ApiError(HTTPStatus.BAD_GATEWAY, "away", "The proxy says that nobody is there.")

    page = context.new_page()  # the console may say that the server was away
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#doors li")).to_have_count(10)
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    with monkeypatch.context() as patched:
        patched.setattr(rounds, "books", away)
        patched.setattr(rounds, "round_of", away)
        patched.setattr(rounds, "found", away)
        page.reload()
        expect(page.locator("#doors li")).to_have_count(10)
        expect(page.locator("#state")).to_contain_text("No network")
        go_to_door(page, 6)
        page.click("#locked")
        expect(page.locator("#state")).to_contain_text("1 wait to be sent. No network")
    expect(page.locator("#state")).to_be_hidden(timeout=20_000)
    expect(page.locator("#doors .tag").nth(6)).to_have_text("locked")


def test_the_app_can_be_installed(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert '"start_url": "/round"' in found["data"]
    problems = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [problem["errorId"] for problem in problems] in ([], ["in-incognito"])


def test_a_session_that_is_over_loses_nothing(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    go_to_door(page, 8)
    expect(page.locator("#door-title")).to_have_text("Ishwar Soren (example)")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.click("#locked")
    expect(page.locator("#state a")).to_have_text("Please log in again; nothing is lost.")
    page.context.add_cookies(cookies)
    page.reload()
    expect(page.locator("#doors .tag").nth(8)).to_have_text("locked")


class Sender:
    """A phone that sends what it likes."""

    def __init__(self, site: Site) -> None:
        self.client = httpx.Client(base_url=site.url, follow_redirects=True)
        token = re.search(r'name="token" value="([^"]+)"', self.client.get("/staff").text)
        assert token is not None
        page = self.client.post("/staff", data={"token": token[1], "key": site.key(Scope.VISIT)}).text
        token = re.search(r'data-token="([^"]+)"', page)
        assert token is not None
        self.token = token[1]

    def send(
        self, kind: str, key: str, photo: dict[str, tuple[str, bytes]] | None = None, /, **fields: str
    ) -> httpx.Response:
        headers = {"X-Form-Token": self.token, "Idempotency-Key": key}
        return self.client.post(f"/round/{kind}", headers=headers, data=fields, files=photo)


def test_sent_twice_it_is_done_once(site: Site) -> None:
    sender, at = Sender(site), site.office.clock().isoformat()
    for kind, extra in (("locked", {}), ("refused", {}), ("phone", {"phone": "98123 99907", "consent": "yes"})):
        for _ in range(3):
            assert sender.send(kind, f"key-of-{kind}", number="EX-07", at=at, **extra).status_code == 200
    with site.office.store.read() as uow:
        assert len(uow.visits.of("EX-07", 9)) == 1  # one visit at one time, whatever was found
        assert [row.key for row in uow.outbox.waiting(99) if row.consumer_number == "EX-07"] != []
    sender.client.close()


@pytest.mark.parametrize(
    ("kind", "key", "fields", "status"),
    [
        ("locked", "", {"number": "EX-06"}, 400),
        ("locked", "short", {"number": "EX-06"}, 400),
        ("locked", "long-enough", {"number": "nobody"}, 404),
        ("on_holiday", "long-enough", {"number": "EX-06"}, 404),
        ("locked", "long-enough", {"number": "EX-06", "at": "yesterday"}, 422),
        ("phone", "long-enough", {"number": "EX-06", "phone": "12", "consent": "yes"}, 422),
        ("phone", "long-enough", {"number": "EX-06", "phone": "9812399906"}, 422),
        ("photo", "long-enough", {"number": "EX-06"}, 422),
    ],
)
def test_what_is_refused(site: Site, kind: str, key: str, fields: dict[str, str], status: int) -> None:
    sender = Sender(site)
    at = site.office.clock().isoformat()
    assert sender.send(kind, key, **({"at": at} | fields)).status_code == status
    sender.client.close()


def test_a_wrong_clock_does_not_date_a_visit_into_the_future(site: Site) -> None:
    sender, now = Sender(site), site.office.clock()
    at = (now.astimezone(IST) + timedelta(400)).isoformat()
    assert sender.send("locked", "long-enough", number="EX-08", at=at).status_code == 200
    with site.office.store.read() as uow:
        (visit,) = uow.visits.of("EX-08", 5)
    assert visit.visit.act.at <= now
    sender.client.close()


@pytest.mark.parametrize("kind", ["locked", "phone", "photo"])
def test_what_is_too_old_is_refused_and_never_dated_anew(site: Site, kind: str) -> None:
    sender, now = Sender(site), site.office.clock()
    at = (now - timedelta(days=7, minutes=1)).isoformat()
    fields = {"phone": "98123 99910", "consent": "yes"} if kind == "phone" else {}
    photo = {"photo": ("p.jpg", photo_of("EX-09"))} if kind == "photo" else None
    answer = sender.send(kind, "long-enough", photo, number="EX-10", at=at, **fields)
    assert answer.status_code == 409
    assert "too late to be taken" in answer.text
    with site.office.store.read() as uow:
        assert uow.visits.of("EX-10", 5) == uow.submissions.of("EX-10", 5) == []
        phone = uow.phones.live("EX-10")
        assert phone is None or phone.registration.phone != "+919812399910"
    sender.client.close()


def test_a_photo_of_no_use_says_why(page: Page, site: Site, tmp_path: Path) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    door = go_to_door(page, 7)
    page.set_input_files("#shot", photo_file(tmp_path, "EX-08"))
    expect(door.locator(".tag")).to_have_text("photo again", timeout=20_000)
    with site.office.store.read() as uow:
        (photo, *_) = uow.submissions.of("EX-08", 5)
    why = advice(photo.submission)["en"][0]
    expect(door).to_contain_text(why)
    door.click()
    expect(page.locator("#door-why")).to_have_text(why)
    check_accessibility(page)


@pytest.mark.parametrize(("button", "told"), [("Refused", "refused"), ("Meter faulty", "meter faulty")])
def test_a_meter_that_cannot_be_read(page: Page, site: Site, button: str, told: str) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    place, number = (3, "EX-04") if told == "refused" else (4, "EX-05")
    door = go_to_door(page, place)
    page.get_by_role("button", name=button, exact=True).click()
    expect(door.locator(".tag")).to_have_text(told)
    expect(page.locator("#state")).to_be_hidden()
    with site.office.store.read() as uow:
        (visit,) = uow.visits.of(number, 5)
    assert visit.outcome == told.replace(" ", "_")


def test_what_failed_is_kept_until_somebody_says_so(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    door = go_to_door(page, 9)
    page.route("**/round/locked", lambda route: route.fulfill(status=409, body="<p role=alert>Too late.</p>"))
    page.click("#locked")
    expect(door.locator(".tag")).to_have_text("Could not be taken")
    page.reload()
    door.click()
    door.click()  # looking at it takes nothing away
    expect(page.locator("#failed")).to_contain_text("Could not be taken: Too late.")
    expect(page.locator("#failed")).to_contain_text("Remove it from this phone?")
    check_accessibility(page)
    page.unroute("**/round/locked")
    page.click("text=Send again")
    expect(door.locator(".tag")).to_have_text("locked")
    expect(page.locator("#failed")).to_be_hidden()


def test_what_one_did_is_not_sent_by_another(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    door = go_to_door(page, 5)
    expect(page.locator("#door-title")).not_to_be_empty()
    first = page.context.cookies()
    page.route("**/round/locked", lambda route: route.abort("internetdisconnected"))
    page.click("#locked")
    expect(page.locator("#state")).to_contain_text("1 wait to be sent")
    page.click("text=Log out")
    page.wait_for_url(f"{site.url}/")
    page.wait_for_function("caches.keys().then((names) => !names.length)")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('doors '))") == []
    page.unroute("**/round/locked")
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#others")).to_have_text("1 wait for Example Clerk to log in")
    expect(door.locator(".tag")).to_have_text("kept")
    page.wait_for_timeout(6000)  # longer than it waits before it tries again
    with site.office.store.read() as uow:
        assert uow.visits.of("EX-06", 5) == []
    page.context.clear_cookies()
    page.context.add_cookies(first)  # type: ignore[arg-type]
    page.reload()
    expect(page.locator("#others")).to_be_hidden()
    expect(door.locator(".tag")).to_have_text("locked", timeout=20_000)
    with site.office.store.read() as uow:
        assert len(uow.visits.of("EX-06", 5)) == 1
