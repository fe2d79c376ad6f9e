"""Which part may know which: the import-linter contracts, and what they cannot see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("cv2", "numpy", "onnxruntime", "PIL", "click", "rich")
MEANING = (
    *("certificate", "chance", "drift", "errors", "issue", "readout", "metering.verify"),
    *("billing.estimate", "billing.proof", "billing.rerate", "billing.tariff_file"),
    *(
        f"workflow.{name}"
        for name in (
            "audit",
            "intake",
            "keys",
            "locked",
            "messaging",
            "pacing",
            "phones",
            "printing",
            "rerating",
            "review",
            "claims",
            "examples",
            "login",
            "overview",
            "queue",
            "rounds",
            "run",
            "second_readings",
        )
    ),
)
TRAINING = ("torch", "torchvision", "ultralytics", "albumentations", "matplotlib", "onnx")


def loaded_by(code: str, *flags: str) -> set[str]:
    """Top-level names of the modules a fresh interpreter has after running ``code``."""
    code += "\nimport json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, *flags, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_import_contracts_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import meterocr", HEAVY + TRAINING),
        ("from meterocr import Readout, Issue, PhotoError", HEAVY + TRAINING),
        ("from meterocr import MeterReader, draw", TRAINING),
        ("import meterocr.cli", TRAINING),
    ],
)
def test_import_loads_no_more_than_it_needs(code: str, unwanted: tuple[str, ...]) -> None:
    assert not loaded_by(code) & set(unwanted)


@pytest.mark.parametrize("module", ["meterocr", *(f"meterocr.{name}" for name in MEANING)])
def test_meaning_needs_only_the_standard_library(module: str) -> None:
    assert "site" not in loaded_by(f"import {module}", "-S")  # -S: no site-packages, so no third-party package
