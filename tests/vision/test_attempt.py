from collections.abc import Sequence

import numpy as np
import pytest

from meterocr.readout import Display, DisplayKind, Quad, Quantity
from meterocr.vision.attempt import SURE_FROM, Attempt, digits, further_views, second_tries
from meterocr.vision.decode import Decoded, Place
from meterocr.vision.geometry import StripShape, area, box_quad, iou, turned
from meterocr.vision.image import load_photo
from meterocr.vision.locate import look_at
from meterocr.vision.recognize import Recognition

SHAPE = StripShape(320, 64, (0.0, 0.0))
WIDE, HIGH = box_quad(240, 260, 560, 324), box_quad(380, 100, 420, 300)
LOOK = look_at(load_photo(np.zeros((600, 800, 3), np.uint8)))


def attempt(
    quad: Quad = WIDE,
    *,
    text: str = "482",
    steps: Sequence[float] = (5, 15, 25),
    upright: float = 1.0,
    confidence: float = 0.9,
) -> Attempt:
    places = tuple(Place(s, 0.9, step, round(step)) for s, step in zip(text, steps, strict=False))
    turn = np.zeros(40)
    turn[15] = 0.6
    recognition = Recognition(np.zeros((40, 13)), turn, Quantity.KWH, upright, 0.9)
    display = Display(DisplayKind.MECHANICAL, quad, 0.9)
    strip = np.zeros((64, 320, 3), np.uint8)
    return Attempt(display, strip, recognition, Decoded(text, confidence, (), places))


RIVAL = Display(DisplayKind.LCD, box_quad(240, 400, 560, 464), 0.8)


@pytest.mark.parametrize(
    ("first", "others", "quads"),
    [
        (attempt(), (RIVAL,), []),
        (attempt(upright=0.2), (), [turned(WIDE, 2)]),
        (attempt(upright=0.9), (), [turned(WIDE, 2)]),
        (attempt(confidence=0.7), (), []),
        (attempt(HIGH), (), [turned(HIGH, 1), turned(HIGH, 3)]),
        (attempt(HIGH, upright=0.2), (), [turned(HIGH, 2), turned(HIGH, 1), turned(HIGH, 3)]),
        (attempt(text="", confidence=0.0), (RIVAL,), [RIVAL.quad]),
        (attempt(text="", confidence=0.0, upright=0.9), (RIVAL,), [turned(WIDE, 2), RIVAL.quad]),
        (attempt(text="", confidence=0.0), (Display(DisplayKind.LCD, box_quad(0, 0, 40, 10), 0.8),), []),
    ],
    ids=[
        "read",
        "upside down",
        "sure, and perhaps upside down",
        "unsure, but surely upright",
        "high",
        "high and upside down",
        "nothing read, a rival",
        "nothing read, perhaps upside down, a rival",
        "nothing read, no rival",
    ],
)
def test_second_tries(first: Attempt, others: tuple[Display, ...], quads: list[Quad]) -> None:
    assert [d.quad for d in second_tries(first, (first.display, *others), LOOK)] == quads


@pytest.mark.parametrize(
    ("first", "asked"),
    [(attempt(confidence=SURE_FROM), False), (attempt(confidence=0.7), True), (attempt(text="", confidence=0), False)],
    ids=["sure", "unsure", "nothing read"],
)
def test_further_views_are_asked_only_of_an_unsure_reading(first: Attempt, asked: bool) -> None:
    views = further_views(first)
    assert bool(views) is asked
    assert len({view.quad for view in views} | {first.display.quad}) == len(views) + 1
    assert all(iou(view.quad, first.display.quad) > 0.75 and area(view.quad) > 0 for view in views)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (attempt(confidence=0.9), attempt(confidence=0.8)),
        (attempt(confidence=0.8, upright=1.0), attempt(confidence=0.9, upright=0.6)),
        (attempt(text="", confidence=0.0, upright=0.9), attempt(text="", confidence=0.0, upright=0.1)),
    ],
    ids=["surer", "the right way up", "nothing read, but the right way up"],
)
def test_rank(better: Attempt, worse: Attempt) -> None:
    assert better.rank > worse.rank


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        ((5, 15, 25), [(4, 84), (84, 164), (164, 244)]),
        ((5, 15, 20), [(14, 74), (94, 144), (144, 194)]),
        ((20,), [(144.8, 183.2)]),
        ((), []),
    ],
    ids=["even", "closer at the end", "one", "none"],
)
def test_digits_are_as_wide_as_they_stand_apart(steps: tuple[float, ...], columns: list[tuple[float, float]]) -> None:
    found = digits(attempt(steps=steps, text="482"[: len(steps)]), SHAPE)
    spans = [(d.quad.bounds[0] - WIDE.bounds[0], d.quad.bounds[2] - WIDE.bounds[0]) for d in found]
    assert np.allclose(spans, columns, atol=0.1)


@pytest.mark.parametrize("steps", [(5, 7, 30), (0, 1, 2), (0, 38, 39)])
def test_digits_do_not_overlap(steps: tuple[float, ...]) -> None:
    bounds = [d.quad.bounds for d in digits(attempt(steps=steps), SHAPE)]
    edges = [x for x0, _, x1, _ in bounds for x in (x0, x1)]
    assert np.all(np.diff(edges) >= -1e-3)


def test_turns_are_looked_up_where_the_digit_is() -> None:
    assert [d.turn for d in digits(attempt(), SHAPE)] == [0.0, 0.6, 0.0]
    assert [d.in_transition for d in digits(attempt(), SHAPE)] == [False, True, False]


def test_a_turn_is_as_exact_as_json_has_it() -> None:
    one = attempt()
    one.recognition.turn[15] = 0.204  # 0.2 in JSON: not in transition, before as after
    assert [d.turn for d in digits(one, SHAPE)] == [0.0, 0.2, 0.0]
