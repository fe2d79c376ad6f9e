"""Photos whose reading is known, read end to end through the command line with the released models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meterocr import MeterReader
from meterocr.vision.image import load_photo

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


def test_drawn_photos_cut_to_their_displays() -> None:
    reader = MeterReader(threads=1)
    for row in json.loads((GOLDEN / "expected.json").read_text()):
        whole = reader.read(GOLDEN / row["photo"])
        assert whole.quad is not None
        pixels = load_photo(GOLDEN / row["photo"]).view(max(whole.width, whole.height))[0]
        x0, y0, x1, y1 = (max(0, round(edge)) for edge in whole.quad.bounds)
        assert reader.read(np.ascontiguousarray(pixels[y0:y1, x0:x1])).text == row["text"]


@pytest.mark.skipif(not DATA.is_dir(), reason="the labelled photos are not beside this checkout")
def test_real_photos() -> None:
    expected = json.loads((GOLDEN / "real.json").read_text())
    got = read([DATA / row["image"] for row in expected])
    told = [{"image": row["image"], "text": got[Path(row["image"]).name]["text"]} for row in expected]
    assert told == expected
