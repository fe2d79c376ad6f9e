"""Scoring rules as tables; each row says what is compared and what must come out."""

from __future__ import annotations

import math
import random

import pytest

from training import metrics
from training.metrics import Count, Score, Truth


def readings(*texts: str, decimals: int | None = 0) -> Truth:
    return Truth(readings=texts, decimals=decimals)


RIGHT = Score(digits=True, integer=True, decimals=True, whole=True)
WRONG = Score(digits=False, integer=False, decimals=False, whole=False)


@pytest.mark.parametrize(
    ("truth", "text", "expected"),
    [
        (readings("004821", decimals=1), "00482.1", RIGHT),
        (readings("00506"), "00506", RIGHT),
        # leading zeros: the number is right, the string is not; zero places must be zeros
        (readings("004821", decimals=1), "482.1", Score(False, True, True, False)),
        (readings("00506"), "506", Score(False, True, True, False)),
        (readings("00506"), "10506", Score(False, False, True, False)),
        # the point
        (readings("004821", decimals=1), "004821", Score(True, False, False, False)),
        (readings("004821", decimals=1), "0048.21", Score(True, False, False, False)),
        (readings("00506"), "0050.6", Score(True, False, False, False)),
        (readings("0048210", decimals=2), "00482.1", Score(False, True, False, False)),
        # the last, small digit
        (readings("004821", decimals=1), "00482.7", Score(False, True, False, False)),
        (readings("004821", decimals=1), "00481.1", Score(False, False, True, False)),
        # "?" in the truth matches anything, in the prediction only "?"
        (readings("08142?", decimals=1), "08142.6", RIGHT),
        (readings("08142?", decimals=1), "08142.?", RIGHT),
        (readings("08142?", decimals=1), "08142", Score(False, True, False, False)),
        (readings("?79349", decimals=1), "57934.9", RIGHT),
        (readings("?79349", decimals=1), "7934.9", Score(False, True, True, False)),
        (readings("081426", decimals=1), "08142.?", Score(False, True, False, False)),
        (readings("00506"), "0050?", Score(False, False, True, False)),
        # a wheel in transition: either reading is right, a mixture is not
        (readings("00402", "00403"), "00403", RIGHT),
        (readings("00099", "00100"), "00100", RIGHT),
        (readings("00099", "00100"), "00109", Score(False, False, True, False)),
        (readings("00099", "00100"), "100", Score(False, True, True, False)),
        # number of decimals unknown: digits count, wherever the point is
        (readings("0000793", decimals=None), "00007.93", Score(True, True, None, True)),
        (readings("0000793", decimals=None), "793", Score(False, True, None, False)),
        (readings("0000793", decimals=None), "0000794", Score(False, False, None, False)),
        (readings("0000793", decimals=None), "", Score(False, False, None, False)),
        # a refusal is wrong in every part
        (readings("00506"), "", WRONG),
        # bare numbers: zeros lost on both sides
        (Truth(number=("66", "009")), "00066.009", RIGHT),
        (Truth(number=("95", "91")), "95.910", RIGHT),
        (Truth(number=("10", "")), "00010", RIGHT),
        (Truth(number=("10", "")), "00010.000", RIGHT),
        (Truth(number=("10", "")), "00001", Score(False, False, True, False)),
        (Truth(number=("66", "009")), "00066009", Score(True, False, False, False)),
        (Truth(number=("66", "009")), "00066", Score(False, True, False, False)),
        (Truth(number=("66", "009")), "00067.009", Score(False, False, True, False)),
        (Truth(number=("66", "009")), "00066.00?", Score(False, True, False, False)),
        (Truth(number=("66", "009")), "", WRONG),
    ],
)
def test_score(truth: Truth, text: str, expected: Score) -> None:
    assert metrics.score(truth, text) == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [("00482.1", True), ("482.1", True), ("000482.1", True), ("00482.7", False), ("00482", False), ("004821", False)],
)
def test_the_right_number_may_have_any_leading_zeros(text: str, right: bool) -> None:
    assert metrics.score(readings("004821", decimals=1), text).number is right


def test_where_the_point_is_unknown_the_digits_are_the_number() -> None:
    assert metrics.score(readings("0000793", decimals=None), "793").number


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either readings or a number"),
        ({"readings": ("1",), "number": ("1", "")}, "either readings or a number"),
        ({"readings": ("12a",)}, "expected digits"),
        ({"readings": ("1.2",)}, "expected digits"),
        ({"number": ("1", "x")}, "expected digits"),
        ({"readings": ("12",), "decimals": 2}, "more digits than decimals"),
        ({"readings": ("12",), "decimals": -1}, "more digits than decimals"),
    ],
)
def test_truth_refuses(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Truth(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("truth", "text"),
    [
        (readings("004821", decimals=1), "00482.1"),
        (readings("00402", "00403"), "00402 / 00403"),
        (Truth(number=("66", "009")), "66.009"),
        (Truth(number=("66", "")), "66"),
    ],
)
def test_truth_as_text(truth: Truth, text: str) -> None:
    assert str(truth) == text


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (2, 2, 4, 4), 0.04),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),  # touching is not overlapping
        ((0, 0, 10, 10), (20, 20, 30, 30), 0.0),
    ],
)
def test_box_iou(a: metrics.Box, b: metrics.Box, expected: float) -> None:
    assert metrics.box_iou(a, b) == pytest.approx(expected)
    assert metrics.box_iou(b, a) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (10, 10, 0.7225, 1.0),
        (0, 10, 0.0, 0.2775),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I
    ],
)
def test_wilson_interval(right: int, total: int, low: float, high: float) -> None:
    assert Count(right, total).interval() == pytest.approx((low, high), abs=1e-4)


