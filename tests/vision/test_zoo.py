from pathlib import Path

import pytest

from meterocr.errors import ModelError
from meterocr.vision.zoo import VARIABLE, Role, find_model, list_models, models_folder, verified_bytes

ENTRY = {
    "id": '"a.v1"',
    "role": '"detector"',
    "file": '"a.v1.onnx"',
    "sha256": '"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"',
    "default": "true",
    "licence": '"MIT"',
    "sources": '["toy"]',
}


def index(folder: Path, *entries: dict[str, str]) -> None:
    tables = ("[[model]]\n" + "\n".join(f"{k} = {v}" for k, v in entry.items()) for entry in entries)
    (folder / "index.toml").write_text("\n".join(tables), encoding="utf-8")
    (folder / "a.v1.onnx").write_bytes(b"a")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    index(tmp_path, ENTRY)
    return tmp_path


def test_lists_and_verifies(folder: Path) -> None:
    (model,) = list_models()
    assert (model.id, model.role, model.default, model.sources) == ("a.v1", Role.DETECTOR, True, ("toy",))
    assert model.path == folder / "a.v1.onnx"
    assert verified_bytes(model) == b"a"


def test_finds_the_default_and_the_named(folder: Path) -> None:
    index(folder, {**ENTRY, "default": "false"}, {**ENTRY, "id": '"b.v2"'})
    assert find_model(Role.DETECTOR).id == "b.v2"
    assert find_model(Role.DETECTOR, "a.v1").id == "a.v1"


@pytest.mark.parametrize(
    ("role", "model_id", "said"),
    [
        (Role.RECOGNIZER, None, "a default recognizer"),
        (Role.RECOGNIZER, "a.v1", "a recognizer 'a.v1'"),
        (Role.DETECTOR, "b.v1", r"found \['a.v1'\]"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_refuses_what_is_not_there(role: Role, model_id: str | None, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        find_model(role, model_id)


def test_refuses_an_altered_file(folder: Path) -> None:
    (folder / "a.v1.onnx").write_bytes(b"b")
    with pytest.raises(ModelError, match="altered"):
        verified_bytes(find_model(Role.DETECTOR))


def test_refuses_a_missing_file(folder: Path) -> None:
    (folder / "a.v1.onnx").unlink()
    with pytest.raises(ModelError, match=r"expected model a\.v1 at"):
        verified_bytes(find_model(Role.DETECTOR))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"role": '"oracle"'}, "expected role detector or recognizer"),
        ({"role": "3"}, "expected role as text"),
        ({"id": '""'}, "expected id as text"),
        ({"sha256": "12"}, "expected sha256 as text"),
        ({"licence": "[]"}, "expected licence as text"),
        ({"sources": '"toy"'}, "expected sources as a list"),
        ({"sources": "[1]"}, "expected sources as a list"),
        ({"file": '"../a.v1.onnx"'}, "expected the name of a file"),
    ],
)
def test_refuses_a_bad_entry(folder: Path, change: dict[str, str], said: str) -> None:
    index(folder, {**ENTRY, **change})
    with pytest.raises(ModelError, match=said):
        list_models()


@pytest.mark.parametrize("text", ["[[model]\n", "model = 3", "model = [3]"])
def test_refuses_a_bad_index(folder: Path, text: str) -> None:
    (folder / "index.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="expected"):
        list_models()


def test_a_named_folder_without_index_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="nowhere, found none"):
        models_folder()
