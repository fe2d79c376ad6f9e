import io

import numpy as np
import pytest
from PIL import Image as Pillow

from meterocr.readout import Quantity
from meterocr.vision.geometry import box_quad
from meterocr.vision.image import load_photo
from meterocr.vision.recognize import Recognizer
from meterocr.vision.session import Session
from meterocr.vision.zoo import Role

from .conftest import ILLEGIBLE, paint, recognizer_bytes

BOX = (150, 200, 450, 260)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(Session(recognizer_bytes(), Role.RECOGNIZER, threads=1))


def strip_of(recognizer: Recognizer, photo: np.ndarray) -> np.ndarray:
    loaded = load_photo(photo)
    return recognizer.strip(loaded, box_quad(*BOX), loaded.view(1))


def test_says_what_the_strip_shows(recognizer: Recognizer) -> None:
    (said,) = recognizer.recognize([strip_of(recognizer, paint("482", rolling="2"))])
    assert said.symbols.shape == (40, 13)
    assert said.symbols.sum(axis=1) == pytest.approx(np.ones(40))
    assert {"0123456789.?"[c - 1] for c in said.symbols.argmax(axis=1) if c} == set("482")
    assert said.turn.max() == pytest.approx(0.5)
    assert (said.shows, said.legible) == (Quantity.KWH, 1.0)
    assert said.upright > 0.9


def test_upside_down_and_illegible_are_said(recognizer: Recognizer) -> None:
    strip = strip_of(recognizer, paint("482"))
    turned, dim = recognizer.recognize(
        [np.ascontiguousarray(strip[::-1, ::-1]), strip_of(recognizer, paint("482", blue=ILLEGIBLE))]
    )
    assert turned.upright < 0.1
    assert dim.legible == 0.0


def test_temperature_softens(recognizer: Recognizer) -> None:
    warm = Recognizer(Session(recognizer_bytes(temperature=40.0), Role.RECOGNIZER, threads=1))
    strip = strip_of(recognizer, paint("482"))
    sharp, soft = recognizer.recognize([strip])[0].symbols, warm.recognize([strip])[0].symbols
    assert soft.max(axis=1).mean() < sharp.max(axis=1).mean() - 0.1
    assert (soft.argmax(axis=1) == sharp.argmax(axis=1)).all()


def test_no_strips_no_recognitions(recognizer: Recognizer) -> None:
    assert recognizer.recognize([]) == []


@pytest.mark.parametrize(
    ("display", "shrink"),
    [((400, 300, 3000, 900), 8), ((400, 300, 1600, 600), 4), ((400, 300, 1000, 420), 2), ((400, 300, 600, 340), 1)],
)
def test_is_cut_from_the_smallest_view_with_enough_px(
    recognizer: Recognizer, display: tuple[int, int, int, int], shrink: int
) -> None:
    jpeg = io.BytesIO()
    Pillow.fromarray(np.full((2400, 3200, 3), 90, np.uint8)).save(jpeg, "JPEG")
    photo = load_photo(jpeg.getvalue())
    recognizer.strip(photo, box_quad(*display), photo.view(1))
    assert set(photo._views) == {8, shrink}
