"""Models with integer convolutions: smaller, and they find and read the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from meterocr import MeterReader
from meterocr.vision.session import METADATA_KEY
from meterocr.vision.zoo import Role, find_model
from training.detector_net import build
from training.drawn_folder import write_folder
from training.export import DetectorGraph
from training.manifest import load_scenes
from training.onnx_file import Graph, run_onnx, write_onnx
from training.quantize import quantized

SIZE = 160


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("drawn"), 8)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector of floats that has learned nothing."""
    torch.manual_seed(4)
    net = build(2, {"box": 7.5, "cls": 0.5, "dfl": 1.5, "pose": 2.5}).eval().fuse(verbose=False)
    net.model[-1].export = net.model[-1].dynamic = True
    metadata = {"id": "floats.v1", "role": Role.DETECTOR, "input_size": SIZE, "certificates": ["none"]}
    graph = Graph("images", ("predictions",), {"images": {0: "n", 1: "h", 2: "w"}})
    path = tmp_path_factory.mktemp("floats") / "floats.v1.onnx"
    onnx.save(write_onnx(DetectorGraph(net), torch.zeros((2, SIZE, SIZE, 3), dtype=torch.uint8), graph, metadata), path)
    return path


def told(model: onnx.ModelProto) -> dict[str, object]:
    return json.loads({p.key: p.value for p in model.metadata_props}[METADATA_KEY])


def test_a_quantised_detector_finds_the_same_places(data: Path, detector: Path) -> None:
    model = quantized(detector, data, "quick.v1")
    assert len(model.SerializeToString()) < 0.7 * detector.stat().st_size
    assert told(model) == {
        "id": "quick.v1",
        "role": Role.DETECTOR,
        "input_size": SIZE,
        "certificates": [],
        "quantized_from": "floats.v1",
    }
    images = np.random.default_rng(1).integers(0, 256, (2, SIZE, SIZE, 3), dtype=np.uint8)
    (expected,), (got,) = run_onnx(onnx.load(detector), images), run_onnx(model, images)
    assert np.abs(got[..., :4] - expected[..., :4]).max() < 3  # px
    assert np.abs(got[..., 4:6] - expected[..., 4:6]).max() < 0.02
    assert np.abs(got[..., -8:] - expected[..., -8:]).max() < 3


def test_weights_leave_a_bit_free_and_corners_stay_floats(data: Path, detector: Path) -> None:
    model = quantized(detector, data, "quick.v1")
    weights = [onnx.numpy_helper.to_array(w) for w in model.graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert max(int(np.abs(w.astype(int)).max()) for w in weights if w.ndim == 4) <= 64
    produced = {name: node.op_type for node in model.graph.node for name in node.output}
    kinds = {n.name: produced.get(n.input[1]) for n in model.graph.node if n.op_type == "Conv"}
    assert {kind == "DequantizeLinear" for name, kind in kinds.items() if "cv4" in name} == {False}
    assert sum(kind == "DequantizeLinear" for kind in kinds.values()) > 40


def test_a_quantised_recogniser_reads_the_same(data: Path, tmp_path: Path) -> None:
    path, source = tmp_path / "quick.v1.onnx", find_model(Role.RECOGNIZER)
    onnx.save(quantized(source.path, data, path.stem), path)
    assert path.stat().st_size < 0.8 * source.path.stat().st_size
    photos = [data / scene.image for scene in load_scenes(data) if scene.split == "val"]
    before, after = (list(reader.read_many(photos)) for reader in (MeterReader(), MeterReader(recognizer=path)))
    assert [readout.text for readout in after] == [readout.text for readout in before]


def test_what_cannot_be_quantised_is_refused(data: Path, detector: Path, tmp_path: Path) -> None:
    again, mute = tmp_path / "again.onnx", tmp_path / "mute.onnx"
    onnx.save(quantized(detector, data, "quick.v1"), again)
    with pytest.raises(ValueError, match=r"expected a model of floats, got again\.onnx"):
        quantized(again, data, "quick.v2")
    model = onnx.load(detector)
    del model.metadata_props[:]
    onnx.save(model, mute)
    with pytest.raises(ValueError, match="expected the metadata entry"):
        quantized(mute, data, "quick.v1")
