import numpy as np
import pytest

from meterocr.issue import Issue
from meterocr.readout import Models, Readout
from meterocr.vision.draw import SURE, UNREADABLE, draw
from meterocr.vision.reader import MeterReader

from .conftest import ILLEGIBLE, WHEELS, paint


def has(image: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((image == colour).all(axis=2).any())


@pytest.mark.parametrize("size", [(600, 450), (450, 600), (2400, 1800)])
@pytest.mark.parametrize("quarters", [0, 1, 2])
def test_draws_on_a_copy(reader: MeterReader, size: tuple[int, int], quarters: int) -> None:
    photo = np.ascontiguousarray(np.rot90(paint("00482.1", size=size), quarters))
    before = photo.copy()
    drawn = draw(photo, reader.read(photo))
    height, width = photo.shape[:2]
    factor = 1 if max(size) >= 640 else 2
    assert (drawn.shape[1:], drawn.dtype) == ((width * factor, 3), np.uint8)
    assert drawn.shape[0] > height * factor  # the band below
    assert (drawn[:factor, :factor] == photo[0, 0]).all()
    assert (photo == before).all()
    assert has(drawn, SURE)
    assert not has(drawn, UNREADABLE)
    drawn[0, 0] = 0  # the caller's own


@pytest.mark.parametrize("photo", [paint("4?2", blue=WHEELS, rolling="4"), paint("482", blue=ILLEGIBLE)])
def test_what_is_not_read_is_red(reader: MeterReader, photo: np.ndarray) -> None:
    assert has(draw(photo, reader.read(photo)), UNREADABLE)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5), (64, 48)])
def test_any_size_can_be_drawn(size: tuple[int, int]) -> None:
    photo = np.zeros((size[1], size[0], 3), np.uint8)
    readout = Readout(
        "photo", "0" * 64, *size, Models("a", "b"), issues=(Issue.NO_DISPLAY, Issue.TOO_DARK), retake=True
    )
    drawn = draw(photo, readout)
    assert max(drawn.shape) >= 640
    assert has(drawn, UNREADABLE) or drawn.shape[1] < 20  # no room for a letter


def test_a_display_that_fills_the_photo_has_its_digits_inside(reader: MeterReader) -> None:
    photo = paint("00482.1", (0, 0, 200, 31), size=(200, 31))
    drawn = draw(photo, reader.read(photo))[: 31 * 4]
    assert drawn.shape == (124, 800, 3)
    assert has(drawn[:60], SURE)


def test_refuses_another_photo(reader: MeterReader) -> None:
    readout = reader.read(paint("482"))
    with pytest.raises(ValueError, match="expected the photo of the readout, 600 x 450 px, got 700 x 450 px"):
        draw(paint("482", size=(700, 450)), readout)
