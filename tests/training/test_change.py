"""Photos turned, made smaller and taken from near, and where their displays lie then."""

from __future__ import annotations

import numpy as np
import pytest

from training.change import Change

WIDTH, HEIGHT = 640, 480
DISPLAY = (200.0, 100.0, 400.0, 150.0)


def photo() -> np.ndarray:
    image = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    image[100:150, 200:400] = 255
    return image


@pytest.mark.parametrize(
    ("change", "box", "shape"),
    [
        (Change(), (200, 100, 400, 150), (480, 640, 3)),
        (Change(90), (330, 200, 380, 400), (640, 480, 3)),
        (Change(180), (240, 330, 440, 380), (480, 640, 3)),
        (Change(-90), (100, 240, 150, 440), (640, 480, 3)),
        (Change(scale=0.5), (100, 50, 200, 75), (240, 320, 3)),
        (Change(90, 0.5), (165, 100, 190, 200), (320, 240, 3)),
        (Change(near=1.0), (0, 0, 200, 50), (50, 200, 3)),
        (Change(near=1.2), (20, 5, 220, 55), (60, 240, 3)),
        (Change(near=9.0), (200, 100, 400, 150), (350, 640, 3)),
        (Change(90, 0.5, 1.4), (5, 20, 30, 120), (140, 35, 3)),
    ],
)
def test_photos_and_boxes_stay_together(change: Change, box: tuple[int, ...], shape: tuple[int, ...]) -> None:
    x0, y0, x1, y1 = (round(side) for side in change.box(DISPLAY, (WIDTH, HEIGHT)))
    assert (x0, y0, x1, y1) == box
    changed = change.photo(photo(), DISPLAY)
    assert changed.shape == shape
    assert changed[y0:y1, x0:x1].min() == 255
    assert np.count_nonzero(changed) == 3 * (x1 - x0) * (y1 - y0)


@pytest.mark.parametrize("turn", [-30, 12.5, 30, 120])
def test_a_tilted_photo_loses_nothing(turn: float) -> None:
    change = Change(turn)
    changed = change.image(photo())
    ys, xs = np.nonzero(changed.min(2) > 200)
    x0, y0, x1, y1 = change.box(DISPLAY, (WIDTH, HEIGHT))
    assert (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) == pytest.approx((x0, y0, x1, y1), abs=2)
    assert len(xs) == pytest.approx(200 * 50, rel=0.03)
    assert 0 <= x0 < x1 <= changed.shape[1]
    assert 0 <= y0 < y1 <= changed.shape[0]


@pytest.mark.parametrize("scale", [0.0, -1.0, 1.5])
def test_a_scale_is_a_part(scale: float) -> None:
    with pytest.raises(ValueError, match="expected a scale in"):
        Change(scale=scale)


@pytest.mark.parametrize("near", [0.9, 0.0, float("nan")])
def test_at_least_the_display_is_in_sight(near: float) -> None:
    with pytest.raises(ValueError, match="expected at least the display in sight"):
        Change(near=near)


def test_what_was_done_is_told() -> None:
    assert str(Change()) == str(Change(360)) == "as they are"
    assert str(Change(90, 0.5)) == "turned by 90 degrees, at 0.5 of the resolution"
    assert str(Change(near=1.1)) == "1.1 displays in sight, turned by 0 degrees, at 1 of the resolution"
