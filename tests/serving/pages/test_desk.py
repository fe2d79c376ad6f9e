"""The review desk, worked through with the keyboard."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from meterocr.workflow.evidence import Decision, Origin
from meterocr.workflow.keys import Scope
from tests.serving.pages.conftest import DESKTOP, check_accessibility, log_in_staff
from tests.serving.pages.site import Site

KEY = "for-the-desk"
"""Sent with the same key, it is one submission for all tests here; the last of them decides."""

ANOTHER = Path(__file__).parents[2] / "golden" / "lcd-21.jpg"
"""A meter that is nobody's here, and not surely read."""


def test_what_the_meter_cannot_show_is_refused(page: Page, site: Site) -> None:
    stored = site.send("EX-07", key=KEY)
    assert stored.waiting
    log_in_staff(page, site, "/desk", Scope.REVIEW)
    page.goto(f"{site.url}/desk/{stored.id}")
    check_accessibility(page)
    page.fill("#value", "123456789.1")
    page.click("#correct")
    expect(page.locator("[role=alert]")).to_contain_text("This meter cannot show that")


def test_what_helps_to_decide_is_seen_at_once(page: Page, site: Site) -> None:
    stored = site.send("EX-07", key=KEY)
    log_in_staff(page, site, "/desk", Scope.REVIEW)
    page.goto(f"{site.url}/desk/{stored.id}")
    parts = ("#pan", ".meterdigits", ".plot", "#accept", ".candidates")
    tops = [box["y"] for part in parts if (box := page.locator(part).bounding_box())]
    assert tops == sorted(tops)
    assert len(tops) == len(parts)
    others = page.locator(".candidate .digits").all_inner_texts()
    assert others
    assert stored.submission.text not in others
    assert not [text for text in others if "?" in text]
    page.set_viewport_size(DESKTOP)
    photo = page.locator("#pan").bounding_box()
    for part in (*parts[1:4], "#reject"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert photo is not None
        assert box["x"] >= photo["x"] + photo["width"]
        assert box["y"] + box["height"] <= DESKTOP["height"]


def test_decisions_by_keyboard(page: Page, site: Site) -> None:
    photos = {"EX-05": ANOTHER.read_bytes(), "EX-06": None, "EX-07": None}
    sent = {number: site.send(number, photo, key=KEY).id for number, photo in photos.items()}
    page.set_viewport_size(DESKTOP)
    log_in_staff(page, site, "/desk", Scope.REVIEW)
    check_accessibility(page)
    risks = [int(text.split()[1].replace(",", "")) for text in page.locator(".list .tag").all_inner_texts()]
    assert risks == sorted(risks, reverse=True)
    page.goto(f"{site.url}/desk/{sent['EX-07']}")
    check_accessibility(page)
    assert page.locator(".meterdigits li").count() == 5
    assert page.locator(".plot circle").count() > 5
    page.locator("#turn").click()
    page.keyboard.press("+")
    assert "rotate(90deg) scale(1.5)" in str(page.locator("#whole").get_attribute("style"))
    page.keyboard.press("a")
    expect(page.locator(".notice").first).to_contain_text("Bill 2025-")
    page.goto(f"{site.url}/desk/{sent['EX-06']}")
    page.keyboard.press("c")
    page.keyboard.type("93487")
    page.keyboard.press("Enter")
    page.wait_for_url("**bill=**")
    page.goto(f"{site.url}/desk/{sent['EX-05']}")
    page.fill("#note", "of another meter")
    page.locator("#note").press("Enter")
    page.wait_for_url(lambda url: not url.endswith(f"/{sent['EX-05']}"))
    with site.office.store.read() as uow:
        made = {number: uow.submissions.review(submission) for number, submission in sent.items()}
    assert [review and (review.decision, str(review.value)) for review in made.values()] == [
        (Decision.REJECT, "None"),
        (Decision.CORRECT, "93487"),
        (Decision.ACCEPT, "36621"),
    ]


def test_a_blind_second_reading(page: Page, site: Site) -> None:
    with site.office.store.read() as uow:
        first = uow.submissions.get(1).submission  # one of a hundred: the first
    log_in_staff(page, site, "/desk/blind", Scope.REVIEW)
    check_accessibility(page)
    assert page.locator("#whole").get_attribute("src") == "/desk/1/picture"
    assert first.text not in page.locator("main").inner_text()
    page.fill("#value", str(float(first.text) + 1))
    page.click("text=Save")
    expect(page.locator(".notice")).to_have_text("No photo of the sample is left.")
    with site.office.store.read() as uow:
        counts = uow.second_readings.counts(uow.submissions.get(1).submission.capture.received)
    assert sum(wrong for _, wrong in counts.values()) == 1
    assert set(counts) == set(Origin)
    page.goto(f"{site.url}/desk")
    expect(page.locator("dl")).to_contain_text("1 wrong of 1 read again: between 5.00 % and 100.00 %")


def test_a_key_without_the_scope_is_refused(page: Page, site: Site) -> None:
    log_in_staff(page, site, "/round", Scope.VISIT)
    assert page.goto(f"{site.url}/desk").status == 403  # type: ignore[union-attr]
    expect(page.locator("[role=alert]")).to_contain_text("It needs the scope review")
