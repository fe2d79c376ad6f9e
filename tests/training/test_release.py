"""Models enter the index with what they say of themselves."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import onnx
import pytest

from meterocr.errors import ModelError
from meterocr.vision import zoo
from training.release import Row, change_metadata, entered, row_of, to_toml


def model_file(folder: Path, name: str = "counter-a.v1", *, key: str = "meterocr", card: bool = True) -> Path:
    told = {"id": "counter-a.v1", "role": "recognizer", "licence": "AGPL-3.0-or-later"}
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [value], [value]))
    model.metadata_props.append(onnx.StringStringEntryProto(key=key, value=json.dumps(told)))
    file = folder / f"{name}.onnx"
    onnx.save(model, file)
    if card:
        file.with_suffix(".md").write_text("card")
    return file


def row(model_id: str, role: str = "recognizer", *, default: bool = True) -> Row:
    return {"id": model_id, "role": role, "file": f"{model_id}.onnx", "default": default}


def test_a_row_says_what_the_file_says(tmp_path: Path) -> None:
    got = row_of(model_file(tmp_path), ["thai", "synthetic"])
    assert (got["id"], got["role"], got["file"]) == ("counter-a.v1", "recognizer", "counter-a.v1.onnx")
    assert len(str(got["sha256"])) == 64
    assert tomllib.loads(to_toml([got])) == {"model": [got]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"name": "other.v1"}, "as the model calls itself"), ({"key": "x"}, "metadata entry"), ({"card": False}, "card")],
)
def test_what_is_not_complete_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        row_of(model_file(tmp_path, **changes), ["thai"])  # type: ignore[arg-type]


def test_there_is_one_default_of_each_role() -> None:
    rows = [row("counter-a.v1"), row("display-a.v1", "detector")]
    added = entered(rows, row("counter-a.v2"))
    assert [(r["id"], r["default"]) for r in added] == [
        ("counter-a.v1", False),
        ("display-a.v1", True),
        ("counter-a.v2", True),
    ]
    assert [r["id"] for r in entered(added, row("counter-a.v1"))] == ["counter-a.v1", "display-a.v1", "counter-a.v2"]


def test_metadata_changes_and_the_index_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = model_file(tmp_path)
    other = row("display-a.v1", "detector") | {"sha256": "0" * 64, "licence": "x", "sources": []}
    (tmp_path / zoo.INDEX).write_text(to_toml([row_of(file, ["thai"]), other]))
    monkeypatch.setenv(zoo.VARIABLE, str(tmp_path))
    before = onnx.load(file)
    change_metadata(zoo.find_model(zoo.Role.RECOGNIZER), {"temperature": 1.618, "licence": "MIT"})
    changed = onnx.load_from_string(zoo.verified_bytes(zoo.find_model(zoo.Role.RECOGNIZER)))
    assert changed.graph == before.graph
    told = {"id": "counter-a.v1", "role": "recognizer", "licence": "MIT", "temperature": 1.618}
    assert {p.key: json.loads(p.value) for p in changed.metadata_props} == {"meterocr": told}
    index = tomllib.loads((tmp_path / zoo.INDEX).read_text())["model"]
    assert index[0] | {"sha256": ""} == row_of(file, ["thai"]) | {"sha256": "", "licence": "AGPL-3.0-or-later"}
    assert index[1] == other


def test_metadata_of_an_altered_file_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = model_file(tmp_path)
    (tmp_path / zoo.INDEX).write_text(to_toml([row_of(file, ["thai"]) | {"sha256": "0" * 64}]))
    monkeypatch.setenv(zoo.VARIABLE, str(tmp_path))
    before = file.read_bytes()
    with pytest.raises(ModelError, match="altered"):
        change_metadata(zoo.find_model(zoo.Role.RECOGNIZER), {"temperature": 1.618})
    assert file.read_bytes() == before
