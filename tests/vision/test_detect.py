import numpy as np
import pytest

from meterocr.readout import DisplayKind, Quad
from meterocr.vision.detect import Detector, decode, letterbox
from meterocr.vision.geometry import box_quad, corners, turned
from meterocr.vision.session import Session, detector_info
from meterocr.vision.zoo import Role

from .conftest import DETECTOR, WHEELS, detector_bytes, paint

INFO = detector_info(DETECTOR)
NAN = float("nan")


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(Session(detector_bytes(), Role.DETECTOR, threads=1))


def row(quad: Quad, lcd: float = 0.9, wheels: float = 0.0, box: Quad | None = None) -> list[float]:
    x0, y0, x1, y1 = (box or quad).bounds
    return [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, lcd, wheels, *corners(quad).ravel()]


def decoded(*rows: list[float]) -> list[tuple[DisplayKind, Quad, float]]:
    found = decode(np.array(rows, np.float32).reshape(-1, 14), INFO)
    return [(d.kind, d.quad, round(d.confidence, 3)) for d in found]


A, B = box_quad(10, 10, 110, 50), box_quad(200, 10, 300, 50)
SLANTED = Quad(((100, 200), (10, 180), (20, 130), (110, 150)))


@pytest.mark.parametrize(
    ("size", "long_side", "shape", "scale"),
    [
        ((300, 400), 416, (320, 416), 1.04),
        ((4000, 3000), 416, (416, 320), 0.104),
        ((31, 200), 416, (64, 416), 2.08),
        ((1, 5000), 416, (32, 416), 0.0832),
        ((1, 1), 416, (416, 416), 416),
        ((640, 640), 640, (640, 640), 1),
    ],
)
def test_letterbox_keeps_proportions(
    size: tuple[int, int], long_side: int, shape: tuple[int, int], scale: float
) -> None:
    out, came = letterbox(np.zeros((*size, 3), np.uint8), long_side)
    assert out.shape == (*shape, 3)
    assert came == pytest.approx(scale)
    assert out[0, 0].tolist() == [0, 0, 0]
    used = round(size[0] * scale), round(size[1] * scale)
    assert (out[max(1, used[0]) :] == 114).all()
    assert (out[:, max(1, used[1]) :] == 114).all()


def test_decode_gives_what_passes_the_threshold_best_first() -> None:
    assert decoded(row(A, 0.3), row(B, 0.1, 0.8), row(SLANTED, 0.2, 0.1)) == [
        (DisplayKind.MECHANICAL, B, 0.8),
        (DisplayKind.LCD, A, 0.3),
    ]


@pytest.mark.parametrize(
    ("quad", "box", "expected"),
    [
        (SLANTED, None, SLANTED),
        (turned(A, 2), None, turned(A, 2)),
        (Quad(((10, 10), (110, 50), (110, 10), (10, 50))), A, A),
        (Quad(A.points[::-1]), A, A),  # type: ignore[arg-type]
        (B, A, A),
    ],
    ids=["slanted", "upside down", "crossed", "mirrored", "elsewhere than the box"],
)
def test_corners_are_used_where_they_make_sense(quad: Quad, box: Quad | None, expected: Quad) -> None:
    assert decoded(row(quad, box=box)) == [(DisplayKind.LCD, expected, 0.9)]


@pytest.mark.parametrize(
    "values",
    [
        [NAN, 1, 10, 10, 0.9, 0, *[1] * 8],
        [5, 5, 0, 10, 0.9, 0, *[1] * 8],
        [5, 5, 10, -3, 0.9, 0, *[1] * 8],
        [5, 5, 10, 10, NAN, NAN, *[1] * 8],
    ],
)
def test_a_find_that_makes_no_sense_is_dropped(values: list[float]) -> None:
    assert decoded(values) == []


def test_without_finite_corners_the_box_counts() -> None:
    assert decoded([60, 30, 100, 40, 0.9, 0, *[NAN] * 8]) == [(DisplayKind.LCD, A, 0.9)]


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        (row(box_quad(14, 12, 112, 52), 0.8), 1),
        (row(box_quad(14, 12, 112, 52), 0.0, 0.8), 1),
        (row(box_quad(20, 15, 60, 45), 0.8), 1),
        (row(turned(A, 2), 0.8), 1),
        (row(B, 0.8), 2),
        (row(box_quad(10, 48, 110, 90), 0.8), 2),
    ],
    ids=["moved a little", "of another kind", "inside", "the other way round", "elsewhere", "touching"],
)
def test_one_place_is_one_display(other: list[float], kept: int) -> None:
    assert len(decoded(row(A), other)) == kept


def test_nothing_in_nothing_out(detector: Detector) -> None:
    assert decoded() == []
    assert detector.detect([]) == []
    assert detector.detect([np.zeros((50, 70, 3), np.uint8)]) == [()]


@pytest.mark.parametrize("size", [(600, 450), (450, 600), (1300, 900), (2400, 1800)])
def test_finds_displays_in_px_of_the_image(detector: Detector, size: tuple[int, int]) -> None:
    ((display,),) = detector.detect([paint("123", (50, 300, 350, 360), size=size, blue=WHEELS)])
    assert display.kind is DisplayKind.MECHANICAL
    assert display.confidence == pytest.approx(0.9)
    scale = max(size) / 416
    assert np.abs(np.subtract(display.quad.bounds, (50, 300, 350, 360))).max() < scale + 0.01


def test_a_batch_gives_what_single_images_give(detector: Detector) -> None:
    photos = [
        paint("123"),
        paint("45", (10, 20, 200, 80)),
        paint("6", (20, 20, 90, 100), size=(300, 500)),
        np.zeros((90, 90, 3), np.uint8),
    ]
    assert detector.detect(photos) == [detector.detect([photo])[0] for photo in photos]


def test_a_larger_input_can_be_asked_for(detector: Detector) -> None:
    ((display,),) = detector.detect([paint("1", (701, 501, 704, 503), size=(1200, 900))], input_size=1216)
    assert np.abs(np.subtract(display.quad.bounds, (701, 501, 704, 503))).max() < 1
