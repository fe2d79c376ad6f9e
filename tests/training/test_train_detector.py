"""A minute's training: it runs, goes on after a stop, and its file loads in the product."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from meterocr.vision.detect import Detector
from meterocr.vision.session import Session
from meterocr.vision.zoo import Role
from training.detector_net import TURNS, CornerLoss, Decoded, build, start_from, start_path, to_net
from training.export import export_detector

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "training/configs/detector.toml"
GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5, "pose": 2.5}


def _train(folder: Path, *options: str) -> None:
    command = [sys.executable, "-m", "training.train_detector", str(CONFIG), "--smoke", "--threads", "1"]
    subprocess.run([*command, "--runs", str(folder), *options], cwd=ROOT, check=True, capture_output=True, timeout=300)


@pytest.mark.slow
def test_smoke_to_a_file_that_the_product_loads(tmp_path: Path) -> None:
    _train(tmp_path)
    (run,) = tmp_path.iterdir()
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8]
    assert "drawn" in rows[-1]["scores"]
    assert {"best.pt", "checkpoint.pt", "curves.png", "config.json", "origin.json"} <= {p.name for p in run.iterdir()}

    checkpoint = torch.load(run / "checkpoint.pt", weights_only=True)
    torch.save({**checkpoint, "step": 6}, run / "checkpoint.pt")
    _train(tmp_path, "--resume")
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [4, 8, 8]

    out = tmp_path / "display.onnx"
    export_detector(run, run / "data", out)
    assert out.stat().st_size < 8e6  # of the 12 MB it would take with all weights at 32 bit
    detector = Detector(Session(out.read_bytes(), Role.DETECTOR, threads=1))
    assert detector.info.input_size == 160
    assert len(detector.detect([np.zeros((90, 120, 3), np.uint8)])) == 1


def test_the_start_computes_what_the_folded_net_computes() -> None:
    """Batch norms put back change nothing, neither in training nor in use."""
    torch.manual_seed(0)
    images = torch.rand(2, 3, 96, 96)
    net = build(2, GAINS)
    assert start_from(net, start_path(), images) == 66
    with torch.no_grad():
        used = net.eval()(images)[1]["boxes"]
        trained = net.train()(images)["boxes"]
    torch.testing.assert_close(used, trained, atol=2e-3, rtol=1e-3)


class _Says(nn.Module):
    """A net that predicts one display of a class with corners."""

    def __init__(self, kind: int, corners: np.ndarray) -> None:
        super().__init__()
        self._out = torch.zeros(1, 4 + 2 * TURNS + 8, 1)
        self._out[0, 4 + kind, 0] = 0.9
        self._out[0, -8:, 0] = torch.from_numpy(corners.ravel())

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        return self._out


@pytest.mark.parametrize("degrees", range(-170, 190, 20))
@pytest.mark.parametrize("kind", [0, 1])
def test_directions_go_into_classes_and_come_back(degrees: int, kind: int) -> None:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quad = np.array([[(-4.0, -1), (4, -1), (4, 1), (-4, 1)]]) @ turn
    classes, corners = to_net(np.array([kind]), quad)
    middle = corners[0] - corners[0].mean(0)
    assert middle[0, 0] < middle[1, 0] or middle[0, 1] < middle[3, 1]  # the first corner lies to the top left
    out = Decoded(_Says(int(classes[0]), corners), 2)(torch.zeros(1, 3, 32, 32))
    torch.testing.assert_close(out[0, 0, 4 + kind], torch.tensor(0.9))
    np.testing.assert_allclose(out[0, 0, -8:].numpy().reshape(4, 2), quad[0], atol=1e-5)


@pytest.mark.parametrize("objects", [0, 1])
def test_the_loss_takes_photos_with_and_without_a_display(objects: int) -> None:
    net = build(2, GAINS)
    loss_of = CornerLoss(net)
    corners = torch.tensor([[[0.2, 0.2], [0.8, 0.2], [0.8, 0.6], [0.2, 0.6]]])[:objects]
    batch = {
        "batch_idx": torch.zeros(objects),
        "cls": torch.zeros(objects, 1),
        "bboxes": torch.tensor([[0.5, 0.4, 0.6, 0.4]])[:objects],
        "keypoints": corners,
    }
    total, named = loss_of(net.train()(torch.rand(1, 3, 128, 128)), batch)
    total.sum().backward()
    assert torch.isfinite(total).all()
    assert (float(named["pose_loss"]) > 0) is (objects > 0)
