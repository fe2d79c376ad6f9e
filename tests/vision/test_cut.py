"""The display of a photo as a picture of its own."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from meterocr.errors import PhotoError
from meterocr.readout import Quad
from meterocr.vision.cut import cut_display


def photo(turned: bool = False) -> bytes:
    """A white display of 200 x 40 px, with a red left end, on black."""
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[100:140, 100:300] = 255
    pixels[100:140, 100:140] = (255, 0, 0)
    file = io.BytesIO()
    Pillow.fromarray(np.rot90(pixels, 2) if turned else pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("turned", "quad"),
    [
        (False, Quad(((100, 100), (300, 100), (300, 140), (100, 140)))),
        (True, Quad(((300, 200), (100, 200), (100, 160), (300, 160)))),  # upside down in the photo
    ],
)
def test_straightened_with_a_little_around_it(turned: bool, quad: Quad) -> None:
    picture = Pillow.open(io.BytesIO(cut_display(photo(turned), quad)))
    pixels = np.asarray(picture).astype(int)
    assert picture.size == (800, 160)
    assert abs(pixels[80, 120] - (255, 0, 0)).max() < 40
    assert pixels[80, 600].min() > 230
    assert pixels[2].max() < 40


def test_no_wider_than_paper() -> None:
    assert (
        Pillow.open(io.BytesIO(cut_display(photo(), Quad(((0, 100), (400, 100), (400, 110), (0, 110)))))).width == 1280
    )


def test_what_is_no_photo() -> None:
    with pytest.raises(PhotoError):
        cut_display(b"no", Quad(((0, 0), (9, 0), (9, 9), (0, 9))))
