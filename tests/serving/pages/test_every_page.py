"""Every page, small and large, in both languages: accessible, not wider than the screen, and with no text cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from meterocr.workflow.keys import Scope
from meterocr.workflow.taking import bill_taken
from serving.pages.sessions import COOKIE, Kind, begin, seal_of
from tests.serving.pages.conftest import CUT, DESKTOP, PHONE, check_accessibility
from tests.serving.pages.site import Site, phone_of, running

SENT = ("EX-04", "EX-05", "EX-06", "EX-08", "EX-09")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its own, with photos of every fate."""
    with running(tmp_path_factory.mktemp("pages") / "home") as started:
        for number in SENT:
            stored = started.send(number)
            assert stored.id == SENT.index(number) + 1
            if number == "EX-04":
                bill_taken(started.office.store, stored, started.office.rating, started.office.act("test"))
        yield started


PAGES = [
    ("", "/", 200),
    ("", "/staff", 200),
    ("asked", "/login/code", 200),
    ("EX-04", "/c/EX-04", 200),
    ("EX-04", "/c/EX-04/photos/1", 200),
    ("EX-04", "/c/EX-04/bills/2025-0000001", 200),
    ("EX-05", "/c/EX-05/photo", 200),
    ("EX-06", "/c/EX-06/photos/3", 200),
    ("EX-08", "/c/EX-08/photos/4", 200),
    ("EX-08", "/c/EX-04", 404),
    ("staff", "/staff", 200),
    ("staff", "/desk", 200),
    ("staff", "/desk/2", 200),
    ("staff", "/desk/5", 200),
    ("staff", "/desk/blind", 200),
    ("staff", "/round", 200),
    ("staff", "/board", 200),
    ("reader", "/board", 403),
]


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("asked", PAGES, ids=lambda asked: "".join(asked[:2]))
def test_every_page(
    browser: Browser, site: Site, asked: tuple[str, str, int], size: dict[str, int], language: str
) -> None:
    who, path, status = asked
    with browser.new_context(viewport=size, locale=f"{language}-IN") as context:
        context.add_cookies([{"name": COOKIE, "value": session(site, who), "url": site.url}])
        page = context.new_page()
        answer = page.goto(site.url + path)
        assert answer is not None
        assert answer.status == status
        assert page.url == site.url + path
        assert page.locator("html").get_attribute("lang") == language
        if path == "/round":
            page.wait_for_selector("#doors button")
        check_accessibility(page)


def test_what_is_cut_is_noticed(browser: Browser) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.set_content(
            """<body style="margin:0"><p>whole</p>
            <svg width="50" height="20"><text x="30" y="15">in a chart</text></svg>
            <p style="width:2em;overflow:hidden;white-space:nowrap">in a box of its own</p>
            <button style="width:4em;padding:0;white-space:nowrap;overflow:visible">wider than the button is</button>
            <p style="white-space:nowrap">wider than the screen of a telephone, which is as narrow as this</p>"""
        )
        cut = page.evaluate(CUT)
    assert [text.partition(" ")[0] for text in cut] == ["<text", "<p", "<button", "<p"]


def session(site: Site, who: str) -> str:
    """The cookie of somebody: nobody, one who asked for a code, a consumer, or the staff."""
    now = site.office.clock()
    made = {
        "": lambda: begin(Kind.NOBODY, "", now),
        "asked": lambda: begin(Kind.ASKED, phone_of("EX-04"), now),
        "staff": lambda: begin(Kind.STAFF, site.key(*Scope).split("_")[1], now),
        "reader": lambda: begin(Kind.STAFF, site.key(Scope.VISIT).split("_")[1], now),
    }
    begun = made.get(who, lambda: begin(Kind.CONSUMER, phone_of(who), now))()
    return seal_of(site.office.settings.home).close(begun)
