"""Corners found by a net, fitted to the labelled box."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.test_manifest import NUMBER, SCENE
from training.detector_score import box_of, turned
from training.manifest import scene
from training.refine import agreed, fitted, turned_back

BOX = (100.0, 100.0, 300.0, 150.0)


def leaning(degrees: float) -> np.ndarray:
    """A display of 196 x 36 px about the middle of :data:`BOX`."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.array([(-98, -18), (98, -18), (98, 18), (-98, 18)]) @ turn + (200, 125)


def test_fitted_corners_fill_the_box() -> None:
    quad = fitted(leaning(4), BOX)
    assert box_of(quad) == pytest.approx(BOX)
    assert quad[1, 1] > quad[0, 1]


@pytest.mark.parametrize("quarters", range(4))
def test_turning_back(quarters: int) -> None:
    points = np.array([(3.0, 4.0), (40.0, 20.0)])
    _, there = turned(np.zeros((30, 50, 3), np.uint8), points, quarters)
    np.testing.assert_allclose(turned_back(there, np.array([50.0, 30.0]), quarters), points)


@pytest.mark.parametrize(
    ("score", "quad", "source", "taken"),
    [
        (0.9, leaning(4), "thai", True),
        (0.9, leaning(-4), "thai", True),
        (0.2, leaning(4), "thai", False),  # not sure
        (0.9, leaning(4) + 90, "thai", False),  # elsewhere
        (0.9, leaning(40), "thai", False),  # leans too much
        (0.9, leaning(184), "toloka_water", True),
    ],
)
def test_only_finds_that_fill_the_box_are_taken(score: float, quad: np.ndarray, source: str, taken: bool) -> None:
    record = {**(NUMBER if source == "toloka_water" else SCENE), "source": source, "display": list(BOX)}
    assert (agreed([(score, quad)], scene(record)) is not None) is taken


def test_finds_that_agree_are_averaged_and_others_left_out() -> None:
    record = scene({**NUMBER, "source": "toloka_water", "display": list(BOX)})
    got = agreed([(0.9, leaning(2)), (0.9, leaning(184)), (0.9, leaning(6))], record)
    assert got is not None
    np.testing.assert_allclose(got, fitted(leaning(4), BOX), atol=0.5)
