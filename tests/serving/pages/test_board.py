"""The office's board shows what came in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from meterocr.vision.zoo import Role, find_model
from meterocr.workflow.keys import Scope
from tests.serving.pages.conftest import DESKTOP, PHONE, check_accessibility, log_in_staff
from tests.serving.pages.site import Site, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its own, because what is sent here would be a photo sent before elsewhere."""
    with running(tmp_path_factory.mktemp("board") / "home") as started:
        yield started


def test_the_board(page: Page, site: Site) -> None:
    for number in ("EX-04", "EX-08"):
        site.send(number, key="for-the-board")
    log_in_staff(page, site, "/board", Scope.ADMIN)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_accessibility(page)
    main = page.locator("main")
    expect(main).to_contain_text("10 of 10 (100 %)")
    expect(main).to_contain_text(find_model(Role.RECOGNIZER).id)
    expect(page.locator(".legend .retake")).to_contain_text("taken again: ")
    assert page.locator(".chart rect").count() >= 2
    told = page.locator("tbody tr th").all_inner_texts()
    assert "LCD" in told
    assert "Drums" in told
