import cv2
import numpy as np
import pytest

from meterocr.readout import Quad
from meterocr.vision.geometry import (
    StripShape,
    area,
    box_quad,
    corners,
    cut_strip,
    iou,
    is_convex,
    moved,
    overlap,
    stretched,
    strip_spans,
    to_quad,
    turned,
    turned_back,
)

BOX = box_quad(10, 20, 110, 60)
SHAPE = StripShape(320, 64, (0.05, 0.1))
BOW_TIE = Quad(((0, 0), (10, 10), (10, 0), (0, 10)))


def test_corners_and_back() -> None:
    assert to_quad(corners(BOX)) == BOX
    assert corners(BOX).shape == (4, 2)


def test_moved_scales_then_shifts() -> None:
    assert moved(BOX, 2, (5, 7)) == box_quad(25, 47, 225, 127)


LEANING = Quad(((30.0, 10.0), (130.0, 40.0), (118.0, 92.0), (15.0, 55.0)))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((1.0, 1.0, 0.0, 0.0), box_quad(10, 20, 110, 60)),
        ((1.2, 1.0, 0.0, 0.0), box_quad(0, 20, 120, 60)),
        ((1.0, 0.5, 0.0, 0.0), box_quad(10, 30, 110, 50)),
        ((1.0, 1.0, 0.1, -0.5), box_quad(20, 0, 120, 40)),
    ],
    ids=["as it is", "wider", "lower", "moved"],
)
def test_stretched(change: tuple[float, float, float, float], expected: Quad) -> None:
    np.testing.assert_allclose(corners(stretched(BOX, *change)), corners(expected))


def test_stretched_goes_along_the_reading_direction() -> None:
    np.testing.assert_allclose(corners(stretched(LEANING, 1.0, 1.0, 0.0, 0.0)), corners(LEANING))
    wider = stretched(LEANING, 1.5, 1.0, 0.0, 0.0)
    assert wider.width == pytest.approx(1.5 * LEANING.width, rel=0.02)
    assert wider.height == pytest.approx(LEANING.height, rel=0.05)
    assert wider.angle == pytest.approx(LEANING.angle)


@pytest.mark.parametrize(
    ("quarters", "angle", "size"),
    [(0, 0, (100, 40)), (1, 90, (40, 100)), (2, 180, (100, 40)), (3, -90, (40, 100)), (4, 0, (100, 40))],
)
def test_turned_is_the_same_place_in_another_direction(quarters: int, angle: float, size: tuple[float, float]) -> None:
    quad = turned(BOX, quarters)
    assert quad.angle == pytest.approx(angle)
    assert (quad.width, quad.height) == size
    assert quad.bounds == BOX.bounds


@pytest.mark.parametrize(
    ("quad", "convex"),
    [
        (BOX, True),
        (turned(BOX, 3), True),
        (Quad(((10, 20), (10, 60), (110, 60), (110, 20))), False),  # anticlockwise: mirrored
        (BOW_TIE, False),
        (box_quad(5, 5, 5, 9), False),
        (Quad(((0, 0), (10, 0), (2, 2), (0, 10))), False),
    ],
)
def test_is_convex(quad: Quad, convex: bool) -> None:
    assert is_convex(quad) is convex


def test_area_is_negative_anticlockwise() -> None:
    assert area(BOX) == 4000
    assert area(Quad(BOX.points[::-1])) == -4000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "common", "union"),
    [
        (BOX, 4000, 4000),
        (turned(BOX, 2), 4000, 4000),
        (box_quad(60, 20, 160, 60), 2000, 6000),
        (box_quad(110, 20, 160, 60), 0, 6000),
        (box_quad(500, 500, 600, 600), 0, 14000),
        (Quad(((60, 20), (80, 40), (60, 60), (40, 40))), 800, 4000),
    ],
)
def test_overlap_and_iou(other: Quad, common: float, union: float) -> None:
    assert overlap(BOX, other) == pytest.approx(common, abs=0.1)
    assert iou(BOX, other) == pytest.approx(common / union, abs=1e-4)


