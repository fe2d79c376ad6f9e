"""What to label next: the unsure, the contradictory, the unlike; each photo once, with its reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from meterocr import Display, DisplayKind, Models, Quad, Readout
from meterocr.readout import Digit
from training import select
from training.descriptor import Vector, describe
from training.drawn_folder import write_folder
from training.manifest import load_scenes
from training.samples import upright
from training.select import DISAGREE, NOTHING_READ, UNSEEN, UNSURE, Seen

QUAD = Quad(((0, 0), (10, 0), (10, 4), (0, 4)))


def seen(name: str, confidence: float, *, half: str = "12", at: float | None = 0.0, text: str = "12") -> Seen:
    readout = Readout(
        photo=name,
        sha256=name,
        width=64,
        height=48,
        models=Models("d.v1", "r.v1"),
        displays=(Display(DisplayKind.LCD, QUAD, 0.9),),
        text=text,
        digits=tuple(Digit(c, confidence, turn=0.0, quad=QUAD) for c in text),
        confidence=confidence,
    )
    return Seen(Path(f"{name}.jpg"), readout, half, None if at is None else np.array([at, 0.0]))


def picked(photos: list[Seen], count: int, known: list[Vector] | None = None) -> list[tuple[str, str]]:
    return [(p.seen.readout.photo, p.reason) for p in select.select(photos, count, known or [])]


KNOWN = [np.array([0.0, 0.0])]


@pytest.mark.parametrize(
    ("photos", "expected"),
    [
        ([], []),
        ([seen("b", 0.9), seen("a", 0.2)], [("a", UNSURE), ("b", UNSURE)]),
        ([seen("a", 0.2), seen("b", 0.9, half="17"), seen("c", 0.8, half="17")], [("a", UNSURE), ("b", DISAGREE)]),
        ([seen("a", 0.2), seen("b", 0.9, half="")], [("a", UNSURE), ("b", UNSURE)]),  # nothing read is no contradiction
        ([seen("a", 0.2), seen("b", 0.9, at=1), seen("c", 0.9, at=3)], [("a", UNSURE), ("c", UNSEEN)]),
        ([seen("a", 0.2), seen("b", 0.0, text="", at=None)], [("a", UNSURE), ("b", NOTHING_READ)]),
        ([seen("a", 0.2), seen("b", 0.0, text=""), seen("c", 0.9)], [("a", UNSURE), ("c", UNSURE)]),
        ([seen("a", 0.2), seen("a", 0.2), seen("b", 0.3)], [("a", UNSURE), ("b", UNSURE)]),  # a copy
    ],
)
def test_two_of_them(photos: list[Seen], expected: list[tuple[str, str]]) -> None:
    assert picked(photos, 2, KNOWN) == expected


def test_reasons_take_turns() -> None:
    photos = [seen(f"s{i}", 0.1 + i / 100) for i in range(3)]
    photos += [seen(f"h{i}", 0.9 - i / 100, half="17") for i in range(3)] + [seen(f"f{i}", 0.95, at=i) for i in (3, 9)]
    assert picked(photos, 6, KNOWN) == [
        ("s0", UNSURE), ("h0", DISAGREE), ("f9", UNSEEN), ("s1", UNSURE), ("h1", DISAGREE), ("f3", UNSEEN),
    ]  # fmt: skip


def test_what_is_selected_is_known_from_then_on() -> None:
    """Of two photos of one unknown kind of meter one is enough; a less unlike kind comes before the second."""
    photos = [seen("s", 0.1), seen("x1", 0.9, at=10), seen("x2", 0.9, at=10.1), seen("y", 0.9, at=-4)]
    assert picked(photos, 4, KNOWN) == [("s", UNSURE), ("x2", UNSEEN), ("x1", UNSURE), ("y", UNSEEN)]


def test_pairs_are_covered_at_most_twice_as_far_as_can_be() -> None:
    points = np.random.default_rng(3).uniform(0, 1, 40)
    farthest = select.Farthest([seen(str(i), 0.5, at=p) for i, p in enumerate(points)], [np.array([0.0, 0.0])])
    chosen = []
    for pick in farthest.picks():
        assert pick.seen.vector is not None
        chosen.append(float(pick.seen.vector[0]))
        farthest.add(pick.seen.vector)
        if len(chosen) == 4:
            break
    reach = max(min(abs(p - c) for c in [0.0, *chosen]) for p in points)
    assert reach <= 2 * (1 / 9)  # five points, the first at the end, cover [0, 1] to within 1/9 at best


def test_alike_meters_have_alike_descriptors(tmp_path: Path) -> None:
    root = write_folder(tmp_path, 6, seed=7)
    vectors, changes = [], []
    for scene in load_scenes(root):
        assert scene.quad is not None
        image = upright(root / scene.image)
        vectors.append(describe(image, scene.quad))
        changes.append(np.linalg.norm(vectors[-1] - describe((image * 0.85).astype(np.uint8), scene.quad)))
        assert np.linalg.norm(vectors[-1]) == pytest.approx(1)
    gaps = [np.linalg.norm(a - b) for i, a in enumerate(vectors) for b in vectors[:i]]
    assert 2 * max(changes) < min(gaps)


def test_a_flat_photo_can_be_described() -> None:
    vector = describe(np.full((40, 60, 3), 128, np.uint8), QUAD)
    assert np.isfinite(vector).all()


def test_the_command_writes_list_and_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, known = write_folder(tmp_path / "new", 3, seed=8), write_folder(tmp_path / "old", 2, seed=9)
    (photos / "scenes" / "broken.jpg").write_bytes(b"no photo")
    (photos / "scenes" / "wall.png").write_bytes(cv2.imencode(".png", np.full((300, 400, 3), 128, np.uint8))[1])
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["select", str(photos), str(out), "--known", str(known), "--count", "9"])
    select.main()
    rows = [json.loads(line) for line in (out / select.LIST).read_text().splitlines()]
    assert {row["image"] for row in rows} == {f"scenes/drawn-8-{i:03d}.jpg" for i in range(3)} | {"scenes/wall.png"}
    assert rows[-1]["reason"] == NOTHING_READ
    assert rows[-1]["quad"] is None
    assert {row["reason"] for row in rows[:-1]} <= {UNSURE, DISAGREE, UNSEEN}
    assert all(len(row["quad"]) == 4 and row["width"] == 640 for row in rows[:-1])
    assert (out / select.SHEET).stat().st_size > 10_000
    said = capsys.readouterr()
    assert "broken.jpg" in said.err.replace("\n", "")
    assert "4 of 5 photos" in said.out.replace("\n", " ")


def test_a_folder_without_photos_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["select", str(tmp_path), str(tmp_path / "out")])
    with pytest.raises(SystemExit):
        select.main()
