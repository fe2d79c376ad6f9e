"""Cuts for the training from a small data folder."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.recognizer_data import labelled_data

SCENE = {
    "source": "thai",
    "kind": "mechanical",
    "width": 400,
    "height": 300,
    "display": [100, 100, 300, 150],
    "reading": "12345",
    "decimals": 0,
    "quality": "ok",
    "shows": "kwh",
    "read_by": "eye",
}
STRIP = {"source": "lcd_strips", "kind": "lcd", "reading": "00482", "decimals": 1, "read_by": "source"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One photo and one strip in each split."""
    for name, fields in (("scenes", SCENE), ("strips", STRIP)):
        rows = [
            {
                **fields,
                "id": f"{name}-{split}",
                "group": f"{name}-{split}",
                "image": f"{name}-{split}.png",
                "split": split,
            }
            for split in ("train", "val")
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for row in rows:
            cv2.imwrite(str(tmp_path / str(row["image"])), np.full((300, 400, 3), 90, np.uint8))
    (tmp_path / "digits.csv").write_text("file,label,source,group,kind\n")
    zipfile.ZipFile(tmp_path / "digits.zip", "w").close()
    return tmp_path


@pytest.mark.parametrize(
    ("splits", "learned"), [(("train",), 1), (("train", "val"), 2)], ids=["while choosing", "for the release"]
)
def test_what_is_learned_from_and_what_is_measured(root: Path, splits: tuple[str, ...], learned: int) -> None:
    data = labelled_data(root, seed=1, splits=splits)
    assert {name: len(cuts) for name, cuts in data.train.items() if name != "other"} == {
        "thai": learned,
        "lcd_strips": learned,
    }
    assert sorted(cut.source for cut in data.val) == ["lcd_strips", "thai"]


def test_better_corners_take_the_place_of_the_box(root: Path) -> None:
    quad = np.array([(110.0, 100.0), (300.0, 110.0), (295.0, 150.0), (105.0, 140.0)])
    plain, better = (labelled_data(root, seed=1, quads=quads) for quads in ({}, {"scenes-train": quad}))
    sizes = [
        float(np.linalg.norm(data.train["thai"][0].quad[1] - data.train["thai"][0].quad[0])) for data in (plain, better)
    ]
    assert sizes == pytest.approx([200.0, float(np.hypot(190, 10))], rel=0.01)
