"""The way from a training to a photo that is read: a minute of training, export, MeterReader."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from training.export_recognizer import OUTPUTS, RecognizerGraph, check_recognizer, recognizer_file
from training.mixture import SHOWS, collate, drawn_cut
from training.nets import Recognizer, load_pp_ocr, pp_ocr_path
from training.onnx_file import ParityError
from training.runs import rate
from training.strips import ALPHABET, STEPS, jittered
from training.synth import draw_lcd_strip
from training.train_recognizer import SMOKE, Trainer, ctc_loss, total_loss, train

CONFIG = {"id": "counter-smoke.v1", "seed": 1, "learning_rate": 1e-3, "weight_decay": 0.01, "average": 0.9, **SMOKE}
SHORT = {**CONFIG, "steps": 2, "batch": 2, "evaluate_every": 1}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_start_weights_fit_and_others_are_refused(tmp_path: Path) -> None:
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    before = net.body.stem.conv1.weight.clone()
    load_pp_ocr(net.body, pp_ocr_path())
    assert not torch.equal(before, net.body.stem.conv1.weight)
    weight = onnx.numpy_helper.from_array(np.zeros((7, 3, 3, 3), np.float32), "w")
    node = onnx.helper.make_node("Conv", ["x", "w"], ["y"])
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in "xy"]
    onnx.save(
        onnx.helper.make_model(onnx.helper.make_graph([node], "g", values[:1], values[1:], [weight])),
        tmp_path / "other.onnx",
    )
    with pytest.raises(ValueError, match="expected weights of shape"):
        load_pp_ocr(net.body, tmp_path / "other.onnx")


def test_an_unlabelled_digit_costs_nothing_where_any_digit_is_seen() -> None:
    rng = np.random.default_rng(2)
    batch = collate([jittered(drawn_cut(draw_lcd_strip(rng)), rng) for _ in range(4)])
    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    out = net(batch.strips)
    assert out.symbols.shape == (4, STEPS, len(ALPHABET) + 1)
    total_loss(out, batch).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.body.parameters())
    assert ctc_loss(out.symbols, batch) > 0


def test_learning_rate_rises_then_falls() -> None:
    config = {"warmup_steps": 10, "steps": 100}
    rates = [rate(config, step) for step in range(101)]
    assert rates[0] < rates[5] < rates[9]
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.02)


@pytest.mark.slow
def test_from_training_to_file(tmp_path: Path) -> None:
    from training.recognizer_data import drawn_data

    data = drawn_data(seed=1, count=4)
    trainer = Trainer(SHORT, tmp_path)
    train(trainer, data)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == [1, 2]
    assert (tmp_path / "curves.png").stat().st_size > 1000

    resumed = Trainer({**SHORT, "steps": 3}, tmp_path)
    resumed.resume()
    assert resumed.step == 2
    for a, b in zip(trainer.net.state_dict().values(), resumed.net.state_dict().values(), strict=True):
        assert torch.equal(a, b)

    net = Recognizer(len(ALPHABET) + 1, len(SHOWS))
    net.load_state_dict(torch.load(tmp_path / "best.pt", weights_only=True))
    strips = np.stack([jittered(cut, np.random.default_rng(0)).strip for cut in data.val])
    model = recognizer_file(net, "counter-smoke.v1", "drawn", strips)
    assert {o.name for o in model.graph.output} == set(OUTPUTS)
    with torch.no_grad():
        net.symbols.bias += torch.linspace(0, 5, len(ALPHABET) + 1)
    with pytest.raises(ParityError, match="symbols"):
        check_recognizer(model, RecognizerGraph(net).eval(), strips)