def test_counts() -> None:
    assert str(Count(3, 4)) == "75.0 % (3/4)"
    assert str(Count(0, 0)) == "-"
    assert Count(0, 0).to_dict()["share"] is None
    assert metrics.count([1, 2, 3, 4], lambda n: None if n == 4 else n > 1) == Count(2, 3)
    with pytest.raises(ValueError, match="right <= total"):
        Count(5, 4)


def test_risk_coverage_keeps_ties_together() -> None:
    points = metrics.risk_coverage([0.9, 0.5, 0.9, 0.1], [True, False, False, True])
    assert [(p.threshold, p.kept, p.wrong) for p in points] == [(0.9, 2, 1), (0.5, 3, 2), (0.1, 4, 2)]
    assert (points[1].coverage, points[1].risk) == (0.75, pytest.approx(2 / 3))
    assert metrics.risk_coverage([], []) == []


@pytest.mark.parametrize(
    ("confidences", "right", "coverage", "expected", "threshold"),
    [
        ([0.9, 0.8, 0.7, 0.1], [True, True, True, False], 0.75, Count(3, 3), 0.7),
        ([0.9, 0.8, 0.7, 0.1], [True, True, True, False], 1.0, Count(3, 4), 0.1),
        ([0.1 * i for i in range(10)], [i > 0 for i in range(10)], 0.9, Count(9, 9), 0.1),
        ([0.5, 0.5], [True, False], 0.5, Count(0, 1), 0.5),  # ties count against
        ([], [], 0.9, Count(0, 0), math.inf),
    ],
)
def test_precision_at(
    confidences: list[float], right: list[bool], coverage: float, expected: Count, threshold: float
) -> None:
    assert metrics.precision_at(confidences, right, coverage=coverage) == metrics.Kept(expected, threshold)


@pytest.mark.parametrize("coverage", [0.0, -0.1, 1.5, math.nan])
def test_precision_at_refuses(coverage: float) -> None:
    with pytest.raises(ValueError, match="expected a coverage"):
        metrics.precision_at([0.5], [True], coverage=coverage)


def test_few_answers_look_miscalibrated_even_with_perfect_confidences() -> None:
    dice = random.Random(4)
    confidences = [dice.random() for _ in range(300)]
    errors = []
    for _ in range(200):
        bins = metrics.reliability(confidences, [dice.random() < c for c in confidences])
        errors.append(metrics.expected_calibration_error(bins))
    assert metrics.calibration_noise(bins) == pytest.approx(sum(errors) / len(errors), rel=0.1)
    assert math.isnan(metrics.calibration_noise([]))


def test_reliability_and_calibration_error() -> None:
    bins = metrics.reliability([0.95, 1.0, 0.05, 0.15], [True, True, False, True])
    assert [(b.low, b.high, b.right) for b in bins] == [
        (0.0, 0.1, Count(0, 1)),
        (0.1, 0.2, Count(1, 1)),
        (0.9, 1.0, Count(2, 2)),
    ]
    assert metrics.expected_calibration_error(bins) == pytest.approx((0.05 + 0.85 + 2 * 0.025) / 4)
    assert math.isnan(metrics.expected_calibration_error([]))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3, 1, 2], 0.5, 2), ([3, 1, 2], 1.0, 3), (list(range(1, 101)), 0.95, 95), ([7], 0.01, 7)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert metrics.percentile(values, share) == expected


def test_percentile_of_nothing() -> None:
    assert math.isnan(metrics.percentile([], 0.5))


@pytest.mark.parametrize(
    ("lost", "won", "expected"),
    [
        (0, 0, 1.0),
        (3, 3, 1.0),
        (0, 5, 0.0625),
        (0, 6, 0.03125),
        (1, 9, 22 / 1024),
        (10, 20, 0.0987371),
        (59, 6, 4.96465e-12),
    ],
)
def test_mcnemar(lost: int, won: int, expected: float) -> None:
    assert metrics.mcnemar(lost, won) == pytest.approx(expected, rel=1e-5)
    assert metrics.mcnemar(won, lost) == metrics.mcnemar(lost, won)
