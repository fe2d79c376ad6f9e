"""``MeterReader(max_risk=...)``: readings are sure as far as the recogniser's certificates go."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from meterocr.certificate import Certificate, KindCount
from meterocr.errors import SettingError
from meterocr.issue import Issue
from meterocr.readout import DisplayKind
from meterocr.vision.reader import MeterReader
from meterocr.vision.zoo import VARIABLE

from .conftest import detector_bytes, paint, recognizer_bytes, write_models

SOFT = 3.2  # the temperature at which a toy reading has a confidence of about 0.73


def certified_for(risk: float, threshold: float, *, detector: str = "display-toy.v1") -> dict[str, object]:
    kinds = (KindCount(DisplayKind.LCD, 4000, 3500, 0),)
    return Certificate(risk, threshold, kinds, "0123", detector).to_dict()


CERTIFICATES = [certified_for(0.05, 0.3), certified_for(0.02, 0.75), certified_for(0.01, 0.995)]


@pytest.fixture(scope="module")
def certified_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Toy models that are not too sure, certified for 5, 2 and 1 %."""
    folder = tmp_path_factory.mktemp("certified")
    soft = recognizer_bytes(temperature=SOFT, certificates=CERTIFICATES)
    write_models(folder, {"detector": detector_bytes(), "recognizer": soft})
    return folder


@pytest.mark.parametrize(
    ("max_risk", "threshold", "doubtful"),
    [
        (None, None, True),  # as without certificates: 0.73 is below 0.8
        (0.05, 0.3, False),
        (0.2, 0.3, False),
        (0.04, 0.75, True),
        (0.02, 0.75, True),
        (0.01, 0.995, True),
    ],
)
def test_max_risk_decides_what_is_sure(
    certified_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    max_risk: float | None,
    threshold: float | None,
    doubtful: bool,
) -> None:
    monkeypatch.setenv(VARIABLE, str(certified_models))
    held, plain = MeterReader(threads=1, max_risk=max_risk), MeterReader(threads=1)
    readout, before = held.read(paint("00482.1")), plain.read(paint("00482.1"))
    assert 0.7 < readout.confidence < 0.75
    assert (held.certificate and held.certificate.threshold) == threshold
    assert readout.issues == ((Issue.LOW_CONFIDENCE,) if doubtful else ())
    assert readout.needs_person is doubtful
    assert replace(readout, issues=(), timings_ms={}) == replace(before, issues=(), timings_ms={})


def test_max_risk_never_lets_an_unread_digit_pass(certified_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(certified_models))
    readout = MeterReader(threads=1, max_risk=0.05).read(paint("482.?"))
    assert readout.issues == (Issue.UNREAD_DIGITS,)
    assert readout.needs_person


def test_a_reading_at_the_threshold_is_sure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_models(tmp_path, {"detector": detector_bytes(), "recognizer": recognizer_bytes(temperature=SOFT)})
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    seen = MeterReader(threads=1).read(paint("00482.1")).confidence
    for threshold, doubtful in ((seen, False), (float(np.nextafter(seen, 1)), True)):
        soft = recognizer_bytes(temperature=SOFT, certificates=[certified_for(0.02, threshold)])
        write_models(tmp_path, {"detector": detector_bytes(), "recognizer": soft})
        assert MeterReader(threads=1, max_risk=0.02).read(paint("00482.1")).needs_person is doubtful


@pytest.mark.parametrize(
    ("max_risk", "said"),
    [
        (0.005, r"expected a max_risk .*\(5 %, 2 %, 1 %\), got 0.5 %: that would take at least 598 photos"),
        (0.0, "expected max_risk between 0 and 1"),
        (1.5, "expected max_risk between 0 and 1"),
    ],
)
def test_refuses_a_risk_that_is_not_certified(
    certified_models: Path, monkeypatch: pytest.MonkeyPatch, max_risk: float, said: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(certified_models))
    with pytest.raises(SettingError, match=said):
        MeterReader(max_risk=max_risk)


def test_refuses_a_certificate_of_another_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    recognizer = recognizer_bytes(certificates=[certified_for(0.05, 0.9, detector="display-other.v1")])
    write_models(tmp_path, {"detector": detector_bytes(), "recognizer": recognizer})
    with pytest.raises(SettingError, match=r"counter-toy.v1 with display-toy.v1 .*\(it has no certificate\)"):
        MeterReader(max_risk=0.05)
