"""A folder of drawn photos is a data folder like any other, and the released models read it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from meterocr import MeterReader
from training.drawn_folder import write_folder
from training.manifest import data_hash, load_scenes, load_strips


def test_it_is_read_like_real_photos(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "a", 4, seed=7)
    scenes = load_scenes(root)
    assert [s.split for s in scenes] == ["val", "train", "val", "train"]
    assert [s.kind.value for s in scenes] == ["lcd", "lcd", "mechanical", "mechanical"]
    assert load_strips(root) == []
    for scene in scenes:
        with Image.open(root / scene.image) as photo:
            assert photo.size == (scene.width, scene.height)
    assert data_hash(root) == data_hash(write_folder(tmp_path / "b", 4, seed=7))
    assert data_hash(root) != data_hash(write_folder(tmp_path / "c", 4, seed=8))


def test_labels_are_what_the_photos_show(tmp_path: Path) -> None:
    root = write_folder(tmp_path, 4, seed=7)
    scenes = load_scenes(root)
    readouts = MeterReader(threads=1).read_many(root / s.image for s in scenes)
    got = [(r.text.replace(".", ""), r.kind) for r in readouts]
    assert got == [(s.reading, s.kind) for s in scenes]
