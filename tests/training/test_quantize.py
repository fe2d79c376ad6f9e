"""Models with integer convolutions: smaller, and they read the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from meterocr import MeterReader
from meterocr.vision.geometry import corners
from meterocr.vision.session import METADATA_KEY
from meterocr.vision.zoo import Role, find_model
from training.drawn_folder import write_folder
from training.manifest import load_scenes
from training.quantize import quantized


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("drawn"), 8)


@pytest.mark.parametrize(("role", "floats"), [(Role.DETECTOR, 15), (Role.RECOGNIZER, 30)])
def test_what_was_read_is_read_again(role: Role, floats: int, data: Path, tmp_path: Path) -> None:
    path = tmp_path / "quick.v1.onnx"
    source = find_model(role)
    model = quantized(source.path, data, path.stem)
    onnx.save(model, str(path))
    assert path.stat().st_size < 0.8 * source.path.stat().st_size
    integers = {w.name for w in model.graph.initializer if w.data_type == onnx.TensorProto.INT8}
    of_float = [n for n in model.graph.node if n.op_type == "Conv" and "DequantizeLinear" not in n.input[1]]
    assert len(integers) > 20
    assert len(of_float) >= floats
    told = json.loads({p.key: p.value for p in model.metadata_props}[METADATA_KEY])
    assert (told["id"], told["quantized_from"], told["role"]) == ("quick.v1", source.id, role)
    photos = [data / scene.image for scene in load_scenes(data) if scene.split == "val"]
    before, after = (list(reader.read_many(photos)) for reader in (MeterReader(), MeterReader(**{role: path})))
    assert [readout.text for readout in after] == [readout.text for readout in before]
    for old, new in zip(before, after, strict=True):
        assert np.allclose(corners(new.quad), corners(old.quad), atol=0.1 * old.quad.height)


def test_weights_leave_a_bit_free(data: Path) -> None:
    model = quantized(find_model(Role.DETECTOR).path, data, "quick.v1")
    weights = [onnx.numpy_helper.to_array(w) for w in model.graph.initializer if w.data_type == onnx.TensorProto.INT8]
    assert max(int(np.abs(w.astype(int)).max()) for w in weights if w.ndim == 4) <= 64


def test_a_file_that_says_nothing_of_itself_is_refused(data: Path, tmp_path: Path) -> None:
    model = onnx.load(str(find_model(Role.DETECTOR).path))
    del model.metadata_props[:]
    path = tmp_path / "mute.onnx"
    onnx.save(model, str(path))
    with pytest.raises(ValueError, match="expected the metadata entry"):
        quantized(path, data, "quick.v1")
