"""The recogniser's released file; called through ``python -m training.export recognizer RUN DATA OUT.onnx``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from meterocr.vision.zoo import Role
from training.manifest import load_scenes, load_strips
from training.mixture import SHOWS
from training.nets import Recognizer
from training.onnx_file import LICENCE, Graph, check_parity, run_onnx, write_onnx
from training.strips import ALPHABET, MARGIN, SIZE, scene_cuts, strip_at, strip_cuts

OUTPUTS = ("symbols", "turn", "shows", "upright", "legible")
LEGIBLE_FROM = 0.5
_MOST_GAP = 0.05  # of a probability, between torch and ONNX: what 16-bit weights may move where the net is undecided


class RecognizerGraph(nn.Module):
    """The recogniser with probabilities where the product wants them; ``symbols`` stay logits for calibration."""

    def __init__(self, net: Recognizer) -> None:
        super().__init__()
        self.net = net

    def forward(self, strips: Tensor) -> tuple[Tensor, ...]:
        out = self.net(strips)
        return (
            out.symbols,
            out.turn,
            out.shows.softmax(1),
            out.upright.sigmoid(),
            out.legible.sigmoid(),
        )


def val_strips(root: Path, *, count: int = 64) -> NDArray[np.uint8]:
    """(N, 48, 320, 3) real strips of the val split, spread over its sources."""
    scenes = [s for s in load_scenes(root) if s.split == "val"]
    strips = [s for s in load_strips(root) if s.split == "val"]
    step = max(1, (len(scenes) + len(strips)) // count)
    cuts = [*scene_cuts(root, scenes[::step]), *strip_cuts(root, strips[::step])]
    return np.stack([strip_at(c.image, c.quad) for c in cuts])


def check_recognizer(model: onnx.ModelProto, module: nn.Module, strips: NDArray[np.uint8]) -> None:
    """Compare the file with torch on real strips.

    Raises:
        ParityError: a probability differs by more than 0.05.
    """
    with torch.inference_mode():
        expected = [out.numpy() for out in module(torch.from_numpy(strips))]
    got = run_onnx(model, strips)
    for outputs in (expected, got):
        outputs[0] = torch.from_numpy(outputs[0]).softmax(2).numpy()
    for name, want, came in zip(OUTPUTS, expected, got, strict=True):
        check_parity(name, want, came, most=_MOST_GAP)


def recognizer_file(net: Recognizer, model_id: str, data: str, strips: NDArray[np.uint8]) -> onnx.ModelProto:
    """The net as a file that describes itself, compared with torch on ``strips``; ``data`` is the data's hash.

    Raises:
        ParityError: the file would not compute what the net computes.
    """
    module = RecognizerGraph(net).eval()
    metadata = {
        "id": model_id,
        "role": Role.RECOGNIZER,
        "width": SIZE[0],
        "height": SIZE[1],
        "alphabet": ALPHABET,
        "shows": [str(q) for q in SHOWS],
        "margin": list(MARGIN),
        "temperature": 1.0,
        "legible_threshold": LEGIBLE_FROM,
        "data_hash": data,
        "licence": LICENCE,
    }
    graph = Graph("strips", OUTPUTS, {name: {0: "n"} for name in ("strips", *OUTPUTS)})
    model = write_onnx(module, torch.zeros((2, SIZE[1], SIZE[0], 3), dtype=torch.uint8), graph, metadata)
    check_recognizer(model, module, strips)
    return model


def export_recognizer(run: Path, data: Path, out: Path) -> None:
    """Write the best weights of a recogniser run to ``out``; ``data`` is the folder of labelled photos.

    Raises:
        ParityError: the file would not compute what the net computes; nothing is written.
    """
    config = json.loads((run / "config.json").read_text())
    origin = json.loads((run / "origin.json").read_text())
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    net.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    onnx.save(recognizer_file(net, config["id"], origin["data"], val_strips(data)), out)
