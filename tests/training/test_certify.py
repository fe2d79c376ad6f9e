"""Thresholds are certified by the rule, on one photo a meter, and find their way to the reader."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import cv2
import pytest

from meterocr import DisplayKind, MeterReader, SettingError
from meterocr.vision import zoo
from meterocr.vision.reader import USABLE_FROM
from meterocr.vision.session import open_session, recognizer_info
from tests.vision.conftest import ILLEGIBLE, detector_bytes, paint, recognizer_bytes, write_models
from training import certify
from training.certify import GRID, Judged, threshold_for
from training.evaluate import Product
from training.manifest import Scene, scene

BOX = (150, 200, 450, 260)
LCD, DRUMS = DisplayKind.LCD, DisplayKind.MECHANICAL

Row = dict[str, object]


def record(name: str, reading: str = "00482", **fields: object) -> Row:
    row: Row = {"image": f"{name}.png", "id": name, "source": "here", "kind": "lcd", "split": "val", "group": name}
    row |= {"width": 600, "height": 450, "display": list(BOX), "reading": reading, "decimals": 0}
    return row | {"quality": "ok", "shows": "kwh", "read_by": "eye"} | fields


def scenes(*rows: Row) -> list[Scene]:
    return [scene(row) for row in rows]


def meters(confidence: float, right: int, wrong: int = 0, *, kind: DisplayKind = LCD) -> list[Judged]:
    rows = [(True, i) for i in range(right)] + [(False, i) for i in range(wrong)]
    return [Judged(f"{kind}-{confidence}-{good}-{i}", "here", kind, confidence, good) for good, i in rows]


@pytest.mark.parametrize(
    ("rows", "risk", "expected"),
    [
        (meters(0.9999, 28), 0.1, None),  # too few even without an error
        (meters(0.9999, 29), 0.1, 0.5),  # enough, and nothing speaks against going down to the last threshold
        (meters(0.9999, 29) + meters(0.72, 0, 5), 0.1, 0.75),  # five errors at 0.7: that is where it ends
        (meters(0.9999, 29) + meters(0.72, 0, 5) + meters(0.65, 500), 0.1, 0.75),  # and what lies below is not tried
        (meters(0.9999, 10) + meters(0.91, 19), 0.1, 0.5),  # thresholds that accept only 10 are skipped, not failed
        (meters(0.9999, 28, 1), 0.1, None),  # the first that can pass fails, though it could pass further down
        (meters(0.9999, 28, 1) + meters(0.65, 500), 0.1, None),
        (meters(0.9999, 60, 1), 0.1, 0.5),
        (meters(0.9999, 298), 0.01, None),
        (meters(0.9999, 299), 0.01, 0.5),
        (meters(0.0, 500), 0.1, None),  # photos that a person is asked about
        ([], 0.1, None),
    ],
)
def test_threshold_for(rows: list[Judged], risk: float, expected: float | None) -> None:
    assert threshold_for(rows, risk) == expected


def test_the_grid_is_strictest_first_and_ends_where_readings_are_usable() -> None:
    assert list(GRID) == sorted(set(GRID), reverse=True)
    assert GRID[-1] == USABLE_FROM


def test_a_risk_that_is_a_little_too_high_is_rarely_certified() -> None:
    """Where every threshold has a risk above the target, any certificate is false: no more than one in twenty."""
    rng = random.Random(11)
    false = 0
    for _ in range(400):
        rows = [Judged(str(i), "here", LCD, rng.uniform(0.5, 1.0), rng.random() >= 0.101) for i in range(120)]
        false += threshold_for(rows, 0.1) is not None
    assert 0 < false <= 0.05 * 400


def test_certificates_count_by_kind() -> None:
    rows = [*meters(0.995, 60), *meters(0.99, 40, 1, kind=DRUMS), *meters(0.55, 20, 20, kind=DRUMS)]
    certificates = certify.certify(rows, data="0123", detector="display-a.v1")
    assert [(c.target_risk, c.threshold) for c in certificates] == [(0.1, 0.6), (0.05, 0.6)]
    ten = certificates[0]
    assert [(k.kind, k.total, k.accepted, k.wrong) for k in ten.kinds] == [(LCD, 60, 60, 0), (DRUMS, 81, 41, 1)]
    assert (ten.data_hash, ten.detector) == ("0123", "display-a.v1")


def test_one_photo_a_meter_and_only_what_was_judged() -> None:
    rows = scenes(
        record("a"),
        *(record(f"b{i}", group="b") for i in range(4)),
        record("off", "", quality="unreadable", shows="off"),
        record("unread", "", decimals=None, quality="unread"),
        record("train", split="train"),
        record("water", source="toloka_water"),
    )
    sources = certify.electricity({row.source for row in rows} | {"synthetic"})
    assert sources == {"here"}
    chosen = {s.id for s in certify.counted(rows, "val", sources)}
    assert len(chosen) == 3
    assert {"a", "off"} < chosen
    assert {s.id for s in certify.counted(rows[::-1], "val", sources)} == chosen  # whatever their order
    assert {s.id for s in certify.counted(rows, "val", {"toloka_water"})} == {"water"}


def test_halves_choose_on_one_and_count_on_the_other() -> None:
    good = certify.halved(meters(0.999, 120), 0.05)
    assert (good.certified, good.exceeded, good.kept.share, good.right.share) == (certify.HALVINGS, 0, 1.0, 1.0)
    few = certify.halved(meters(0.999, 100), 0.05)  # 50 in a half are too few for 5 %
    assert (few.certified, few.kept.total) == (0, 0)
    mixed = certify.halved(meters(0.999, 150, 3), 0.1)
    assert 0 < mixed.certified <= certify.HALVINGS
    assert 0.9 < mixed.right.share < 1


def test_the_report_says_what_is_missing() -> None:
    rows = meters(0.999, 60, 0) + meters(0.4, 5, kind=DRUMS)
    told = certify.report(rows, certify.certify(rows, data="0123", detector="display-a.v1"))
    assert "65 photos, one a meter, of here." in told
    assert "| 5 % | 0.5 | 92.3 % (60/65) | 0 | 4.87 % |" in told
    assert "| 3 % | none; takes at least 99 accepted photos without an error |" in told
    assert "| 0.1 % | none; takes at least 2995 accepted photos without an error |" in told
    assert "| 5 % | mechanical | 0.0 % (0/5) | 0 | 100.00 % |" in told
    rows = meters(0.999, 28, 1) + meters(0.985, 5)
    told = certify.report(rows, certify.certify(rows, data="0123", detector="display-a.v1"))
    figures = "from 0.999: | 85.3 % (29/34) | 1 | 15.34 % |"  # what stood against it
    assert f"| 10 % | none; takes at least 29 accepted photos without an error; {figures}" in told
    assert "By kind" not in told


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    write_models(folder, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    monkeypatch.setenv(zoo.VARIABLE, str(folder))
    return folder


def write_data(root: Path, rows: list[Row], *, painted: dict[str, str]) -> Path:
    """A data folder; what a photo shows is its label, unless ``painted`` has something else."""
    root.mkdir()
    for row in rows:
        name = str(row["id"])
        blue = ILLEGIBLE if name.startswith("off") else 250
        image = paint(painted.get(name, str(row["reading"])), BOX, blue=blue)
        cv2.imwrite(str(root / str(row["image"])), image[..., ::-1])
    (root / "scenes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (root / "strips.jsonl").write_text("")
    return root


@pytest.mark.usefixtures("models")
def test_what_counts_as_accepted_and_right(tmp_path: Path) -> None:
    rows = [
        record("right"),
        record("zeros"),
        record("misread"),
        record("off", "", quality="unreadable", shows="off"),
        record("shown", "", quality="unreadable", shows="off"),
        record("part", "4823", decimals=1),
    ]
    painted = {"zeros": "482", "misread": "00483", "off": "00482", "shown": "88887", "part": "482.?"}
    data = write_data(tmp_path / "data", rows, painted=painted)
    found = {row.group: row for row in certify.judge(Product(), data, scenes(*rows))}
    sure = {name for name, row in found.items() if row.confidence > 0.9}
    assert sure == {"right", "zeros", "misread", "shown"}
    assert {name for name in sure if found[name].right} == {"right", "zeros"}
    assert found["off"].confidence == found["part"].confidence == 0.0


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["certify", *map(str, arguments)])
    certify.main()


def test_what_is_written_is_what_the_reader_goes_by(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_data(tmp_path / "data", [record(f"m{i}", f"{10_000 + 37 * i}") for i in range(30)], painted={})
    run(monkeypatch, "--data", data, "--models", models)
    with pytest.raises(SettingError, match="it has no certificate"):
        MeterReader(max_risk=0.1)
    run(monkeypatch, "--data", data, "--models", models, "--write")
    assert "| 10 % | 0.5 | 100.0 % (30/30) | 0 | 9.50 % |" in capsys.readouterr().out
    (certificate,) = recognizer_info(open_session(zoo.Role.RECOGNIZER, None).metadata).certificates
    assert (certificate.target_risk, certificate.threshold, certificate.accepted) == (0.1, 0.5, 30)
    reader = MeterReader(max_risk=0.1)
    assert reader.certificate == certificate
    assert not reader.read(paint("00482.1")).needs_person


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sources", "synthetic"], "expected sources of real photos, got synthetic"),
        (["--sources", "nowhere"], "expected photos of split val and sources"),
        (["--split", "train"], "expected photos of split train"),
    ],
)
def test_refuses_what_certifies_nothing(
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    arguments: list[str],
    said: str,
) -> None:
    data = write_data(tmp_path / "data", [record("a"), record("s", source="synthetic")], painted={})
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--data", data, "--models", models, *arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_meter_is_not_judged_by_its_order() -> None:
    rows = meters(0.999, 100, 2)
    assert certify.halved(rows, 0.1) == certify.halved(rows[::-1], 0.1)
