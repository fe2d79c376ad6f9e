"""Photos whose reading is known, read end to end through the command line with the released models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
DATA = ROOT.parent / "shared" / "data"


def read(photos: list[Path]) -> dict[str, dict[str, Any]]:
    """What ``meterocr read --json`` says of each photo, by file name."""
    command = [sys.executable, "-m", "meterocr", "read", "--json", *map(str, photos)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in {0, 3}, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(row["photo"]).name: row for row in told}


def test_drawn_photos() -> None:
    expected = json.loads((GOLDEN / "expected.json").read_text())
    got = read([GOLDEN / row["photo"] for row in expected])
    told = [{"photo": name, "text": row["text"], "kind": row["kind"]} for name, row in got.items()]
    assert told == expected


@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled photos are not beside this checkout")
def test_real_photos() -> None:
    expected = json.loads((GOLDEN / "real.json").read_text())
    got = read([DATA / row["image"] for row in expected])
    told = [{"image": row["image"], "text": got[Path(row["image"]).name]["text"]} for row in expected]
    assert told == expected
