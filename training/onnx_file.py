"""ONNX files that describe themselves: written from a torch module, and compared with it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import onnxslim
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from meterocr.vision.session import METADATA_KEY

LICENCE = "AGPL-3.0-or-later"
OPSET = 20
_SMALL = 20_000  # weights with fewer values stay as they are: little would be saved, and depthwise ones are sensitive


class ParityError(RuntimeError):
    """The exported file computes something else than the net it was made from."""


@dataclass(frozen=True, slots=True)
class Graph:
    """How a net's file looks from outside: names, and which axes may have any length."""

    inputs: str
    outputs: tuple[str, ...]
    dynamic: Mapping[str, Mapping[int, str]]


def write_onnx(module: nn.Module, sample: Tensor, graph: Graph, metadata: Mapping[str, object]) -> onnx.ModelProto:
    """The net as an ONNX model with 16-bit weights and its description.

    ``sample`` is one input; only its rank and type matter where :attr:`Graph.dynamic` names the axis.
    """
    buffer = Path(f"{metadata['id']}.onnx.part")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer: shapes it sees as fixed are named in graph.dynamic
            torch.onnx.export(
                module.eval(),
                (sample,),
                str(buffer),
                input_names=[graph.inputs],
                output_names=list(graph.outputs),
                dynamic_axes={name: dict(axes) for name, axes in graph.dynamic.items()},
                opset_version=OPSET,
                dynamo=False,
            )
        model = onnx.load(buffer)
    finally:
        buffer.unlink(missing_ok=True)
    model = onnxslim.slim(model)
    halve_weights(model)
    model.metadata_props.append(onnx.StringStringEntryProto(key=METADATA_KEY, value=json.dumps(dict(metadata))))
    onnx.checker.check_model(model, full_check=True)
    return model


def told_by(model: onnx.ModelProto, file: Path) -> dict[str, object]:
    """What a model says of itself; ``file`` is where it came from.

    Raises:
        ValueError: it says nothing.
    """
    entries = {entry.key: entry.value for entry in model.metadata_props}
    if METADATA_KEY not in entries:
        raise ValueError(f"expected the metadata entry {METADATA_KEY!r} in {file.name}, got {sorted(entries)}")
    told: dict[str, object] = json.loads(entries[METADATA_KEY])
    return told


def halve_weights(model: onnx.ModelProto) -> None:
    """Store large float weights as 16 bit, with a cast in front of their use; runtimes fold it when they load."""
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < _SMALL:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.full", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def run_onnx(model: onnx.ModelProto, inputs: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """The outputs of an ONNX model for one batch."""
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return [np.asarray(out) for out in session.run(None, {session.get_inputs()[0].name: inputs})]


def check_parity(name: str, expected: NDArray[np.float32], got: NDArray[np.float32], *, most: float) -> None:
    """Refuse an output that differs anywhere by more than ``most``.

    Raises:
        ParityError: says where and by how much.
    """
    if expected.shape != got.shape:
        raise ParityError(f"{name}: expected shape {expected.shape} as in torch, got {got.shape}")
    gap = float(np.abs(expected - got).max(initial=0.0))
    if not gap <= most:
        raise ParityError(f"{name}: expected at most {most} between torch and ONNX, got {gap:.4g}")
