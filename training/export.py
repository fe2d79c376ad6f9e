"""Make a released model file: ``python -m training.export detector|recognizer RUN DATA OUT.onnx``.

The file takes uint8 images, holds its weights as 16-bit floats (computed with as 32-bit) and describes itself in
its metadata. It is compared with the net in torch, on real pictures, before it is kept.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from meterocr.vision.zoo import Role
from training.detector_data import letterbox, load_examples
from training.detector_net import Decoded, build
from training.detector_score import THRESHOLD
from training.export_recognizer import export_recognizer
from training.onnx_file import LICENCE, Graph, check_parity, run_onnx, write_onnx
from training.prepare import CLASSES, read_photo


class DetectorGraph(nn.Module):
    """The detector with its input and output as the product has them: (N, H, W, 3) uint8 to (N, A, 14) float."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.decoded = Decoded(net, len(CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """Predictions in px of the input: box cx, cy, w, h; class scores; four corners x, y."""
        out: Tensor = self.decoded(images.permute(0, 3, 1, 2).float() / 255)
        return out


def check_detector(model: onnx.ModelProto, module: nn.Module, batches: Sequence[NDArray[np.uint8]]) -> None:
    """Compare the file with torch on letterboxed photos of several shapes, where displays are found.

    Raises:
        ParityError: a score differs by more than 0.02, or a place by more than 0.5 px.
    """
    kinds = len(CLASSES)
    for batch in batches:
        with torch.inference_mode():
            expected = module(torch.from_numpy(batch)).numpy()
        (got,) = run_onnx(model, batch)
        scores = slice(4, 4 + kinds)
        check_parity("scores", expected[..., scores], got[..., scores], most=0.02)
        sure = expected[..., scores].max(-1) >= THRESHOLD
        check_parity("boxes", expected[sure][:, :4], got[sure][:, :4], most=0.5)
        check_parity("corners", expected[sure][:, -8:], got[sure][:, -8:], most=0.5)


def detector_batches(data: Path, size: int, *, count: int = 12) -> list[NDArray[np.uint8]]:
    """Letterboxed val photos of a training folder: square, wide and tall."""
    examples = load_examples(data, "val")
    step = max(1, len(examples) // count)
    views = np.stack([letterbox(read_photo(e.path), size)[0] for e in examples[::step][:count]])
    return [views, views[:1, : size * 3 // 4 // 32 * 32], views[:2, :, : size // 2 // 32 * 32]]


def export_detector(run: Path, data: Path, out: Path) -> None:
    """Write the best weights of a detector run to ``out``; ``data`` is its training folder.

    Raises:
        ParityError: the file would not compute what the net computes; nothing is written.
    """
    config = json.loads((run / "config.json").read_text())
    origin = json.loads((run / "origin.json").read_text())
    net = build(len(CLASSES), config["gains"])
    net.load_state_dict(torch.load(run / "best.pt", weights_only=True))
    net.eval().fuse(verbose=False)
    head = net.model[-1]
    head.export = head.dynamic = True
    module = DetectorGraph(net).eval()
    size = int(config["input_size"])
    metadata = {
        "id": config["id"],
        "role": Role.DETECTOR,
        "input_size": size,
        "classes": list(CLASSES),
        "threshold": THRESHOLD,
        "data_hash": origin["data"],
        "licence": LICENCE,
    }
    axes = {"images": {0: "n", 1: "h", 2: "w"}, "predictions": {0: "n", 1: "a"}}
    graph = Graph("images", ("predictions",), axes)
    sample = torch.zeros((2, size, size - 64, 3), dtype=torch.uint8)
    model = write_onnx(module, sample, graph, metadata)
    check_detector(model, module, detector_batches(data, size))
    onnx.save(model, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, dest="role")
    exports = {
        Role.DETECTOR: ("training folder made by training.prepare", export_detector),
        Role.RECOGNIZER: ("folder of labelled photos", export_recognizer),
    }
    for role, (data, _) in exports.items():
        command = commands.add_parser(role, help=f"the {role}")
        command.add_argument("run", type=Path, help="run folder of its training")
        command.add_argument("data", type=Path, help=data)
        command.add_argument("out", type=Path)
    args = parser.parse_args()
    exports[args.role][1](args.run, args.data, args.out)
    print(args.out, f"{args.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
