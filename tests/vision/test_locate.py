from collections.abc import Sequence

import numpy as np
import pytest

from meterocr.readout import Display, DisplayKind
from meterocr.vision.detect import Detector
from meterocr.vision.geometry import box_quad
from meterocr.vision.image import Image, Photo, load_photo
from meterocr.vision.locate import locate, look_at, rivals, weight
from meterocr.vision.session import Session, detector_info
from meterocr.vision.zoo import Role

from .conftest import DETECTOR, detector_bytes, paint


class ToldDetector(Detector):
    """Says what it is told to say, call by call, and remembers the sizes it was asked for."""

    def __init__(self, *answers: tuple[Display, ...]) -> None:
        self.info = detector_info(DETECTOR)
        self.answers = list(answers)
        self.asked: list[tuple[tuple[int, ...], int | None]] = []

    def detect(self, images: Sequence[Image], *, input_size: int | None = None) -> list[tuple[Display, ...]]:
        self.asked += [(image.shape, input_size) for image in images]
        return [self.answers.pop(0) for _ in images]


def display(x0: float, y0: float, x1: float, y1: float, confidence: float = 0.9) -> Display:
    return Display(DisplayKind.LCD, box_quad(x0, y0, x1, y1), confidence)


@pytest.fixture
def photo() -> Photo:
    return load_photo(np.zeros((600, 800, 3), np.uint8))


CENTRE = display(300, 280, 500, 320)


@pytest.mark.parametrize(
    "other",
    [
        display(300, 280, 500, 320, 0.8),
        display(300, 290, 440, 318),
        display(20, 10, 220, 50),
        display(580, 540, 790, 580),
    ],
    ids=["less sure", "smaller", "in a corner", "in a corner, a little larger"],
)
@pytest.mark.parametrize("first", [True, False])
def test_the_main_register_is_sure_large_and_central(photo: Photo, other: Display, first: bool) -> None:
    found = (CENTRE, other) if first else (other, CENTRE)
    assert locate(ToldDetector(found), [look_at(photo)]) == [(CENTRE, other)]


@pytest.mark.parametrize(
    ("displays", "count"),
    [
        ((), 0),
        ((CENTRE,), 0),
        ((CENTRE, display(300, 380, 500, 420)), 1),
        ((CENTRE, display(10, 10, 60, 30)), 0),
        ((CENTRE, display(300, 380, 500, 420, 0.3)), 0),
    ],
)
def test_rivals_might_as_well_be_the_main_register(photo: Photo, displays: tuple[Display, ...], count: int) -> None:
    assert len(rivals(displays, photo)) == count


def test_weight_is_zero_for_what_has_no_area(photo: Photo) -> None:
    assert weight(display(300, 300, 300, 300), photo) == 0


def test_looks_again_closer_when_nothing_is_found(photo: Photo) -> None:
    detector = ToldDetector((), (CENTRE,))
    assert locate(detector, [look_at(photo)]) == [(CENTRE,)]
    assert [size for _, size in detector.asked] == [None, 640]
    assert locate(ToldDetector((), (), ()), [look_at(photo)]) == [()]


# 800 x 600 px with a frame of 0.75 around them are 166 x 125 px in 414 x 313: 2,000 px become 416.
FACTOR, CORNER = 2000 / 416, (-124 * 2000 / 416, -94 * 2000 / 416)
FULL = display(5, 100, 795, 400)


def in_frame(shown: Display, confidence: float) -> Display:
    """A display of the photo as it stands in the framed look."""
    x0, y0, x1, y1 = shown.quad.bounds
    (left, top), f = CORNER, FACTOR
    return display((x0 - left) / f, (y0 - top) / f, (x1 - left) / f, (y1 - top) / f, confidence)


@pytest.mark.parametrize("first", [(display(100, 100, 795, 400, 0.5),), (display(0, 300, 500, 400, 0.5),)])
def test_a_display_at_the_edge_is_looked_for_with_a_frame_around_the_photo(
    photo: Photo, first: tuple[Display, ...]
) -> None:
    detector = ToldDetector(first, (in_frame(FULL, 0.8),))
    ((found,),) = locate(detector, [look_at(photo)])
    assert found.quad.bounds == pytest.approx(FULL.quad.bounds, abs=1e-6)
    assert found.confidence == 0.8
    assert [shape for shape, _ in detector.asked] == [(600, 800, 3), (313, 414, 3)]


