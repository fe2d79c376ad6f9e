"""Each source left out in turn, on drawn strips."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from training.ablate import ablate, to_markdown, without
from training.recognizer_data import drawn_data
from training.train_recognizer import SMOKE

CONFIG = {"id": "few.v1", "seed": 1, "learning_rate": 1e-3, "weight_decay": 0.01, "average": 0.9, **SMOKE}
SHORT = {**CONFIG, "steps": 2, "batch": 2, "evaluate_every": 2, "leave_out": ["synth_lcd"]}


def test_a_source_is_left_out_and_the_others_stay() -> None:
    config = without({"id": "a", "mix": {"x": 0.5, "y": 0.3, "z": 0.2}}, "y")
    assert config == {"id": "a-without-y", "mix": {"x": 0.5, "z": 0.2}}


def test_every_training_is_run_once(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    data = drawn_data(seed=1, count=4)
    found = ablate(SHORT, data, tmp_path)
    assert list(found) == ["nothing", "synth_lcd"]
    logs = sorted(tmp_path.glob("*/log.jsonl"))
    assert [log.parent.name for log in logs] == ["few.v1-whole", "few.v1-without-synth_lcd"]
    written = [(log.read_text(), log.stat().st_mtime_ns) for log in logs]
    assert json.loads((tmp_path / "few.v1-without-synth_lcd/config.json").read_text())["mix"] == {
        "synth_mechanical": 0.5
    }
    assert ablate(SHORT, data, tmp_path) == found
    assert [(log.read_text(), log.stat().st_mtime_ns) for log in logs] == written


def test_the_table_gives_counts() -> None:
    scores = {"thai": {"n": 4.0, "integer": 0.75}, "yuva": {"n": 2.0, "integer": 0.5}}
    assert to_markdown({"nothing": scores}).splitlines()[2] == "| without nothing | 3/4 | 1/2 | 4/6 |"
