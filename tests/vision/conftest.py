"""Toy nets that follow the models' contract, and photos they can read.

A toy display is a rectangle in colours that nothing else has: green is low, blue says what it is, red spells the
text (class k is 20 k). The toy detector finds it, the toy recogniser spells it out; so everything between the
photo's bytes and the readout runs as with trained nets: scaling, letterbox, warping, turning, batches.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from meterocr.vision.reader import MeterReader
from meterocr.vision.zoo import VARIABLE

ALPHABET = "0123456789.?"
SHOWS = ["kwh", "kvah", "kw", "kva", "v", "a", "m3", "unknown"]
LCD, ILLEGIBLE, WHEELS = 250, 225, 180  # what blue says
STEPS = 40

DETECTOR: Mapping[str, object] = {
    "id": "display-toy.v1", "role": "detector", "input_size": 416, "classes": ["lcd", "mechanical"],
    "data_hash": "0" * 64, "licence": "AGPL-3.0-or-later", "threshold": 0.25,
}  # fmt: skip
RECOGNIZER: Mapping[str, object] = {
    "id": "counter-toy.v1", "role": "recognizer", "height": 64, "width": 320, "alphabet": ALPHABET, "shows": SHOWS,
    "margin": [0.05, 0.1], "temperature": 1.0, "legible_threshold": 0.5, "data_hash": "0" * 64,
    "licence": "AGPL-3.0-or-later",
}  # fmt: skip


def paint(
    text: str,
    box: tuple[int, int, int, int] = (150, 200, 450, 260),
    *,
    size: tuple[int, int] = (600, 450),
    blue: int = LCD,
    rolling: str = "",
) -> NDArray[np.uint8]:
    """A grey photo (size: width, height) with a toy display at ``box``; ``rolling``: symbols in transition."""
    photo = np.full((size[1], size[0], 3), 128, np.uint8)
    x0, y0, x1, y1 = box
    display = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
    display[..., 2] = blue
    display[2 * (y1 - y0) // 3 :, :, 1] = 45  # the foot is greener than the head: which way is up
    for i, symbol in enumerate(text):
        left, right = ((i + part) * (x1 - x0) / len(text) for part in (0.2, 0.8))
        columns = slice(round(left), round(right))
        display[:, columns, 0] = 20 * (ALPHABET.index(symbol) + 1)
        if symbol in rolling:
            display[(y1 - y0) // 3 : 2 * (y1 - y0) // 3, columns, 1] = 40
    photo[y0:y1, x0:x1] = display
    return photo


class Graph:
    """ONNX nodes, written one below the other."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str | NDArray[np.generic], **attributes: object) -> str:
        names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [name], **attributes))
        return name

    def name(self, node: str, output: str) -> None:
        self.nodes.append(helper.make_node("Identity", [node], [output]))

    def constant(self, value: NDArray[np.generic]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def model(
        self, source: tuple[str, list[object]], outputs: Mapping[str, list[object]], metadata: Mapping[str, object]
    ) -> bytes:
        graph = helper.make_graph(
            self.nodes,
            "toy",
            [helper.make_tensor_value_info(source[0], TensorProto.UINT8, source[1])],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in outputs.items()],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        helper.set_model_props(model, {"meterocr": json.dumps(metadata)})
        return model.SerializeToString()

    def channel(self, source: str, i: int) -> str:
        """(N, H, W) of one colour."""
        floats = self.add("Cast", source, to=TensorProto.FLOAT)
        return self.add("Gather", floats, np.int64(i), axis=3)

    def number(self, op: str, a: str, b: float) -> str:
        """``op`` with a number; comparisons come out as 0.0 and 1.0."""
        node = self.add(op, a, np.float32(b))
        return self.add("Cast", node, to=TensorProto.FLOAT) if op in ("Less", "Greater") else node

    def mean(self, node: str, axes: list[int]) -> str:
        return self.add("ReduceMean", node, np.array(axes), keepdims=0)

    def rows(self, node: str, first: int, last: int) -> str:
        return self.add("Slice", node, np.array([first]), np.array([last]), np.array([1]))


def detector_bytes(**changes: object) -> bytes:
    """A net that finds the bounds of one toy display."""
    g = Graph()
    green, blue = g.channel("images", 1), g.channel("images", 2)
    mask = g.add("Mul", g.number("Less", green, 60), g.number("Greater", blue, 150))

    def edges(across: int) -> tuple[str, str]:
        line = g.add("ReduceMax", mask, np.array([across]), keepdims=0)
        first = g.add("ArgMax", line, axis=1, keepdims=0)
        last = g.add("ArgMax", line, axis=1, keepdims=0, select_last_index=1)
        return (
            g.add("Cast", first, to=TensorProto.FLOAT),
            g.number("Add", g.add("Cast", last, to=TensorProto.FLOAT), 1),
        )

    (x0, x1), (y0, y1) = edges(1), edges(2)
    there = g.add("ReduceMax", mask, np.array([1, 2]), keepdims=0)
    brightest = g.add("ReduceMax", g.add("Mul", blue, mask), np.array([1, 2]), keepdims=0)
    lcd = g.add("Mul", g.number("Greater", brightest, 200), g.number("Mul", there, 0.9))
    wheels = g.add("Sub", g.number("Mul", there, 0.9), lcd)
    middle = [g.number("Mul", g.add("Add", a, b), 0.5) for a, b in ((x0, x1), (y0, y1))]
    size = [g.add("Sub", b, a) for a, b in ((x0, x1), (y0, y1))]
    values = [*middle, *size, lcd, wheels, x0, y0, x1, y0, x1, y1, x0, y1]
    g.name(g.add("Concat", *[g.add("Unsqueeze", v, np.array([1, 2])) for v in values], axis=2), "predictions")
    return g.model(("images", ["n", "h", "w", 3]), {"predictions": ["n", 1, 14]}, {**DETECTOR, **changes})


def recognizer_bytes(**changes: object) -> bytes:
    """A net that spells out a toy display."""
    g = Graph()
    red, green, blue = (g.channel("strips", i) for i in range(3))

    def per_step(node: str, op: str = "ReduceMean") -> str:
        steps = g.add("Reshape", g.rows(node, 26, 38), np.array([0, 12, STEPS, 8]))
        return g.add(op, steps, np.array([1, 3]), keepdims=0)

    level, glow = per_step(red), per_step(green)
    spread = g.add("Sub", per_step(red, "ReduceMax"), per_step(red, "ReduceMin"))
    level = g.add("Mul", level, g.number("Less", spread, 8))  # a step across an edge is blank
    inside = g.number("Less", glow, 60)
    codes = (20 * np.arange(len(ALPHABET) + 1)).astype(np.float32)
    off = g.add("Sub", g.add("Unsqueeze", g.add("Mul", level, inside), np.array([2])), codes)
    g.name(g.number("Div", g.add("Mul", off, off), -25), "symbols")
    g.name(g.add("Clip", g.number("Div", glow, 80), np.float32(0), np.float32(0.5)), "turn")
    zeros = g.add("Mul", g.add("Unsqueeze", g.mean(red, [1, 2]), np.array([1])), np.zeros((1, 8), np.float32))
    g.name(g.add("Add", zeros, np.eye(8, dtype=np.float32)[:1]), "shows")
    foot, head = (g.mean(g.rows(green, a, a + 12), [1, 2]) for a in (44, 8))
    upright = g.number("Add", g.number("Div", g.add("Sub", foot, head), 60), 0.5)
    g.name(g.add("Clip", upright, np.float32(0), np.float32(1)), "upright")
    far = g.number("Add", g.mean(g.rows(blue, 26, 38), [1, 2]), -(ILLEGIBLE - 10))
    g.name(g.number("Greater", g.add("Abs", far), 8), "legible")
    outputs: dict[str, list[object]] = {
        "symbols": ["n", STEPS, len(ALPHABET) + 1], "turn": ["n", STEPS], "shows": ["n", 8],
        "upright": ["n"], "legible": ["n"],
    }  # fmt: skip
    return g.model(("strips", ["n", 64, 320, 3]), outputs, {**RECOGNIZER, **changes})


def write_models(folder: Path, files: Mapping[str, bytes]) -> None:
    """An index with a detector and a recogniser; ``files``: role to bytes."""
    lines = []
    for role, data in files.items():
        metadata = DETECTOR if role == "detector" else RECOGNIZER
        file = f"{metadata['id']}.onnx"
        (folder / file).write_bytes(data)
        lines += [
            "[[model]]", f'id = "{metadata["id"]}"', f'role = "{role}"', f'file = "{file}"',
            f'sha256 = "{hashlib.sha256(data).hexdigest()}"', "default = true",
            'licence = "AGPL-3.0-or-later"', 'sources = ["toy"]',
        ]  # fmt: skip
    (folder / "index.toml").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="session")
def toy_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with both toy nets."""
    folder = tmp_path_factory.mktemp("models")
    write_models(folder, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    return folder


@pytest.fixture(scope="session")
def reader(toy_models: Path) -> MeterReader:
    """A reader of toy displays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(toy_models))
        return MeterReader(threads=1)
