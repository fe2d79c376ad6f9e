from dataclasses import replace

import numpy as np
import pytest

from training.strips import Cell, Cut, encode
from training.swap import DigitSwap

BOXES = ((10, 5, 30, 35), (40, 5, 60, 35), (70, 5, 90, 35))


def counter(text: str, light: int, *, source: str = "thai") -> Cut:
    """A dark counter of three cells, each a bright bar as wide as its digit."""
    image = np.full((40, 100, 3), light // 4, np.uint8)
    for symbol, (x0, y0, _, y1) in zip(text, BOXES, strict=True):
        image[y0 + 5 : y1 - 5, x0 + 4 : x0 + 6 + int(symbol)] = light
    quad = np.array([(0, 0), (100, 0), (100, 40), (0, 40)], dtype=np.float64)
    cells = tuple(Cell(place, box, source) for place, box in enumerate(BOXES))
    return Cut(image, quad, encode(text), 1, source, cells=cells)


def test_target_and_picture_change_together() -> None:
    cut, donor = counter("111", 200), counter("888", 200)
    swap = DigitSwap([donor])
    changed = swap(cut, np.random.default_rng(0))
    places = [i for i, (a, b) in enumerate(zip(cut.targets, changed.targets, strict=True)) if a != b]
    assert places
    for i, (x0, y0, x1, y1) in enumerate(BOXES):
        same = np.array_equal(cut.image[y0:y1, x0:x1], changed.image[y0:y1, x0:x1])
        assert same is (i not in places)
        assert changed.targets[i] == encode("8" if i in places else "1")[0]


def test_the_cut_that_was_given_stays() -> None:
    cut = counter("123", 200)
    before = cut.image.copy()
    DigitSwap([counter("789", 90)])(cut, np.random.default_rng(1))
    np.testing.assert_array_equal(cut.image, before)
    assert cut.targets == encode("123")


def test_a_digit_takes_on_the_light_of_its_new_place() -> None:
    cut, donor = counter("555", 60), counter("555", 110)
    changed = DigitSwap([donor])(cut, np.random.default_rng(2))
    assert abs(float(changed.image.mean()) - float(cut.image.mean())) < 3


@pytest.mark.parametrize(
    "cut",
    [counter("123", 200, source="vietnam"), replace(counter("123", 200), cells=())],
    ids=["no donor of its source", "digits not labelled one by one"],
)
def test_nothing_to_swap(cut: Cut) -> None:
    assert DigitSwap([counter("789", 200)])(cut, np.random.default_rng(3)) is cut
