"""The round on a slow phone in a hurry: what is done belongs to the door that was on the screen when it was done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from meterocr.workflow.keys import Scope
from tests.serving.pages.conftest import log_in_staff, photo_file
from tests.serving.pages.site import Site, running

SLOW = """
const encode = HTMLCanvasElement.prototype.toBlob;
HTMLCanvasElement.prototype.toBlob = function (...given) { setTimeout(() => encode.apply(this, given), 1500); };
"""
QUEUE = """() => new Promise((done) => {
  const request = indexedDB.open("round", 1);
  request.onsuccess = () => {
    const kept = request.result.transaction("queue").objectStore("queue").getAll();
    kept.onsuccess = () => done(kept.result.map((item) => [item.kind, item.number]));
  };
})"""
TWICE = """async () => {
  const title = document.getElementById("door-title"), before = title.textContent;
  document.getElementById("locked").click();
  while (title.textContent === before) await new Promise((done) => setTimeout(done, 5));
  document.getElementById("locked").click();
}"""
"""As a finger does it: the first tap brings the next door, and the second one falls on its button."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("taps") / "home") as started:
        yield started


def kept(page: Page) -> Any:
    """Kind and connection of what waits on the phone."""
    return page.evaluate(QUEUE)


def at_the_door(page: Page, site: Site) -> None:
    """Without network, so that what is done stays where it can be looked at."""
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#door-title")).to_have_text("Asha Devi (example)")
    expect(page.locator("#locked")).to_be_enabled()
    page.context.set_offline(True)


def test_a_photo_is_of_the_door_at_which_it_was_taken(page: Page, site: Site, tmp_path: Path) -> None:
    page.add_init_script(SLOW)
    at_the_door(page, site)
    page.set_input_files("#shot", photo_file(tmp_path, "EX-01"))
    page.locator("#doors button").nth(2).click()  # while it is made smaller
    expect(page.locator("#state")).to_contain_text("1 wait to be sent")
    assert kept(page) == [["photo", "EX-01"]]
    expect(page.locator("#door-title")).to_have_text("चंदा कुमारी (उदाहरण)")  # where they have gone to
    expect(page.locator("#doors .tag").first).to_have_text("kept")


def test_a_photo_is_of_the_door_at_which_the_camera_was_opened(page: Page, site: Site, tmp_path: Path) -> None:
    page.add_init_script(SLOW)
    at_the_door(page, site)
    page.set_input_files("#shot", photo_file(tmp_path, "EX-01"))
    with page.expect_file_chooser() as camera:  # again, because nothing has happened yet
        page.click("#shot-label")
    expect(page.locator("#door-title")).to_have_text("Birsa Munda (example)")  # behind the camera
    camera.value.set_files(photo_file(tmp_path, "EX-01"))
    expect(page.locator("#state")).to_contain_text("2 wait to be sent")
    assert kept(page) == [["photo", "EX-01"]] * 2


def test_a_double_tap_is_about_one_door(page: Page, site: Site) -> None:
    at_the_door(page, site)
    page.evaluate(TWICE)
    page.wait_for_timeout(300)
    assert kept(page) == [["locked", "EX-01"]]
    page.dblclick("#locked")  # once it does something again
    expect(page.locator("#state")).to_contain_text("2 wait to be sent")
    assert kept(page) == [["locked", "EX-01"], ["locked", "EX-02"]]
