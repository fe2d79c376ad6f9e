"""The detector's training folder and the random views made of it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.detector_data import draw_order, load_examples, random_view, to_batch
from training.detector_score import outcome, turned
from training.manifest import Scene, load_scenes
from training.prepare import (
    Label,
    beside,
    drawn,
    from_line,
    label_of,
    labelled,
    load_quads,
    read_photo,
    shrunk,
    to_line,
    write,
)

SIZE = (800, 600)  # width, height
QUAD = [[200, 150], [500, 170], [495, 250], [195, 230]]


def _record(name: str, **change: object) -> dict[str, object]:
    record = {
        "image": f"{name}.jpg",
        "id": name,
        "source": "thai",
        "kind": "mechanical",
        "split": "train",
        "group": name,
        "width": SIZE[0],
        "height": SIZE[1],
        "display": [195, 150, 500, 250],
        "reading": "12345",
        "decimals": 0,
        "quality": "ok",
        "shows": "kwh",
        "read_by": "eye",
    }
    return {**record, **change}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three photos: one with corners, one slanted in a box for training, one like it for val."""
    slanted = {"source": "toloka_water", "display": [200, 150, 400, 300]}
    rows = [_record("a", quad=QUAD), _record("b", **slanted), _record("c", split="val", **slanted)]
    (tmp_path / "scenes.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (tmp_path / "strips.jsonl").write_text("")
    image = np.full((SIZE[1], SIZE[0], 3), 200, np.uint8)
    cv2.fillConvexPoly(image, np.array(QUAD), (0, 0, 255))  # a red display, BGR
    cv2.circle(image, QUAD[0], 24, (255, 0, 0), -1)  # with a blue first corner
    for row in rows:
        cv2.imwrite(str(tmp_path / str(row["image"])), image)
    return tmp_path


def _prepared(root: Path, **quads: object) -> Path:
    out = root / "out"
    write(labelled(load_scenes(root), root, {name: np.array(quad, float) for name, quad in quads.items()}), out, "hash")
    return out


def test_the_folder_has_images_and_labels(root: Path) -> None:
    out = _prepared(root)
    assert read_photo(out / "images/train/a.jpg").shape == (480, 640, 3)
    label = from_line((out / "labels/train/a.txt").read_text())
    assert label.kind == 1
    assert label.corners is not None
    np.testing.assert_allclose(label.corners * SIZE, QUAD, atol=0.01)
    np.testing.assert_allclose(np.array(label.box) * (*SIZE, *SIZE), [195, 150, 500, 250], atol=0.01)


def test_a_slanted_counter_is_for_val_only_until_its_corners_are_known(root: Path) -> None:
    out = _prepared(root)
    assert not (out / "images/train/b.jpg").exists()
    (example,) = load_examples(out, "val")
    assert example.labels[0].corners is None
    out = _prepared(root, b=QUAD)
    label = from_line((out / "labels/train/b.txt").read_text())
    assert label.corners is not None
    np.testing.assert_allclose(label.corners * SIZE, QUAD, atol=0.01)


def test_what_lies_beside_a_display_has_no_label(root: Path) -> None:
    out = root / "out"
    assert write(beside(load_scenes(root), root), out, "hash") == 3
    examples = load_examples(out, "train")
    assert [(e.source, e.labels) for e in examples] == [("beside", ())] * 2
    # The larger part of the photo is what is below the display: no red of it is left.
    assert read_photo(examples[0].path)[8:, :, 1].min() > 150


def test_drawn_photos_have_their_displays(tmp_path: Path) -> None:
    write(drawn(6, seed=3, crops=None), tmp_path, "hash")
    examples = load_examples(tmp_path, "train")
    assert {e.source for e in examples} == {"drawn"}
    assert any(e.labels for e in examples)
    for label in (label for e in examples for label in e.labels):
        assert label.corners is not None
        assert -0.01 <= label.corners.min() <= label.corners.max() <= 1.01


def test_a_missing_photo_is_named(root: Path) -> None:
    (root / "a.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"a\.jpg"):
        _prepared(root)


def test_quads_are_read_back(tmp_path: Path) -> None:
    (tmp_path / "quads.json").write_text(json.dumps({"a": QUAD}))
    np.testing.assert_array_equal(load_quads(tmp_path / "quads.json")["a"], QUAD)


@pytest.mark.parametrize("line", ["", "0 0.5 0.5 0.1 0.1", "0 " + "0.1 " * 17, "x " + "0.1 " * 16])
def test_a_broken_label_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"expected class|could not convert"):
        from_line(line)


def test_a_label_survives_its_line() -> None:
    corners = np.array(QUAD) / SIZE
    label = Label(1, (0.2, 0.25, 0.6, 0.4), corners)
    got = from_line(to_line(label))
    np.testing.assert_allclose(got.corners if got.corners is not None else 0, corners, atol=1e-5)
    np.testing.assert_allclose(got.box, label.box, atol=1e-5)


def test_small_photos_keep_their_size() -> None:
    assert shrunk(np.zeros((100, 640, 3), np.uint8), 640).shape == (100, 640, 3)
    assert shrunk(np.zeros((2000, 1000, 3), np.uint8), 640).shape == (640, 320, 3)


def test_corners_follow_the_display_at_every_angle(root: Path) -> None:
    """The middle of the moved corners is red, and the first corner is the blue one."""
    (example,) = load_examples(_prepared(root), "train")
    image = read_photo(example.path)
    rng = np.random.default_rng(4)
    seen = 0
    for _ in range(40):
        view = random_view(image, example.labels, rng, 416)
        (quad,) = view.corners
        rgb = cv2.GaussianBlur(view.image, (5, 5), 0).astype(int)
        x, y = quad.mean(0).round().astype(int)
        fx, fy = (quad[0] * 0.96 + quad.mean(0) * 0.04).round().astype(int)
        if not (4 < fx < 412 and 4 < fy < 412 and 4 < x < 412 and 4 < y < 412):
            continue  # cut off
        if min(np.ptp(rgb[y, x]), np.ptp(rgb[fy, fx])) < 60:
            continue  # bleached, in shadow or turned grey
        seen += 1
        assert rgb[y, x, 0] > rgb[y, x, 2]
        assert rgb[fy, fx, 2] > rgb[fy, fx, 0]
    assert seen > 15


def test_the_same_seed_makes_the_same_view(root: Path) -> None:
    (example,) = load_examples(_prepared(root), "train")
    image = read_photo(example.path)
    one, two = (random_view(image, example.labels, np.random.default_rng(1), 128) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.corners, two.corners)


def test_a_batch_has_tight_boxes_and_room_for_photos_without_a_meter(root: Path) -> None:
    (example,) = load_examples(_prepared(root), "train")
    image, rng = read_photo(example.path), np.random.default_rng(2)
    views = [random_view(image, labels, rng, 128) for labels in (example.labels, (), example.labels)]
    batch = to_batch(views)
    assert batch["images"].shape == (3, 3, 128, 128)
    assert batch["batch_idx"].tolist() == [0.0, 2.0]
    corners = batch["keypoints"][1].numpy()
    cx, cy, w, h = batch["bboxes"][1].tolist()
    expected = np.concatenate([corners.min(0), corners.max(0)]).clip(0, 1)
    np.testing.assert_allclose([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], expected, atol=1e-6)


def test_weights_decide_how_often_a_source_comes(root: Path) -> None:
    (example,) = load_examples(_prepared(root), "train")
    examples = [example, type(example)(example.path, "yuva", example.labels)]
    order = draw_order(examples, {"yuva": 3.0}, np.random.default_rng(0))
    sources = [next(order).source for _ in range(400)]
    assert 260 < sources.count("yuva") < 340


def test_turning_moves_points_with_pixels() -> None:
    image = np.zeros((30, 50, 3), np.uint8)
    image[4, 9] = 255
    for quarters in range(4):
        got, points = turned(image, np.array([[9.5, 4.5]]), quarters)
        x, y = points[0].astype(int)
        assert got[y, x, 0] == 255


TRUTH = np.array([[10.0, 10], [110, 10], [110, 30], [10, 30]])


@pytest.mark.parametrize(
    ("score", "corners", "found", "way_up"),
    [
        (0.9, TRUTH + 2, True, True),
        (0.9, TRUTH[[2, 3, 0, 1]], True, False),
        (0.1, TRUTH, False, True),
        (0.9, TRUTH + 80, False, True),
    ],
)
def test_outcomes(score: float, corners: np.ndarray, found: bool, way_up: bool) -> None:
    rows = np.zeros((5, 14), np.float32)
    rows[3, 4], rows[3, -8:] = score, corners.ravel()
    got = outcome("thai", TRUTH, rows, known=True)
    assert (got.found, got.way_up) == (found, way_up)
    assert np.isnan(got.error) != found


def test_labels_of_scenes_without_corners(root: Path) -> None:
    scenes: list[Scene] = load_scenes(root)
    assert label_of(scenes[1]).corners is None
    assert label_of(scenes[1]).box == pytest.approx((0.25, 0.25, 0.5, 0.5))