def test_so_is_one_that_was_not_found_at_all(photo: Photo) -> None:
    ((found,),) = locate(ToldDetector((), (), (in_frame(FULL, 0.8),)), [look_at(photo)])
    assert found.quad.bounds == pytest.approx(FULL.quad.bounds, abs=1e-6)


@pytest.mark.parametrize("answer", [(), (in_frame(FULL, 0.4),)], ids=["nothing", "less sure"])
def test_a_frame_that_does_not_help_changes_nothing(photo: Photo, answer: tuple[Display, ...]) -> None:
    edge = display(100, 100, 795, 400, 0.5)
    assert locate(ToldDetector((edge,), answer), [look_at(photo)]) == [(edge,)]


@pytest.mark.parametrize("box", [(24, 18, 776, 582), (300, 280, 500, 320)])
def test_a_display_with_surroundings_is_found_in_one_look(photo: Photo, box: tuple[int, int, int, int]) -> None:
    assert locate(ToldDetector((display(*box),)), [look_at(photo)]) == [(display(*box),)]


@pytest.mark.parametrize(("width", "is_display"), [(250, True), (249, False), (100, False), (40, False)])
def test_a_strip_in_which_nothing_is_found_is_tried_as_a_display(width: int, is_display: bool) -> None:
    strip = look_at(load_photo(np.zeros((100, width, 3), np.uint8)))
    whole = (display(0, 0, width, 100, 0.0),) if is_display else ()
    assert locate(ToldDetector((), (), ()), [strip]) == [whole]


def test_corners_of_a_small_display_come_from_a_closer_look(photo: Photo) -> None:
    far = display(400, 300, 440, 320)
    closer = display(41, 52, 79, 67, 0.7)  # px of the crop, whose corner is at 360, 250
    # Far is not the main one here: no closer look.
    assert locate(ToldDetector((far, CENTRE)), [look_at(photo)])[0][0] == CENTRE
    detector = ToldDetector((far,), (display(0, 0, 20, 5, 0.95), closer))
    ((found,),) = locate(detector, [look_at(photo)])
    assert found.quad.bounds == (401, 302, 439, 317)
    assert found.confidence == 0.7
    assert [shape for shape, _ in detector.asked] == [(600, 800, 3), (120, 120, 3)]


@pytest.mark.parametrize("answer", [(), (display(0, 0, 20, 5),)], ids=["nothing", "something else"])
def test_a_closer_look_that_does_not_find_it_changes_nothing(photo: Photo, answer: tuple[Display, ...]) -> None:
    far = display(400, 300, 440, 320)
    assert locate(ToldDetector((far,), answer), [look_at(photo)]) == [(far,)]


def test_a_closer_look_at_the_edge_of_the_photo(photo: Photo) -> None:
    far = display(770, 590, 810, 610)
    detector = ToldDetector((far,), (), (display(45, 52, 80, 70),))
    ((found,),) = locate(detector, [look_at(photo)])
    assert found.quad.bounds == (775, 592, 810, 610)
    assert detector.asked[2][0] == (60, 70, 3)


def test_several_photos_at_once_with_a_net() -> None:
    detector = Detector(Session(detector_bytes(), Role.DETECTOR, threads=1))
    boxes = [(150, 200, 450, 260), (600, 700, 650, 710), (20, 20, 90, 100)]
    looks = [look_at(load_photo(paint("48", box, size=(1000, 800)))) for box in boxes]
    looks.insert(1, look_at(load_photo(np.zeros((60, 80, 3), np.uint8))))
    found = locate(detector, looks)
    assert [len(displays) for displays in found] == [1, 0, 1, 1]
    for displays, box in zip([d for d in found if d], boxes, strict=True):
        assert np.abs(np.subtract(displays[0].quad.bounds, box)).max() < 2.5
    assert found == [locate(detector, [look])[0] for look in looks]
