"""The manifest refuses what contradicts itself, and says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meterocr.readout import DisplayKind
from training.manifest import check_splits, data_hash, load_scenes, load_strips, scene, strip
from training.record import ManifestError

SCENE: dict[str, Any] = {
    "image": "scenes/a/j003.jpg",
    "id": "j003",
    "source": "jharkhand",
    "kind": "lcd",
    "split": "train",
    "group": "meter-1",
    "width": 640,
    "height": 480,
    "display": [231, 300, 402, 351],
    "reading": "00506",
    "decimals": 1,
    "quality": "ok",
    "shows": "kwh",
    "read_by": "eye",
}
NUMBER = {**SCENE, "reading": None, "integer_value": "66", "fraction_digits": "009", "decimals": None}
STRIP: dict[str, Any] = {
    "image": "strips/s000.png",
    "id": "s000",
    "source": "lcd_strips",
    "kind": "lcd",
    "split": "train",
    "group": "meter-2",
    "reading": "009926",
    "decimals": 0,
    "read_by": "source",
}


def test_a_scene_is_taken_as_it_is() -> None:
    got = scene(SCENE)
    assert (got.kind, got.reading, got.decimals) == (DisplayKind.LCD, "00506", 1)
    assert got.display == (231.0, 300.0, 402.0, 351.0)
    assert got.corners == ((231, 300), (402, 300), (402, 351), (231, 351))
    assert got.accepted == ("00506",)


def test_also_counts_as_right() -> None:
    assert scene({**SCENE, "also": "00507"}).accepted == ("00506", "00507")
    assert scene(NUMBER).accepted == ()


def test_a_box_that_sticks_out_by_rounding_is_clipped() -> None:
    assert scene({**SCENE, "display": [-1, 0, 641.5, 100]}).display == (0, 0, 640, 100)


def test_given_corners_win_over_the_box() -> None:
    quad = [[230, 300], [400, 310], [400, 350], [230, 340]]
    assert scene({**SCENE, "quad": quad}).corners == ((230, 300), (400, 310), (400, 350), (230, 340))


@pytest.mark.parametrize(("box", "known"), [([0, 0, 330, 100], True), ([0, 0, 310, 100], False)])
def test_a_slanted_counter_in_a_box_has_no_corners(box: list[int], known: bool) -> None:
    assert (scene({**NUMBER, "source": "toloka_water", "display": box}).corners is not None) is known


BAD_SCENES: list[tuple[dict[str, Any], str]] = [
    ({"display": [402, 300, 231, 351]}, "x0 < x1"),
    ({"display": [231, 300, 402, 490]}, "inside the image of 640 x 480"),
    ({"display": [231, 300, 402]}, "x0, y0, x1, y1"),
    ({"display": None}, "x0, y0, x1, y1"),
    ({"quad": [[0, 0], [1, 1]]}, "four corners"),
    ({"quad": [[0, 0], [700, 0], [700, 9], [0, 9]]}, "inside the image"),
    ({"reading": "0050O"}, "reading: expected a text of"),
    ({"reading": None}, "either reading or integer_value"),
    ({"integer_value": "5"}, "either reading or integer_value"),
    ({"reading": "", "decimals": 0}, "digits in a photo of quality ok"),
    ({"decimals": 5}, "below the 5 digits"),
    ({"decimals": -1}, "below the 5 digits"),
    ({"also": "0050"}, "as many digits"),
    ({"digits": [{"symbol": "5", "box": [240, 305, 260, 340]}]}, "digits of the reading '00506', got '5'"),
    ({"digits": [{"symbol": "5", "box": [240, 305, 900, 340]}]}, "digits: expected a box inside"),
    ({"digits": ["5"]}, "symbol and box"),
    ({"serial_boxes": [[0, 0, 0, 5]]}, "serial_boxes"),
    ({"kind": "dial"}, "one of lcd, mechanical"),
    ({"kind": ["lcd"]}, "one of lcd, mechanical"),
    ({"split": "test"}, "one of train, val"),
    ({"quality": "good"}, "one of ok, hard"),
    ({"shows": "volts"}, "one of kwh"),
    ({"group": ""}, "group: expected a text"),
    ({"width": 0}, "at least 1"),
    ({"width": "640"}, "whole number"),
]


@pytest.mark.parametrize(("change", "message"), BAD_SCENES)
def test_a_scene_that_breaks_the_format_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        scene({**SCENE, **change}, "scenes.jsonl:7")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reading": ""}, "expected digits"),
        ({"reading": "12a"}, "a text of"),
        ({"decimals": 6}, "below the 6 digits"),
        ({"image": 5}, "image: expected a text"),
    ],
)
def test_a_strip_that_breaks_the_format_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        strip({**STRIP, **change})


def _write(root: Path, scenes: list[dict[str, Any]], strips: list[dict[str, Any]]) -> None:
    for name, rows in (("scenes.jsonl", scenes), ("strips.jsonl", strips)):
        (root / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        for row in rows:
            path = root / str(row["image"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * 10)


def test_a_meter_lies_in_one_split(tmp_path: Path) -> None:
    _write(tmp_path, [SCENE, {**SCENE, "id": "j004", "split": "val"}], [])
    with pytest.raises(
        ManifestError, match=r"group meter-1: .* j003 in train \(.*scenes\.jsonl:1\) and j004 in val \(.*:2\)"
    ):
        load_scenes(tmp_path)


def test_strips_share_meters_with_photos(tmp_path: Path) -> None:
    _write(tmp_path, [SCENE], [{**STRIP, "group": "meter-1", "split": "val"}])
    assert len(load_scenes(tmp_path)) == 1
    with pytest.raises(ManifestError, match="group meter-1"):
        load_strips(tmp_path)


def test_an_id_comes_once() -> None:
    with pytest.raises(ManifestError, match="id j003: expected once, got it in a:1 and in a:2"):
        check_splits([("a:1", scene(SCENE)), ("a:2", scene(SCENE))])


@pytest.mark.parametrize("line", ["{", "[1, 2]", "5", ""])
def test_errors_name_file_and_line(tmp_path: Path, line: str) -> None:
    _write(tmp_path, [SCENE], [])
    with (tmp_path / "scenes.jsonl").open("a") as lines:
        lines.write(line + "\n")
    with pytest.raises(ManifestError, match=r"scenes\.jsonl:2"):
        load_scenes(tmp_path)


def test_the_hash_changes_with_labels_and_images(tmp_path: Path) -> None:
    _write(tmp_path, [SCENE], [STRIP])
    first = data_hash(tmp_path)
    assert first == data_hash(tmp_path)
    (tmp_path / "scenes/a/j003.jpg").write_bytes(b"x" * 11)
    second = data_hash(tmp_path)
    _write(tmp_path, [{**SCENE, "reading": "00507"}], [STRIP])
    assert len({first, second, data_hash(tmp_path)}) == 3
