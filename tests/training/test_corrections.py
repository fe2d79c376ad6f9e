"""Wrong labels are put right as they are read, and only where they are still what the correction says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training import corrections, manifest
from training.corrections import FILE, SHARED, check_all_used, concerning, corrected, load_corrections
from training.manifest import data_hash, load_scenes, load_strips
from training.record import ManifestError

HEAD = "source,id,field,was,is,reason\n"
SCENE: dict[str, Any] = {"image": "a.jpg", "id": "a", "source": "here", "kind": "lcd", "split": "val", "group": "m-1"}
SCENE |= {"width": 640, "height": 480, "display": [10, 20, 300, 90], "reading": "00506", "decimals": 1}
SCENE |= {"quality": "ok", "shows": "kwh", "read_by": "eye"}
STRIP: dict[str, Any] = {"image": "s.png", "id": "s", "source": "here", "kind": "lcd", "split": "val", "group": "m-2"}
STRIP |= {"reading": "009926", "decimals": 0, "read_by": "source"}


def table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "corrections.csv"
    path.write_text(HEAD + "".join(row + "\n" for row in rows))
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    root.mkdir()
    (root / "scenes.jsonl").write_text(json.dumps(SCENE) + "\n")
    (root / "strips.jsonl").write_text(json.dumps(STRIP) + "\n")
    for row in (SCENE, STRIP):
        (root / row["image"]).write_bytes(b"x")
    return root


def use(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(manifest, "load_corrections", lambda: load_corrections(path))


def test_labels_are_corrected_as_they_are_read(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["here,a,reading,00506,00508,an 8", "here,a,decimals,1,null,no point", "here,s,decimals,0,1,a point"]
    before = data_hash(data)
    use(monkeypatch, table(tmp_path, *rows))
    (scene,), (strip,) = load_scenes(data), load_strips(data)
    assert (scene.reading, scene.decimals, strip.decimals) == ("00508", None, 1)
    assert "00506" in (data / "scenes.jsonl").read_text()
    assert data_hash(data) != before


def test_corrections_of_other_data_change_nothing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_hash(data)
    use(monkeypatch, table(tmp_path, "here,b,reading,00506,00508,an 8", "there,a,reading,00506,00508,an 8"))
    assert load_scenes(data)[0].reading == "00506"
    assert data_hash(data) == before


def test_in_the_data_they_are_made_for_every_correction_has_its_record(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, table(tmp_path, "here,s,decimals,0,1,a point", "here,b,reading,1,2,a 2"))
    monkeypatch.setattr(manifest, "SHARED", data)
    with pytest.raises(ManifestError, match=r"none for corrections\.csv:3 \(here b\)$"):
        load_scenes(data)


def test_a_correction_of_what_the_data_do_not_say_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, table(tmp_path, "here,a,reading,00507,00508,an 8"))
    with pytest.raises(ManifestError, match=r"csv:2: expected a\.reading to be '00507'.* '00506' in .*scenes\.jsonl:1"):
        load_scenes(data)


def test_a_corrected_label_is_checked_like_any_other(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, table(tmp_path, "here,a,reading,00506,5O6,an O"))
    with pytest.raises(ManifestError, match=r"scenes\.jsonl:1: reading: expected a text of"):
        load_scenes(data)


def test_single_digits_follow_the_reading() -> None:
    digits = [{"symbol": s, "box": [0, 0, 1, 1]} for s in "12"]
    row = {"source": "here", "id": "a", "reading": "12", "digits": digits}
    one = corrections.Correction("here", "a", "reading", "12", "19", "a 9", "c:2")
    other = corrections.Correction("here", "a", "reading", "12", "192", "three", "c:2")
    ((_, got),) = corrected([("s:1", row)], [one])
    assert isinstance(got, dict)
    assert [d["symbol"] for d in got["digits"]] == ["1", "9"]
    assert [d["symbol"] for d in digits] == ["1", "2"]
    ((_, left),) = corrected([("s:1", row)], [other])  # whose boxes they are then nobody knows: the manifest refuses
    assert isinstance(left, dict)
    assert [d["symbol"] for d in left["digits"]] == ["1", "2"]


def test_values_are_text_or_json(tmp_path: Path) -> None:
    rows = ["h,a,reading,,012,read now", "h,a,also,null,013,half-way", 'h,a,display,"[0, 0, 1, 1]","[0,0,9,9]",larger']
    got = load_corrections(table(tmp_path, *rows))
    assert [(c.was, c.now) for c in got] == [("", "012"), (None, "013"), ([0, 0, 1, 1], [0, 0, 9, 9])]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["h,a,reading,1,2"], "csv:2: expected 6 cells"),
        (["h,a,reading,1,2,a 2,more"], "csv:2: expected 6 cells"),
        (["h,a,reading,1,2,"], "csv:2: expected source, id and reason"),
        (["h,,reading,1,2,a 2"], "csv:2: expected source, id and reason"),
        (["h,a,split,val,train,why not"], "csv:2: expected a field out of .*'split'"),
        (["h,a,reading,1,1,same"], "csv:2: expected a change of reading"),
        (["h,a,decimals,1,one,a word"], "csv:2: expected JSON for decimals, got 'one'"),
        (["h,a,decimals,,1,empty"], "csv:2: expected JSON for decimals"),
        (["h,a,reading,1,2,a 2", "h,a,reading,2,3,a 3"], "csv:3: expected a.reading corrected once, got it in .*csv:2"),
    ],
)
def test_a_row_that_breaks_the_format_is_refused(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        load_corrections(table(tmp_path, *rows))


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("id,reading\n")
    with pytest.raises(ManifestError, match=r"c\.csv:1: expected the columns source,id,field"):
        load_corrections(path)


def test_the_committed_corrections_can_be_read() -> None:
    assert FILE.read_text(encoding="utf-8").startswith(HEAD)
    load_corrections()


@pytest.mark.skipif(not SHARED.exists(), reason="the labelled photos are not here")
def test_the_committed_corrections_fit_the_labelled_photos() -> None:
    rows = [row for name in (manifest.SCENES, manifest.STRIPS) for row in manifest.read_lines(SHARED, name)]
    check_all_used(rows, load_corrections())
    assert len(concerning(load_corrections(), rows)) == len(load_corrections())
    assert load_strips(SHARED)
