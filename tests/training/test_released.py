"""A released file as the start of a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from meterocr.vision.zoo import Role, find_model
from training.export_recognizer import recognizer_file
from training.mixture import SHOWS, drawn_cut
from training.nets import Recognizer
from training.recognizer_score import val_strip
from training.released import load_released
from training.strips import ALPHABET, Image
from training.synth import draw_lcd_strip


def _net() -> Recognizer:
    return Recognizer(len(ALPHABET) + 1, len(SHOWS)).eval()


@pytest.fixture
def strips() -> Image:
    rng = np.random.default_rng(5)
    return np.stack([val_strip(drawn_cut(draw_lcd_strip(rng))) for _ in range(3)])


def test_the_net_computes_what_the_file_does(tmp_path: Path, strips: Image) -> None:
    torch.manual_seed(3)
    net, path = _net(), tmp_path / "counter.onnx"
    with torch.no_grad():  # equal weights, as those of a net that has learned nothing, would share their place
        for weight in net.parameters():
            weight.add_(0.02 * torch.randn_like(weight))
    onnx.save(recognizer_file(net, "counter.v1", "none", strips), path)
    other = _net()
    load_released(other, path)
    with torch.inference_mode():
        expected, got = net(torch.from_numpy(strips)), other(torch.from_numpy(strips))
    for name in expected._fields:
        torch.testing.assert_close(getattr(got, name), getattr(expected, name), atol=2e-3, rtol=2e-3)


def test_the_shipped_model_can_be_trained_further(strips: Image) -> None:
    net = _net()
    load_released(net, find_model(Role.RECOGNIZER).path)
    net.train()(torch.from_numpy(strips)).symbols.sum().backward()
    assert net.body.skip.norm.weight.grad is not None
    assert net.body.skip.norm.running_var.min() > 0


def test_another_models_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected weights of shape \(.*\), got .* in .*display"):
        load_released(_net(), find_model(Role.DETECTOR).path)
