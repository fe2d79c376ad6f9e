"""Pictures of evaluations and trainings: drawn from what they are given, and small where a card wants it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from meterocr import DisplayKind, Models, Readout
from training import plots
from training.cases import Case
from training.gallery import Failure
from training.metrics import Truth


def case(name: str, *, confidence: float, right: bool) -> Case:
    text = "00482" if right else "00481"
    truth = Truth(readings=("00482",), decimals=0)
    return Case(name, "here", "lcd", "ok", truth, True, True, text, confidence, retake=False)


CASES = [case(str(i), confidence=i / 40, right=i > 20) for i in range(40)]


def test_reliability_says_how_many_photos_stand_behind_each_point() -> None:
    (axes,) = plots.reliability(CASES).axes
    assert [int(text.get_text()) for text in axes.texts] == [4] * 10
    shares = axes.lines[1].get_ydata()
    assert list(shares) == [0, 0, 0, 0, 0, 0.75, 1, 1, 1, 1]


def test_risk_coverage_has_a_curve_for_each_pool_that_has_photos() -> None:
    (axes,) = plots.risk_coverage(CASES).axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "lcd, ok or hard" in names
    assert "mechanical, ok or hard" not in names
    assert axes.lines[0].get_ydata()[-1] == pytest.approx(100 * 21 / 40)


def test_learning_curves_show_loss_and_scores(tmp_path: Path) -> None:
    rows = [{"step": s, "loss": 4 / s, "scores": {"thai": {"whole": s / 10}}} for s in (1, 2)]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    left, right = plots.learning_curves(tmp_path / "log.jsonl").axes
    assert list(left.lines[0].get_ydata()) == [4, 2]
    assert list(right.lines[0].get_ydata()) == [0.1, 0.2]


def test_slots_show_the_strip_above_the_symbols() -> None:
    symbols = np.eye(13)[:10]
    top, bottom, _ = plots.slots(np.zeros((48, 320, 3), np.uint8), symbols, "0123456789.?").axes
    assert len(top.images) == 1
    assert np.array_equal(bottom.images[0].get_array(), symbols.T)
    assert [label.get_text() for label in bottom.get_yticklabels()] == ["nothing", *"0123456789.?"]


@pytest.mark.parametrize(("count", "grid"), [(1, 1), (4, 4), (5, 8)])
def test_pictures_stand_in_rows(count: int, grid: int) -> None:
    images = {f"{i}": np.zeros((10, 20, 3), np.uint8) for i in range(count)}
    axes = plots.pictures(images).axes
    assert len(axes) == grid
    assert [a.get_title() for a in axes if a.images] == [str(i) for i in range(count)]


def test_no_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="got none"):
        plots.pictures({})


def test_a_failure_is_shown_with_truth_and_reading() -> None:
    readout = Readout("p", "0" * 64, 64, 48, Models("d.v1", "r.v1"), retake=True)
    photo = np.zeros((48, 64, 3), np.uint8)
    failed = Failure(case("m1", confidence=0.7, right=False), "one digit", photo, readout, None, (5, 5, 40, 20))
    (axes,) = plots.failures([failed]).axes
    assert axes.get_title() == "m1: one digit\n00482 / read 00481 (0.70)"


def test_the_same_figure_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        plots.save(plots.reliability(CASES), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_card_is_small(tmp_path: Path) -> None:
    plots.save_small(plots.card(CASES, f"{DisplayKind.LCD} photos"), tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size < 40_000
    with Image.open(tmp_path / "c.png") as picture:
        assert picture.width > 600
