"""The round on a phone without space or memory: what cannot be kept is told, and stays until it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from meterocr.workflow.keys import Scope
from tests.serving.pages.conftest import check_accessibility, go_to_door, log_in_staff, photo_file
from tests.serving.pages.site import Site, photo_of, running

FULL = """
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (item) {
  if (!window.full) return add.call(this, item);
  throw new DOMException("no space", "QuotaExceededError");
};
"""
NO_DATABASE = "IDBFactory.prototype.open = () => { throw new DOMException('none', 'UnknownError'); };"
NO_MEMORY = "HTMLCanvasElement.prototype.toBlob = (done) => done(null);"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("full") / "home") as started:
        yield started


def test_what_a_full_phone_cannot_keep_is_told_and_kept_later(page: Page, site: Site, tmp_path: Path) -> None:
    page.add_init_script(FULL)
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#door-title")).to_have_text("Asha Devi (example)")
    page.evaluate("window.full = true")
    page.set_input_files("#shot", photo_file(tmp_path, "EX-01"))
    expect(page.locator("#unkept")).to_contain_text("1 could not be kept on this phone")
    expect(page.locator("#door-title")).to_have_text("Asha Devi (example)")  # it is not done
    go_to_door(page, 2)
    page.click("#phone-box summary")
    page.fill("#phone", "98123 99903")
    page.check("#consent")
    for _ in range(2):
        page.click("text=Save")
        expect(page.locator("#unkept")).to_contain_text("2 could not be kept on this phone")
        expect(page.locator("#phone")).to_have_value("98123 99903")
    check_accessibility(page)
    page.click("#again")
    expect(page.locator("#unkept")).to_contain_text("2 could not be kept on this phone")
    with site.office.store.read() as uow:
        assert uow.submissions.of("EX-01", 5) == []
    page.evaluate("window.full = false")
    page.click("#again")
    expect(page.locator("#unkept")).to_be_hidden()
    expect(page.locator("#doors .tag").first).to_have_text("read", timeout=20_000)
    expect(page.locator("#doors .tag").nth(2)).to_have_text("phone saved")
    with site.office.store.read() as uow:
        assert len(uow.submissions.of("EX-01", 5)) == 1


def test_a_form_that_was_kept_is_empty(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    go_to_door(page, 3)
    page.click("#phone-box summary")
    page.fill("#phone", "98123 99904")
    page.check("#consent")
    page.click("text=Save")
    expect(page.locator("#phone-box")).not_to_have_attribute("open", "")
    expect(page.locator("#phone")).to_have_value("")


def test_a_photo_that_memory_is_too_short_for_is_sent_as_it_is(page: Page, site: Site, tmp_path: Path) -> None:
    page.add_init_script(NO_MEMORY)
    log_in_staff(page, site, "/round", Scope.VISIT)
    go_to_door(page, 4)
    page.set_input_files("#shot", photo_file(tmp_path, "EX-05"))
    expect(page.locator("#doors .tag").nth(4)).to_have_text("read", timeout=20_000)
    with site.office.store.read() as uow:
        (photo,) = uow.submissions.of("EX-05", 5)
    assert photo.submission.sha256 == hashlib.sha256(photo_of("EX-05")).hexdigest()


def test_a_phone_that_can_keep_nothing_says_so(page: Page, site: Site) -> None:
    page.add_init_script(NO_DATABASE)
    log_in_staff(page, site, "/round", Scope.VISIT)
    expect(page.locator("#unkept")).to_contain_text("This phone can keep nothing")
    expect(page.locator("#again")).to_be_hidden()
    check_accessibility(page)
