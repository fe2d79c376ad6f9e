import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from meterocr.certificate import Certificate, KindCount
from meterocr.errors import ModelError
from meterocr.readout import DisplayKind, Quantity
from meterocr.vision.detect import Detector
from meterocr.vision.recognize import Recognizer
from meterocr.vision.session import Session, detector_info, open_session, recognizer_info
from meterocr.vision.zoo import VARIABLE, Role

from .conftest import DETECTOR, RECOGNIZER, detector_bytes, recognizer_bytes

CERTIFICATE = Certificate(0.05, 0.9, (KindCount(DisplayKind.LCD, 100, 90, 0),), "0123", "display-toy.v1")


def test_runs_on_the_cpu_and_names_its_outputs() -> None:
    session = Session(recognizer_bytes(), Role.RECOGNIZER, threads=1)
    outputs = session.run(np.zeros((3, 64, 320, 3), np.uint8))
    assert [o.shape for o in outputs] == [(3, 40, 13), (3, 40), (3, 8), (3,), (3,)]
    assert session._session.get_providers() == ["CPUExecutionProvider"]


def test_reads_what_the_detector_says_of_itself() -> None:
    info = detector_info(DETECTOR)
    assert (info.id, info.input_size, info.threshold) == ("display-toy.v1", 416, 0.25)
    assert info.classes == (DisplayKind.LCD, DisplayKind.MECHANICAL)


def test_reads_what_the_recognizer_says_of_itself() -> None:
    info = recognizer_info(RECOGNIZER)
    assert (info.width, info.height, info.margin, info.temperature) == (320, 64, (0.05, 0.1), 1.0)
    assert info.shows[0] is Quantity.KWH
    assert info.certificates == ()
    assert recognizer_info({**RECOGNIZER, "certificates": [CERTIFICATE.to_dict()]}).certificates == (CERTIFICATE,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "expected id as text"),
        ({"data_hash": None}, "expected data_hash as text"),
        ({"input_size": 400}, "multiple of 32"),
        ({"input_size": "416"}, "expected input_size from"),
        ({"input_size": True}, "expected input_size from"),
        ({"threshold": 1.5}, "expected threshold from 0 to 1"),
        ({"classes": ["lcd", "sundial"]}, "expected classes out of"),
        ({"classes": []}, "expected classes as a list"),
    ],
)
def test_refuses_a_detector_that_makes_no_sense(change: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        detector_info({**DETECTOR, **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"alphabet": "0123x"}, "expected an alphabet"),
        ({"alphabet": "00"}, "every symbol once"),
        ({"margin": [0.1]}, "two fractions"),
        ({"margin": [0.1, -1]}, "two fractions"),
        ({"margin": ["a", 0.1]}, "two fractions"),
        ({"temperature": 0}, "expected temperature from"),
        ({"legible_threshold": None}, "expected legible_threshold"),
        ({"shows": ["kwh", "joule"]}, "expected shows out of"),
        ({"certificates": {}}, "expected certificates as a list"),
        ({"certificates": [{}]}, "expected certificates in the model's metadata: expected a certificate as an object"),
        ({"certificates": [CERTIFICATE.to_dict() | {"target_risk": 0.01}]}, "expected a risk of at most 0.01"),
    ],
)
def test_refuses_a_recognizer_that_makes_no_sense(change: dict[str, object], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        recognizer_info({**RECOGNIZER, **change})


def test_opens_a_file_and_what_the_index_names(toy_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(toy_models))
    for model in (None, "counter-toy.v1", toy_models / "counter-toy.v1.onnx"):
        assert open_session(Role.RECOGNIZER, model, threads=1).metadata["id"] == "counter-toy.v1"
    with pytest.raises(ModelError, match="expected a recognizer at "):
        open_session(Role.RECOGNIZER, toy_models / "counter-toy.v9.onnx")


@pytest.mark.parametrize("data", [b"", b"not a model", detector_bytes()[:500]])
def test_refuses_what_is_no_model(data: bytes) -> None:
    with pytest.raises(ModelError, match="expected an ONNX model that runs on the CPU as detector"):
        Session(data, Role.DETECTOR)


def test_refuses_a_model_for_something_else() -> None:
    with pytest.raises(ModelError, match="expected one uint8 input 'strips' of a recognizer"):
        Session(detector_bytes(), Role.RECOGNIZER)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, "expected JSON in the model's metadata"),
        ({"meterocr": "{"}, "expected JSON in the model's metadata"),
        ({"meterocr": "[]"}, "expected the metadata of a detector"),
        ({"meterocr": json.dumps({"role": "recognizer"})}, "expected the metadata of a detector"),
    ],
)
def test_refuses_a_model_that_does_not_describe_itself(properties: dict[str, str], said: str) -> None:
    model = onnx.load_from_string(detector_bytes())
    helper.set_model_props(model, properties)
    with pytest.raises(ModelError, match=said):
        Session(model.SerializeToString(), Role.DETECTOR)


def test_refuses_a_model_without_its_outputs() -> None:
    model = onnx.load_from_string(recognizer_bytes())
    del model.graph.output[1]
    with pytest.raises(ModelError, match="expected outputs"):
        Session(model.SerializeToString(), Role.RECOGNIZER)


def test_refuses_outputs_of_another_size_than_promised() -> None:
    with pytest.raises(ModelError, match="expected 13 values in the model's output 'predictions', got 14"):
        Detector(Session(detector_bytes(classes=["lcd"]), Role.DETECTOR))
    with pytest.raises(ModelError, match="expected 12 values in the model's output 'symbols', got 13"):
        Recognizer(Session(recognizer_bytes(alphabet="0123456789."), Role.RECOGNIZER))


def test_nothing_is_written_beside_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Session(detector_bytes(), Role.DETECTOR)
    assert list(tmp_path.iterdir()) == []
