"""A site for the whole session, and a real Chromium."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from meterocr.workflow.keys import Scope
from tests.serving.pages.site import Site, phone_of, photo_of, running

CAMERA = "EX-01"  # whose meter is before the fake camera
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

Start = Callable[[Image.Image, Path], AbstractContextManager[Browser]]
"""A Chromium whose camera sees a picture; the folder keeps the film."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Starts Chromiums, for one file of tests: Playwright's event loop must not be there when others begin theirs."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:

        @contextmanager
        def started(seen: Image.Image, folder: Path) -> Iterator[Browser]:
            frame, film = io.BytesIO(), folder / "film.mjpeg"
            seen.convert("RGB").save(frame, "JPEG", quality=95)
            film.write_bytes(frame.getvalue() * 3)
            made = playwright.chromium.launch(
                executable_path=found, args=[*flags, f"--use-file-for-fake-video-capture={film}"]
            )
            yield made
            made.close()

        yield started


@pytest.fixture(scope="module")
def browser(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """With a meter before its camera."""
    with start(Image.open(io.BytesIO(photo_of(CAMERA))), tmp_path_factory.mktemp("camera")) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone, in English."""
    made = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="en-IN")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script may fail and nothing be blocked."""
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield made
    assert [line for line in wrong if "ERR_INTERNET_DISCONNECTED" not in line and "status of 4" not in line] == []


def log_in(page: Page, site: Site, number: str) -> None:
    """As the consumer of a connection."""
    page.goto(f"{site.url}/")
    page.fill("#phone", phone_of(number))
    page.click("main button")
    page.wait_for_url("**/login/code")
    page.fill("#code", site.last_code())
    page.click("main button")
    page.wait_for_url(f"**/c/{number}")


def log_in_staff(page: Page, site: Site, to: str, *scopes: Scope) -> None:
    """With a new key, on the way to a page."""
    page.goto(f"{site.url}{to}")
    page.fill("#key", site.key(*scopes))
    page.click("main button")
    page.wait_for_url(f"**{to}")


CUT = """() => {
  const cut = [];
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest(".hidden, .skip, noscript") || !e.checkVisibility()) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const range = document.createRange();
    range.selectNodeContents(e);
    const svg = e.closest("svg"), text = (svg ? e : range).getBoundingClientRect();
    const inside = (box) => text.left >= box.left - 1 && text.right <= box.right + 1;
    const within = [document.documentElement.getBoundingClientRect()];
    if (svg) within.push(svg.getBoundingClientRect());
    for (let a = e; a && !svg; a = a.parentElement)
      if (getComputedStyle(a).overflowX !== "visible" || a.matches("button, .button, .tag, .card"))
        within.push(a.getBoundingClientRect());
    if (!within.every(inside)) cut.push(e.outerHTML.slice(0, 120));
  }
  return cut;
}"""
"""Texts that reach out of the screen, their picture, their button or what hides what is too long."""


def go_to_door(page: Page, place: int) -> Locator:
    """A door of the round, when it is the one on the screen: what is done then is done at it."""
    door = page.locator("#doors button").nth(place)
    name = door.locator("strong").inner_text()
    door.click()
    expect(page.locator("#door-title")).to_have_text(name)
    return door


def check_accessibility(page: Page) -> None:
    """Nothing that axe-core calls serious or critical, nothing wider than the screen, and no text cut."""
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    assert page.evaluate(CUT) == []


def photo_file(folder: Path, number: str) -> Path:
    """The photo of a connection's meter as a file."""
    path = folder / f"{number}.jpg"
    path.write_bytes(photo_of(number))
    return path