def test_the_display_lies_inside_the_margin_of_the_strip() -> None:
    image = np.zeros((200, 400, 3), np.uint8)
    image[80:120, 100:300] = 200
    strip = cut_strip(image, box_quad(100, 80, 300, 120), SHAPE)
    assert strip.shape == (64, 320, 3)
    assert strip.dtype == np.uint8
    assert SHAPE.inside(strip).mean() > 190
    left, top, right, bottom = (round(v) for v in SHAPE.inset())
    assert (left, top, right, bottom) == (15, 5, 305, 59)
    assert strip[: top - 2].max() < 20
    assert strip[:, : left - 2].max() < 20


def test_cut_follows_perspective_and_direction() -> None:
    flat = np.zeros((40, 200, 3), np.uint8)
    flat[:, :100, 0] = 255  # red on the left
    quad = Quad(((300, 90), (60, 130), (50, 60), (310, 50)))  # upside down and tilted
    matrix = cv2.getPerspectiveTransform(
        np.array([(0, 0), (200, 0), (200, 40), (0, 40)], np.float32), corners(quad).astype(np.float32)
    )
    photo = np.asarray(cv2.warpPerspective(flat, matrix, (400, 200)), np.uint8)
    inner = SHAPE.inside(cut_strip(photo, quad, SHAPE))
    assert inner[5:-5, 5:140, 0].mean() > 240
    assert inner[5:-5, 150:, 0].mean() < 15


@pytest.mark.parametrize(
    "quad",
    [
        box_quad(-50, -20, 60, 30),
        box_quad(380, 180, 460, 240),
        box_quad(-300, -300, -200, -280),
        box_quad(0, 0, 400, 200),
        box_quad(10, 10, 11.5, 11.5),
    ],
    ids=["over the corner", "over the far corner", "outside", "the whole photo", "a pixel"],
)
def test_beyond_the_photo_its_edge_goes_on(quad: Quad) -> None:
    assert (cut_strip(np.full((200, 400, 3), 77, np.uint8), quad, SHAPE) == 77).all()


def test_a_large_display_is_averaged_not_sampled() -> None:
    chequered = np.indices((800, 3200)).sum(axis=0) % 2 * 255
    photo = np.repeat(chequered[..., None], 3, axis=2).astype(np.uint8)
    strip = cut_strip(photo, box_quad(100, 100, 3100, 700), SHAPE)
    assert strip.std() < 12


def test_cutting_does_not_change_the_photo() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (100, 300, 3)).astype(np.uint8)
    photo.setflags(write=False)
    assert cut_strip(photo, BOX, SHAPE).flags.writeable


@pytest.mark.parametrize(("quad", "demand"), [(box_quad(0, 0, 2909, 533), 0.1), (box_quad(0, 0, 29, 533), 10)])
def test_demand_is_set_by_the_scarcer_side(quad: Quad, demand: float) -> None:
    assert SHAPE.demand(quad) == pytest.approx(demand, rel=0.01)


def test_spans_go_back_to_the_photo() -> None:
    left, _, right, _ = SHAPE.inset()
    middle = (left + right) / 2
    first, second = strip_spans(BOX, SHAPE, [(left, middle), (middle, right)])
    assert np.allclose(corners(first), corners(box_quad(10, 20, 60, 60)), atol=0.01)
    assert np.allclose(corners(second), corners(box_quad(60, 20, 110, 60)), atol=0.01)
    (upside_down,) = strip_spans(turned(BOX, 2), SHAPE, [(left, middle)])
    assert np.allclose(corners(upside_down), corners(turned(box_quad(60, 20, 110, 60), 2)), atol=0.01)
    assert strip_spans(BOX, SHAPE, []) == ()


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_quad_found_in_a_turned_image_is_turned_back(quarters: int) -> None:
    image = np.zeros((60, 100, 3), np.uint8)
    image[10:20, 30:70] = 255
    rows, columns = np.nonzero(np.rot90(image, quarters)[..., 0])
    found = box_quad(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    back = turned_back(found, image.shape[:2], quarters)
    assert back.bounds == (30, 10, 70, 20)
    assert round(back.angle) % 360 == 90 * quarters
