"""A consumer with a cheap phone: from the number to the bill."""

from __future__ import annotations

import io
import re
from pathlib import Path
from time import perf_counter

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from meterocr.metering.verification import Verdict
from tests.serving.pages.conftest import CAMERA, PHONE, check_accessibility, log_in, photo_file
from tests.serving.pages.site import Site, phone_of, photo_of

LIGHT = 100_000
"""Bytes of the first page with everything in it."""
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kbit/s and 400 ms a round trip."""


def test_from_the_camera_to_the_bill(page: Page, site: Site) -> None:
    log_in(page, site, CAMERA)
    check_accessibility(page)
    page.click("text=Photograph the meter")
    expect(page.locator("#advice")).to_have_text("Good: take the photo now")
    check_accessibility(page)
    page.click("#shoot")
    page.wait_for_url("**/photos/*")
    expect(page.locator("h1")).to_have_text("Is this what your meter shows?")
    shown = "".join(page.locator(".marked text").all_text_contents())
    typed = "".join(box.input_value() for box in page.locator(".boxes input").all())
    assert (shown, typed) == ("006263", "006263")
    assert page.locator(".bars rect.now").count() == 1
    check_accessibility(page)
    page.click("text=Yes, that is right")
    page.wait_for_url("**/bills/*")
    expect(page.locator("h1")).to_have_text("Thank you. Here is your bill.")
    check_accessibility(page)
    pdf = page.context.request.get(page.url.partition("?")[0] + "/pdf")
    assert (pdf.status, pdf.body()[:5]) == (200, b"%PDF-")
    page.click("text=हिन्दी")
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    formulas = page.locator("tbody .small").all_inner_texts()
    assert any("यूनिट" in text for text in formulas)
    assert not [text for text in formulas if " units " in text or "Rs " in text]
    page.click("text=English")
    page.click("text=Back")
    expect(page.locator(".tag.good").last).to_have_text("billed")


def test_a_correction_goes_to_a_person(page: Page, site: Site, tmp_path: Path) -> None:
    log_in(page, site, "EX-02")
    page.click("text=Photograph the meter")
    expect(page.locator("#camera")).to_be_visible()  # it closes what is below when it starts
    page.click("summary")
    page.set_input_files("#photo", photo_file(tmp_path, "EX-02"))
    page.click("text=Send the photo")
    page.wait_for_url("**/photos/*")
    page.locator(".boxes input").nth(1).click()
    page.keyboard.type("8")
    expect(page.locator("#confirm")).to_have_text("Send my correction")
    page.click("#confirm")
    expect(page.locator("h1")).to_have_text("Somebody will look at your photo")
    expect(page.locator("main")).to_contain_text("You say it shows 68541.3.")
    check_accessibility(page)
    submission = int(page.url.rpartition("/")[2])
    with site.office.store.read() as uow:
        stored, claim = uow.submissions.get(submission), uow.submissions.claimed(submission)
        counted = [reading.submission for reading in uow.readings.of("EX-02")]
    assert stored.waiting
    assert stored.submission.verdict is Verdict.ACCEPTED  # by the machine; the person's word came later
    assert claim is not None
    assert claim.text == "68541.3"
    assert submission not in counted


def test_a_photo_of_no_use_is_asked_again_in_hindi(page: Page, site: Site, tmp_path: Path) -> None:
    log_in(page, site, "EX-08")
    page.click("text=हिन्दी")
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    page.click("text=मीटर की फ़ोटो लें")
    expect(page.locator("#camera")).to_be_visible()  # it closes what is below when it starts
    page.click("summary")
    page.set_input_files("#photo", photo_file(tmp_path, "EX-08"))
    page.click("text=फ़ोटो भेजें")
    page.wait_for_url("**/photos/*")
    expect(page.locator("h1")).to_have_text("कृपया दूसरी फ़ोटो लें")
    expect(page.locator(".advice-now")).to_have_count(1)
    expect(page.locator(".advices")).to_have_count(0)
    outer = page.locator("svg.marked").bounding_box()
    assert outer is not None
    for text in page.locator("svg.marked text").all():
        inner = text.bounding_box()
        assert inner is not None
        assert inner["height"] < outer["height"] / 3
        assert outer["x"] <= inner["x"] < inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    check_accessibility(page)


def saved_again(photo: bytes) -> bytes:
    """The same picture in another file: not refused where it was sent before, but for a person."""
    file = io.BytesIO()
    Image.open(io.BytesIO(photo)).convert("RGB").save(file, "JPEG", quality=97)
    return file.getvalue()


def test_the_button_says_what_it_does_while_a_person_has_to_look(page: Page, site: Site) -> None:
    stored = site.send("EX-06", saved_again(photo_of("EX-06")), key="looked-at")  # the desk's tests may have sent it
    assert stored.waiting
    log_in(page, site, "EX-06")
    page.goto(f"{site.url}/c/EX-06/photos/{stored.id}")
    expect(page.locator("#confirm")).to_have_text("Yes, that is right")
    box = page.locator(".boxes input").nth(0)
    was = box.input_value()
    box.fill("1" if was != "1" else "2")
    expect(page.locator("#confirm")).to_have_text("Send my correction")
    box.fill(was)
    expect(page.locator("#confirm")).to_have_text("Yes, that is right")


def test_without_scripts_it_goes_as_well(browser: Browser, site: Site, tmp_path: Path) -> None:
    with browser.new_context(java_script_enabled=False, viewport=PHONE, locale="en") as context:
        page = context.new_page()
        log_in(page, site, "EX-03")
        page.click("text=Photograph the meter")
        page.set_input_files("#photo", photo_file(tmp_path, "EX-03"))
        page.click("text=Send the photo")
        page.wait_for_url("**/photos/*")
        page.click("text=Yes, that is right")
        page.wait_for_url("**/bills/*")


def test_without_a_camera_it_says_so(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport=PHONE, locale="en") as context:
        page = context.new_page()
        page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none'))")
        log_in(page, site, "EX-09")
        page.click("text=Photograph the meter")
        expect(page.locator("#none")).to_be_visible()
        expect(page.locator("#photo")).to_be_visible()


def test_a_broken_network_loses_no_photo(page: Page, site: Site) -> None:
    log_in(page, site, "EX-10")
    page.click("text=Photograph the meter")
    expect(page.locator("#advice")).to_have_text("Good: take the photo now")
    page.context.set_offline(True)
    page.click("#shoot")
    expect(page.locator("#failed")).to_be_visible()
    page.context.set_offline(False)
    page.click("#again")
    page.wait_for_url("**/photos/*")


def test_a_photo_that_the_camera_cannot_give_is_taken_again(page: Page, site: Site) -> None:
    page.add_init_script(
        "window.encode = HTMLCanvasElement.prototype.toBlob; HTMLCanvasElement.prototype.toBlob = (done) => done(null);"
    )
    log_in(page, site, CAMERA)
    page.click("text=Photograph the meter")
    expect(page.locator("#advice")).to_have_text("Good: take the photo now")
    page.click("#shoot")
    expect(page.locator("#not-taken")).to_have_text("The photo could not be taken. Please try again.")
    expect(page.locator("#sending")).to_be_hidden()
    check_accessibility(page)
    page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = encode; }")
    page.click("#shoot")
    page.wait_for_url("**/photos/*")


def test_first_page_is_light_and_fast(browser: Browser, site: Site) -> None:
    with browser.new_context(viewport=PHONE, locale="hi") as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_3G)
        got: list[int] = []
        session.on("Network.loadingFinished", lambda event: got.append(int(event["encodedDataLength"])))
        start = perf_counter()
        page.goto(f"{site.url}/", wait_until="load")
        page.fill("#phone", "98")  # it can be used
        seconds = perf_counter() - start
        print(f"first page: {sum(got)} bytes in {len(got)} answers, usable after {seconds:.2f} s on slow 3G")
        assert sum(got) < LIGHT
        # What the network takes, from the browser's own clock: a busy machine does not count.
        assert page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive") < 2000


def test_what_is_of_others_is_not_there(site: Site) -> None:
    stored = site.send("EX-05", key="of-another")
    with httpx.Client(base_url=site.url, follow_redirects=True) as client:
        form = client.get("/").text
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token is not None
        client.post("/login", data={"token": token[1], "phone": phone_of("EX-06")})
        form = client.get("/login/code").text
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token is not None
        client.post("/login/code", data={"token": token[1], "code": site.last_code()})
        assert client.get("/c/EX-06").status_code == 200
        for path in (
            "EX-05",
            "EX-05/photo",
            f"EX-06/photos/{stored.id}",
            f"EX-05/photos/{stored.id}/picture",
            "nobody",
        ):
            assert client.get(f"/c/{path}").status_code == 404, path
