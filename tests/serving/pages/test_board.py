"""The office's board shows what came in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from meterocr.vision.zoo import Role, find_model
from meterocr.workflow.keys import Scope
from meterocr.workflow.taking import bill_taken
from tests.serving.pages.conftest import DESKTOP, PHONE, check_accessibility, log_in_staff
from tests.serving.pages.site import Site, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Its own, because what is sent here would be a photo sent before elsewhere."""
    with running(tmp_path_factory.mktemp("board") / "home") as started:
        yield started


def test_the_board(page: Page, site: Site) -> None:
    read, *_ = (site.send(number, key="for-the-board") for number in ("EX-04", "EX-06", "EX-08"))
    assert bill_taken(site.office.store, read, site.office.rating, site.office.act("test")).bill is not None
    log_in_staff(page, site, "/board", Scope.ADMIN)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        check_accessibility(page)
    main = page.locator("main")
    expect(main).to_contain_text("10 of 10 (100 %)")
    expect(main).to_contain_text(find_model(Role.RECOGNIZER).id)
    expect(page.locator(".legend .retake")).to_contain_text("asked again: ")
    assert page.locator("[aria-labelledby=photos] rect").count() == 3
    assert page.locator("[aria-labelledby=bills] .value").all_text_contents() == ["1", "0", "0", "0", "0"]
    expect(page.locator("tfoot")).to_contain_text("3 (100 %)")
    expect(page.locator("tfoot")).to_contain_text("2 (67 %)")
    told = page.locator("tbody tr th").all_inner_texts()
    assert "LCD" in told
    assert "Drums" in told


@pytest.mark.parametrize("width", [768, 1024, 1280, 1600])
def test_its_tiles_leave_no_holes(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    log_in_staff(page, site, "/board", Scope.ADMIN)
    boxes = [box for tile in page.locator(".tiles > .card").all() if (box := tile.bounding_box())]
    columns = len({box["x"] for box in boxes})
    assert columns > 1
    assert len(boxes) % columns == 0
    for y in {box["y"] for box in boxes}:
        row = [box for box in boxes if box["y"] == y]
        assert len(row) == columns
        assert len({round(box["height"]) for box in row}) == 1
    scale = "e => e.getScreenCTM().a * parseFloat(getComputedStyle(e).fontSize)"
    sizes = [text.evaluate(scale) for text in page.locator(".chart text").all()]
    assert 9 < min(sizes) <= max(sizes) < 18, "letters of charts are as large as other letters"
