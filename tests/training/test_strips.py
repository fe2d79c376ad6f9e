"""Targets and cuts of the recogniser's training strips."""

from __future__ import annotations

import numpy as np
import pytest

from training.manifest import scene
from training.mixture import collate, drawn_cut
from training.recognizer_score import greedy, integer_part, matches
from training.strips import (
    ALPHABET,
    ANY,
    IGNORE,
    SIZE,
    STEPS,
    Cut,
    encode,
    jittered,
    scene_targets,
    strip_at,
    with_point,
)
from training.synth import draw_lcd_strip, draw_mechanical_strip


def record(**changes: object) -> dict[str, object]:
    base = {
        "image": "scenes/a/a.jpg", "id": "a", "source": "thai", "kind": "mechanical", "split": "train", "group": "a",
        "width": 640, "height": 480, "display": [10, 20, 210, 60], "reading": "00482", "decimals": 1, "quality": "ok",
        "shows": "kwh", "read_by": "eye",
    }  # fmt: skip
    return base | changes


def spelled(targets: tuple[int, ...] | None) -> str | None:
    """Targets as text, ``*`` for a digit that is there but not labelled."""
    return None if targets is None else "".join("*" if t == ANY else ALPHABET[t - 1] for t in targets)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "0048.2"),
        ({"decimals": 0}, "00482"),
        ({"decimals": None}, "00482"),
        ({"reading": "0048?"}, "0048.*"),
        ({"reading": "0048?", "kind": "lcd"}, "0048.?"),
        ({"reading": "00482", "also": "00483", "decimals": 0}, "00482"),
        ({"reading": "00483", "also": "00482", "decimals": 0}, "00482"),
        ({"reading": "00010", "also": "00009", "decimals": 0}, "00009"),
        ({"reading": "", "decimals": 0, "quality": "unreadable", "kind": "lcd"}, ""),
        ({"reading": "", "decimals": None, "quality": "unread"}, None),
    ],
)
def test_targets_of_a_scene(changes: dict[str, object], expected: str | None) -> None:
    assert spelled(scene_targets(scene(record(**changes)))) == expected


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [("009", "00066.00*"), ("09", "00066.09*"), ("0", "00066.0**"), ("", "00066")],
    ids=["last wheel open", "one zero lost", "zeros lost", "no red wheels"],
)
def test_targets_of_a_number_without_its_zeros(fraction: str, expected: str) -> None:
    fields = record(
        integer_value="66", fraction_digits=fraction, decimals=None, source="toloka_water", quality="unknown"
    )
    del fields["reading"]
    assert spelled(scene_targets(scene(fields))) == expected


@pytest.mark.parametrize(("digits", "decimals", "text"), [("00482", 2, "004.82"), ("5", 1, "5"), ("12", None, "12")])
def test_point(digits: str, decimals: int | None, text: str) -> None:
    assert with_point(digits, decimals) == text


def test_a_symbol_outside_the_alphabet_is_refused() -> None:
    with pytest.raises(ValueError, match="substring"):
        encode("12a")


def test_cut_keeps_the_display_inside_its_margin() -> None:
    image = np.zeros((200, 600, 3), np.uint8)
    image[60:140, 100:500] = 255
    quad = np.array([(100, 60), (500, 60), (500, 140), (100, 140)], dtype=np.float64)
    strip = strip_at(image, quad)
    assert strip.shape == (SIZE[1], SIZE[0], 3)
    assert strip[SIZE[1] // 2, SIZE[0] // 2].min() == 255
    assert strip[1, 1].max() == 0
    assert strip.mean() / 255 == pytest.approx(1 / (1.1 * 1.2), rel=0.05)


@pytest.mark.parametrize("draw", [draw_lcd_strip, draw_mechanical_strip])
def test_samples_of_drawn_strips(draw: object) -> None:
    rng = np.random.default_rng(3)
    samples = [jittered(drawn_cut(draw(rng)), rng) for _ in range(60)]  # type: ignore[operator]
    turned = [s for s in samples if s.upright == 0]
    assert turned
    assert all(s.targets == () and s.legible == IGNORE for s in turned)
    for sample in samples:
        assert sample.strip.shape == (SIZE[1], SIZE[0], 3)
        assert sample.turns.shape == (STEPS,)
        assert np.nanmin(sample.turns, initial=0.0) > -0.6
        assert np.nanmax(sample.turns, initial=0.0) < 1.1
    batch = collate(samples)
    assert batch.lengths.sum() == len(batch.targets)
    assert int(batch.labelled.sum()) == len(samples) - len(turned)


def test_turns_are_told_where_the_wheel_is() -> None:
    image = np.zeros((100, 400, 3), np.uint8)
    quad = np.array([(0, 0), (400, 0), (400, 100), (0, 100)], dtype=np.float64)
    digits = np.array([[(x, 0), (x + 80, 0), (x + 80, 100), (x, 100)] for x in (100, 300)], dtype=np.float64)
    cut = Cut(image, quad, encode("12"), 1, "drawn", digits=digits, turns=(0.0, 0.5))
    samples = [jittered(cut, np.random.default_rng(seed)) for seed in range(5)]
    for sample in samples:
        if sample.upright:
            assert 0 in sample.turns[: STEPS // 2]
            assert 0.5 in sample.turns[STEPS // 2 :]
            assert 0.5 not in sample.turns[: STEPS // 2]


@pytest.mark.parametrize(
    ("truth", "got", "right"),
    [("0048.2", "0048.2", True), ("0048.2", "00482", False), ("0048.?", "0048.7", True), ("0048.?", "0048..", False)],
)
def test_matches(truth: str, got: str, right: bool) -> None:
    assert matches(encode(truth), list(encode(got))) is right


def test_integer_part_has_no_leading_zeros() -> None:
    assert integer_part(encode("0048.2")) == list(encode("48"))
    assert integer_part(encode("000")) == list(encode("0"))


def test_greedy_joins_repeats_and_drops_blanks() -> None:
    import torch

    path = [0, 5, 5, 0, 5, 11, 0]
    logits = torch.nn.functional.one_hot(torch.tensor([path]), len(ALPHABET) + 1).float()
    assert greedy(logits) == [[5, 5, 11]]
