"""The temperature comes out as it was put in, and finds its way into the model file."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meterocr import Certificate, DisplayKind
from meterocr.certificate import KindCount
from meterocr.vision import zoo
from meterocr.vision.decode import beam_search
from meterocr.vision.session import open_session, recognizer_info
from tests.vision.conftest import detector_bytes, recognizer_bytes, write_models
from training import calibrate
from training.calibrate import Sighted

ALPHABET = "0123456789.?"


def logits_of(text: str, rng: np.random.Generator, *, steps: int = 12) -> NDArray[np.float64]:
    """Steps that say ``text``, each symbol followed by a blank, with doubt here and there."""
    rows = rng.normal(0, 0.3, (steps, len(ALPHABET) + 1))
    rows[:, 0] += 8
    for i, symbol in enumerate(text):
        rows[2 * i] = rng.normal(0, 0.3, rows.shape[1])
        rows[2 * i, ALPHABET.index(symbol) + 1] += rng.uniform(4, 10)
    return rows


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


@pytest.mark.parametrize("text", ["7", "00482", "482.1", "1122?"])
def test_log_likelihood_is_the_sum_over_alignments(text: str) -> None:
    logits = logits_of(text, np.random.default_rng(1))
    found = dict(beam_search(softmax(logits), ALPHABET, beams=400))
    classes = [ALPHABET.index(c) + 1 for c in text]
    likelihood = calibrate.log_likelihood(np.log(softmax(logits)), classes)
    assert math.exp(likelihood) == pytest.approx(found[text], rel=1e-3)


def test_log_likelihood_of_what_does_not_fit() -> None:
    even = np.log(np.full((3, 4), 0.25))
    assert calibrate.log_likelihood(even, [1, 1, 1]) == -math.inf  # needs blanks between: five steps


def rows_at(temperature: float, *, count: int = 150) -> list[Sighted]:
    """Readings of a net that is too sure of itself by ``temperature``."""
    rng = np.random.default_rng(3)
    rows = []
    for i in range(count):
        text = "".join(rng.choice(list("0123456789"), 5))
        logits = logits_of(text, rng)
        classes = tuple(ALPHABET.index(c) + 1 for c in text)
        sure = calibrate.confidence(Sighted(logits, classes, 1.0, True, ""), 1.0)
        rows.append(Sighted(logits * temperature, classes, 1.0, bool(rng.random() < sure), f"meter-{i % 50}"))
    return rows


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.5])
def test_fit_finds_the_temperature(temperature: float) -> None:
    rows = rows_at(temperature)
    found = calibrate.fit(rows)
    assert found == pytest.approx(temperature, rel=0.2)
    assert calibrate.mean_loss(rows, found) <= calibrate.mean_loss(rows, 1.0) + 1e-6


def test_held_out_and_report() -> None:
    rows = rows_at(2.5, count=60)
    assert all(0 <= c <= 1 for c in calibrate.held_out(rows))
    assert "60 displays" in calibrate.report(rows, 2.5)


def test_fit_refuses_nothing() -> None:
    with pytest.raises(ValueError, match="got none"):
        calibrate.fit([])


@pytest.mark.parametrize("valley", [-2.9, 0.0, 1.7, 3.0])
def test_golden_section(valley: float) -> None:
    assert calibrate.golden_section(lambda x: (x - valley) ** 2, -3, 3) == pytest.approx(valley, abs=5e-3)


def test_temperature_is_written_and_certificates_of_another_one_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate(0.05, 0.9, (KindCount(DisplayKind.LCD, 100, 90, 0),), "0123", "display-toy.v1")
    recognizer = recognizer_bytes(certificates=[certificate.to_dict()])
    write_models(tmp_path, {"detector": detector_bytes(), "recognizer": recognizer})
    monkeypatch.setenv(zoo.VARIABLE, str(tmp_path))
    monkeypatch.setattr(calibrate, "sighted", lambda *_: rows_at(2.5, count=20))
    monkeypatch.setattr(sys, "argv", ["calibrate", "--models", str(tmp_path), "--write"])
    calibrate.main()
    info = recognizer_info(open_session(zoo.Role.RECOGNIZER, None).metadata)
    assert info.temperature == round(calibrate.fit(rows_at(2.5, count=20)), 4)
    assert info.certificates == ()
