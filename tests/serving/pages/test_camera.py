"""What the camera's page advises, before a camera that sees each of the things it is for."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter
from playwright.sync_api import expect

from tests.serving.pages.conftest import CAMERA, DESKTOP, PHONE, Start, log_in
from tests.serving.pages.site import Site, photo_of


def meter() -> Image.Image:
    return Image.open(io.BytesIO(photo_of(CAMERA))).convert("RGB")


def dark() -> Image.Image:
    return ImageEnhance.Brightness(meter()).enhance(0.15)


def bright() -> Image.Image:
    return Image.blend(meter(), Image.new("RGB", meter().size, "white"), 0.93)


def glare() -> Image.Image:
    seen = meter()
    x, y = seen.width / 2, seen.height * 0.44
    ImageDraw.Draw(seen).ellipse((x - 0.12 * seen.width, y - 60, x + 0.12 * seen.width, y + 60), fill="white")
    return seen


def blurred() -> Image.Image:
    return meter().filter(ImageFilter.GaussianBlur(14))


def bare_wall() -> Image.Image:
    return Image.new("RGB", meter().size, (150, 140, 130))


def rough_wall() -> Image.Image:
    noise = np.random.default_rng(1).normal(140, 40, (meter().height // 4, meter().width // 4, 1)).clip(0, 240)
    small = Image.fromarray(noise.repeat(3, 2).astype(np.uint8))
    return small.resize(meter().size)


def curtain() -> Image.Image:
    stripes = 130 + 60 * np.sin(np.arange(meter().width) / 6)
    return Image.fromarray(np.broadcast_to(stripes[None, :, None], (meter().height, meter().width, 3)).astype(np.uint8))


def bricks() -> Image.Image:
    seen = Image.new("RGB", meter().size, (150, 80, 60))
    pen = ImageDraw.Draw(seen)
    for row, y in enumerate(range(0, seen.height, 60)):
        pen.line((0, y, seen.width, y), (200, 200, 200), 8)
        for x in range(60 * (row % 2), seen.width, 120):
            pen.line((x, y, x, y + 60), (200, 200, 200), 8)
    return seen


NOTHING = "No display: bring the digits into the frame"
STATES = [
    (meter, "Good: take the photo now"),
    (dark, "Too dark: switch on a light"),
    (bright, "Too bright: shade the display"),
    (glare, "A reflection: move a little to the side"),
    (blurred, "Blurred: hold the phone still"),
    (bare_wall, NOTHING),
    (rough_wall, NOTHING),
    (curtain, NOTHING),
    (bricks, NOTHING),
]


@pytest.mark.parametrize("state", range(len(STATES)), ids=lambda i: STATES[i][0].__name__)
def test_live_advice(start: Start, site: Site, tmp_path: Path, state: int) -> None:
    seen, told = STATES[state]
    with start(seen(), tmp_path) as browser, browser.new_context(viewport=PHONE, locale="en") as context:
        page = context.new_page()
        log_in(page, site, f"EX-{state + 1:02}")  # codes for one phone are few
        page.click("text=Photograph the meter")
        expect(page.locator("#advice")).to_have_text(told)
        page.set_viewport_size(DESKTOP)
        page.wait_for_timeout(700)
        expect(page.locator("#advice")).to_have_text(told)
        expect(page.locator("#camera")).to_have_attribute("data-state", "good" if seen is meter else "bad")
        expect(page.locator("#shoot")).to_be_enabled()  # advice is advice
