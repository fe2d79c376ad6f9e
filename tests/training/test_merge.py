"""Several data folders become one, with the rules of one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from training import corrections, manifest, merge, prepare
from training.corrections import Correction
from training.drawn_folder import write_folder
from training.manifest import SCENES, data_hash, load_scenes, load_strips
from training.record import ManifestError

STRIP: dict[str, Any] = {"image": "strips/s.png", "id": "s", "source": "here", "kind": "lcd", "split": "val"}
STRIP |= {"group": "m-2", "reading": "009926", "decimals": 0, "read_by": "source"}


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Two, the first one with a strip and digits."""
    first, second = (
        write_folder(tmp_path / name, 2, seed=seed, size=(320, 320)) for name, seed in (("a", 1), ("b", 2))
    )
    (first / "strips.jsonl").write_text(json.dumps(STRIP) + "\n")
    (first / "strips").mkdir()
    for name in ("strips/s.png", *merge.DIGITS):
        (first / name).write_bytes(b"x")
    return [first, second]


def change(folder: Path, **fields: object) -> None:
    """Change the folder's second photo."""
    rows = [json.loads(line) for line in (folder / SCENES).read_text().splitlines()]
    (folder / SCENES).write_text("".join(json.dumps(row) + "\n" for row in (rows[0], rows[1] | fields)))


def test_everything_is_there_and_its_images_too(folders: list[Path], tmp_path: Path) -> None:
    out = merge.merge(folders, tmp_path / "out")
    scenes = load_scenes(out)
    before = [(folder, scene) for folder in folders for scene in load_scenes(folder)]
    assert [(s.id, s.reading, s.split, s.quad) for s in scenes] == [
        (s.id, s.reading, s.split, s.quad) for _, s in before
    ]
    for scene, (folder, old) in zip(scenes, before, strict=True):
        assert (out / scene.image).read_bytes() == (folder / old.image).read_bytes()
    (strip,) = load_strips(out)
    assert (out / strip.image).read_bytes() == b"x"
    assert all((out / name).read_bytes() == b"x" for name in merge.DIGITS)


def test_the_hash_does_not_depend_on_the_place(folders: list[Path], tmp_path: Path) -> None:
    one, two = merge.merge(folders, tmp_path / "one"), merge.merge(folders, tmp_path / "deep" / "two")
    assert data_hash(one) == data_hash(two)
    assert data_hash(one) != data_hash(merge.merge(folders[:1], tmp_path / "one"))


def test_what_was_merged_can_be_merged_again(folders: list[Path], tmp_path: Path) -> None:
    once = merge.merge(folders, tmp_path / "out")
    third = write_folder(tmp_path / "c", 1, seed=3, size=(320, 320))
    out = merge.merge([once, third], tmp_path / "all")
    assert len(load_scenes(out)) == 5
    assert all((out / scene.image).exists() for scene in load_scenes(out))


def test_labels_are_corrected_when_the_merged_folder_is_read(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_scenes(folders[0])[0]
    row = Correction(first.source, first.id, "quality", "ok", "hard", "dim", "c:2")
    monkeypatch.setattr(manifest, "load_corrections", lambda: (row,))
    out = merge.merge(folders, tmp_path / "out")
    assert [s.quality for s in load_scenes(out)] == ["hard", "ok", "ok", "ok"]
    assert corrections.concerning([row], manifest.read_lines(out, SCENES)) == [row]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "drawn-1-000"}, r"id drawn-1-000: .* in .*a/scenes\.jsonl:1 and in .*b/scenes\.jsonl:2"),
        ({"group": "drawn-1-000"}, r"val \(.*a/scenes\.jsonl:1\) and .* in train \(.*b/scenes\.jsonl:2\)"),
        ({"group": "m-2"}, r"val \(.*a/strips\.jsonl:1\) and .* in train \(.*b/scenes\.jsonl:2\)"),
        ({"quality": "good"}, r"b/scenes\.jsonl:2: quality"),
    ],
)
def test_contradictions_name_both_lines(
    folders: list[Path], tmp_path: Path, fields: dict[str, str], message: str
) -> None:
    change(folders[1], **fields)
    with pytest.raises(ManifestError, match=message):
        merge.merge(folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_two_folders_with_digits_are_refused(folders: list[Path], tmp_path: Path) -> None:
    for name in merge.DIGITS:
        (folders[1] / name).write_bytes(b"y")
    with pytest.raises(ManifestError, match="digits in one folder at most"):
        merge.merge(folders, tmp_path / "out")


def test_a_folder_is_not_written_over(folders: list[Path]) -> None:
    with pytest.raises(ManifestError, match="a folder of its own"):
        merge.merge(folders, folders[1])


def test_the_command(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["merge", str(tmp_path / "out"), *map(str, folders)])
    merge.main()
    assert "4 photos and 1 strips" in capsys.readouterr().out.replace("\n", " ")


def test_prepare_takes_several(folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.CropBank, "load", lambda _: None)
    out = tmp_path / "detector"
    monkeypatch.setattr(sys, "argv", ["prepare", *map(str, folders), str(out), "--drawn", "0"])
    prepare.main()
    assert {p.stem for p in (out / "images" / "val").glob("drawn-?-000.jpg")} == {"drawn-1-000", "drawn-2-000"}
    assert json.loads((out / prepare.ORIGIN).read_text())["data_hash"] == data_hash(out / "data")
