"""Two readers on the same photos: what is counted, and when the new one may be released."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import pytest

from meterocr.vision import zoo
from tests.training.test_certify import BOX, record, write_data
from tests.vision.conftest import RECOGNIZER, detector_bytes, paint, recognizer_bytes, write_models
from training import compare
from training.cases import Case
from training.compare import Pair, compared, objections, paired
from training.metrics import Truth


def pairs(kind: str, *, both: int = 50, lost: int = 0, won: int = 0, source: str = "here") -> list[Pair]:
    counted = [(True, True)] * both + [(True, False)] * lost + [(False, True)] * won + [(False, False)] * 3
    return [Pair(source, kind, old, new) for old, new in counted]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (pairs("lcd"), []),  # equal
        (pairs("lcd", won=1), []),
        (pairs("lcd", lost=1), ["1 lost, only 0 won over all"]),
        (pairs("lcd", lost=5) + pairs("mechanical", won=5), []),  # p = 0.0625
        (
            pairs("lcd", lost=6) + pairs("mechanical", won=9),
            ["on lcd it is significantly worse (p = 0.031)"],
        ),
        (
            pairs("lcd", lost=9, won=1) + pairs("none", lost=1),
            ["10 lost, only 1 won over all", "on lcd it is significantly worse (p = 0.021)"],
        ),
        (pairs("lcd", won=30) + pairs("none", lost=6), ["on none it is significantly worse (p = 0.031)"]),
    ],
)
def test_objections(rows: list[Pair], expected: list[str]) -> None:
    assert objections(rows) == expected
    verdict = f"It may not be released: {'; '.join(expected)}." if expected else "It may be released."
    assert compare.report(rows).endswith(verdict)


def test_the_tables_have_kinds_and_sources() -> None:
    told = compare.report(pairs("lcd", lost=1, won=7) + pairs("mechanical", both=1, source="there"))
    assert "| all | 65 | 80.0 % (52/65) | 89.2 % (58/65) | 1 | 7 | 0.0703 |" in told
    for line in ("| lcd | 61 | ", "| mechanical | 4 | ", "| here | 61 | ", "| there | 4 | "):
        assert line in told


def test_pairs_are_of_the_same_photos_and_leave_out_what_nobody_read() -> None:
    right = Case("a", "s", "lcd", "ok", Truth(readings=("00482",), decimals=0), True, True, "00482", 0.9, retake=False)
    wrong = Case("a", "s", "lcd", "ok", Truth(readings=("00482",), decimals=0), True, True, "00483", 0.9, retake=False)
    unread = Case("b", "s", "lcd", "unread", None, True, True, "1", 0.9, retake=False)
    assert paired([right, unread], [wrong, unread]) == [Pair("s", "lcd", old=True, new=False)]
    assert compared("all", paired([right], [wrong])).lost == 1
    with pytest.raises(ValueError, match="shorter"):
        paired([right, unread], [wrong])


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten photos, a switched-off display, a strip, and models that are unsure of nothing."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_models(folder, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    monkeypatch.setenv(zoo.VARIABLE, str(folder))
    rows = [record(f"m{i}", f"{10_000 + 37 * i}") for i in range(10)]
    root = write_data(tmp_path / "data", [*rows, record("off", "", quality="unreadable", shows="off")], painted={})
    x0, y0, x1, y1 = BOX
    cv2.imwrite(str(root / "strip.png"), paint("00482.1", BOX)[y0:y1, x0:x1, ::-1])
    (root / "strips.jsonl").write_text(
        '{"image": "strip.png", "id": "strip", "source": "strips", "kind": "lcd", "split": "val", '
        '"group": "strip", "reading": "004821", "decimals": 1, "read_by": "eye"}\n'
    )
    return root


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> object:
    monkeypatch.setattr(sys, "argv", ["compare", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        compare.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("changes", "code", "verdict"),
    [
        ({}, 0, "It may be released."),
        # a net that calls everything illegible refuses what the old one reads
        ({"legible_threshold": 1.0, "temperature": 9.0}, 1, "on lcd it is significantly worse"),
    ],
)
def test_an_id_and_a_file(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    changes: dict[str, object],
    code: int,
    verdict: str,
) -> None:
    new = tmp_path / "new.onnx"
    new.write_bytes(recognizer_bytes(id="counter-new.v1", **changes))
    assert run(monkeypatch, RECOGNIZER["id"], new, "--data", data) == code
    out = capsys.readouterr().out
    assert "Old: counter-toy.v1, new: counter-new.v1" in out
    assert verdict in out
    assert "| lcd | 12 | 100.0 % (12/12) |" in out
    assert "| none | 11 | 100.0 % (11/11) | 100.0 % (11/11) |" in out


def test_refuses_a_split_without_photos(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "a.v1", "b.v1", "--data", data, "--split", "train") == 2
    assert "expected photos of split train, found none" in capsys.readouterr().err
