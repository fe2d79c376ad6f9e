"""Make a released model quicker: ``python -m training.quantize models/ID.onnx DATA models/NEW_ID.onnx``.

Convolutions are computed with 8-bit integers instead of floats, with the ranges that the activations have on train
photos (static quantisation, one scale a channel of weights). Weights take 7 of the 8 bits: then no processor can
overflow on the way, and a photo is read alike with and without VNNI instructions. What places corners, the last layer
of each branch, and in the recogniser everything but the wide pointwise convolutions stay floats.

The new file is entered with ``training.release``. It tells what it was made of; certificates are not carried over.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from meterocr.vision.detect import letterbox
from meterocr.vision.image import load_photo
from meterocr.vision.locate import look_at
from meterocr.vision.session import METADATA_KEY
from meterocr.vision.zoo import Role
from training.manifest import Scene, load_scenes, load_strips
from training.onnx_file import halve_weights, told_by
from training.recognizer_score import val_strip
from training.samples import spread
from training.strips import scene_cuts, strip_cuts

Image = NDArray[np.uint8]
_PHOTOS = 400  # of the train split, spread over its sources


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which convolutions become integers, by name, and the pictures that show their ranges."""

    quantized: re.Pattern[str]
    pictures: Callable[[Path, Mapping[str, object]], Iterator[Image]]


def _letterboxed(data: Path, told: Mapping[str, object]) -> Iterator[Image]:
    for scene in _train(load_scenes(data)):
        yield letterbox(look_at(load_photo(data / scene.image)).pixels, int(str(told["input_size"])))[0]


def _strips(data: Path, told: Mapping[str, object]) -> Iterator[Image]:  # noqa: ARG001 - all strips have one size
    scenes = [s for s in _train(load_scenes(data)) if s.quality != "unread"]
    strips = [s for s in load_strips(data) if s.split == "train"]
    for cut in [*scene_cuts(data, scenes), *strip_cuts(data, spread(strips, _PHOTOS // 4))]:
        yield val_strip(cut)


def _train(scenes: Sequence[Scene]) -> list[Scene]:
    return spread([scene for scene in scenes if scene.split == "train"], _PHOTOS)


PLANS: Mapping[Role, _Plan] = {
    # model.22 is YOLOv8's head, cv4 in it the corners.
    Role.DETECTOR: _Plan(re.compile(r"^(?!.*(model\.22/cv4|model\.22/.*\.2/Conv$))"), _letterboxed),
    Role.RECOGNIZER: _Plan(re.compile(r"/(rise|fall)/"), _strips),
}


class _Pictures(CalibrationDataReader):
    def __init__(self, name: str, pictures: Iterator[Image]) -> None:
        self._name, self._pictures = name, pictures

    def get_next(self) -> dict[str, Image] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {self._name: picture[None]}


def quantized(source: Path, data: Path, new_id: str) -> onnx.ModelProto:
    """The model of ``source`` with integer convolutions, called ``new_id``.

    Raises:
        ValueError: the file does not describe itself, has none of the convolutions that would be changed, or has been
            quantised already.
    """
    given = onnx.load(str(source))
    if any(node.op_type == "QuantizeLinear" for node in given.graph.node):
        raise ValueError(f"expected a model of floats, got {source.name}, which has integers already")
    told = told_by(given, source)
    plan = PLANS[Role(str(told["role"]))]
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, out = (str(Path(folder) / name) for name in ("plain.onnx", "prepared.onnx", "out.onnx"))
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC  # 16-bit weights become 32-bit
        options.optimized_model_filepath = plain
        ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        nodes = [n.name for n in graph.node if n.op_type == "Conv" and plan.quantized.search(n.name)]
        if not nodes:
            raise ValueError(f"expected convolutions called {plan.quantized.pattern} in {source.name}, found none")
        quantize_static(
            prepared,
            out,
            _Pictures(graph.input[0].name, plan.pictures(data, told)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_quantize=nodes,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        model = onnx.load(out)
    halve_weights(model)
    changes = {"id": new_id, "quantized_from": told["id"]} | ({"certificates": []} if "certificates" in told else {})
    helper.set_model_props(model, {METADATA_KEY: json.dumps(told | changes)})
    onnx.checker.check_model(model)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path, help="folder of labelled photos")
    parser.add_argument("out", type=Path, help="the new file; its name is the new id")
    args = parser.parse_args()
    onnx.save(quantized(args.model, args.data, args.out.stem), str(args.out))
    print(args.out, f"{args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
