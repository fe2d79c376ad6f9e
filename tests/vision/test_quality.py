import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from meterocr.issue import Issue
from meterocr.readout import Quad
from meterocr.vision.geometry import box_quad
from meterocr.vision.quality import capture_issues, is_flat

PHOTO = (800, 600)
QUAD = box_quad(200, 200, 500, 270)
Image = NDArray[np.uint8]


def lcd(ink: int = 40, ground: int = 170) -> Image:
    """A strip with digits on even ground, a little noise."""
    image = np.full((54, 290, 3), ground, np.uint8)
    for i, symbol in enumerate("00482"):
        cv2.putText(image, symbol, (15 + 55 * i, 45), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (ink,) * 3, 4)
    noise = np.random.default_rng(0).normal(0, 1.5, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def with_spot(image: Image, radius: int) -> Image:
    return np.asarray(cv2.circle(image.copy(), (120, 27), radius, (255, 255, 255), -1), np.uint8)


@pytest.mark.parametrize(
    ("display", "issues"),
    [
        (lcd(), ()),
        (lcd(ink=220, ground=20), ()),
        (lcd(ink=10, ground=45), (Issue.TOO_DARK,)),
        (lcd(ink=255, ground=255), (Issue.OVEREXPOSED,)),
        (with_spot(lcd(), 20), (Issue.GLARE,)),
        (with_spot(lcd(), 6), ()),
        (np.asarray(cv2.GaussianBlur(lcd(), (0, 0), 6), np.uint8), (Issue.BLURRED,)),
    ],
    ids=["good", "light on dark", "dark", "white", "spot", "small spot", "blurred"],
)
def test_light_and_focus(display: Image, issues: tuple[Issue, ...]) -> None:
    assert capture_issues(QUAD, display, PHOTO) == issues


def digits_on(quad: Quad, count: int) -> list[Quad]:
    x0, y0, x1, y1 = quad.bounds
    step = (x1 - x0) * 0.8 / max(1, count)
    return [box_quad(x0 + step * i, y0, x0 + step * (i + 1), y1) for i in range(count)]


@pytest.mark.parametrize(
    ("quad", "digits", "issues"),
    [
        (QUAD, 6, ()),
        (box_quad(1, 200, 301, 270), 6, (Issue.CUT_OFF,)),
        (box_quad(1, 200, 301, 270), 0, (Issue.CUT_OFF,)),
        (box_quad(200, 560, 500, 599), 0, (Issue.CUT_OFF,)),
        (box_quad(500, 200, 830, 270), 0, (Issue.CUT_OFF,)),
        (box_quad(500, 200, 830, 270), 6, ()),
        (box_quad(200, 200, 300, 215), 6, (Issue.TOO_SMALL,)),
        (box_quad(200, 200, 236, 220), 6, (Issue.TOO_SMALL,)),
        (box_quad(200, 200, 236, 220), 0, ()),
        (Quad(((200, 200), (500, 180), (500, 300), (200, 260))), 0, (Issue.TILTED,)),
        (Quad(((200, 200), (500, 200), (440, 270), (140, 270))), 0, (Issue.TILTED,)),
        (Quad(((500, 270), (200, 270), (200, 200), (500, 200))), 0, ()),
        (Quad(((300, 100), (370, 100), (370, 400), (300, 400))), 0, ()),
        (box_quad(1, 1, 91, 13), 6, (Issue.CUT_OFF, Issue.TOO_SMALL)),
    ],
    ids=[
        "good",
        "first digit at the edge",
        "left edge",
        "foot",
        "beyond the right edge",
        "beyond the right edge, its digits are not",
        "low",
        "narrow digits",
        "narrow, digits not known",
        "tapered",
        "sheared",
        "upside down",
        "sideways",
        "two at once, the more fundamental first",
    ],
)
def test_place(quad: Quad, digits: int, issues: tuple[Issue, ...]) -> None:
    assert capture_issues(quad, lcd(), PHOTO, digits=digits_on(quad, digits)) == issues


def shaded(image: Image) -> Image:
    return (image * np.linspace(0.5, 1, image.shape[1])[:, None]).astype(np.uint8)


@pytest.mark.parametrize(
    ("display", "flat"),
    [
        (lcd(), False),
        (lcd(ink=140), False),
        (lcd(ink=170), True),
        (shaded(lcd(ink=170)), True),
        (np.asarray(cv2.GaussianBlur(lcd(), (0, 0), 3), np.uint8), False),
    ],
    ids=["digits", "faint digits", "nothing", "nothing, in shadow", "too blurred to say"],
)
def test_a_dead_display_is_flat(display: Image, flat: bool) -> None:
    assert is_flat(display) is flat


@pytest.mark.parametrize("level", [0, 120, 255])
def test_a_display_of_one_colour_can_be_judged(level: int) -> None:
    display = np.full((54, 290, 3), level, np.uint8)
    assert Issue.GLARE not in capture_issues(QUAD, display, PHOTO)
    is_flat(display)
