"""Exit codes, check, models, help."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import meterocr
from meterocr import Certificate, DisplayKind, Issue, ModelError
from meterocr.certificate import KindCount
from meterocr.readout import Readout
from tests.cli.conftest import FakeReader, objects, photo, run
from tests.vision.conftest import detector_bytes, recognizer_bytes, write_models

CERTIFICATE = Certificate(0.05, 0.9, (KindCount(DisplayKind.LCD, 100, 90, 0),), "0123", "display-toy.v1")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["a.jpg"], 0),
        (["a.jpg", "b.jpg"], 0),
        (["off.jpg"], 3),
        (["doubt.jpg"], 3),
        (["part.jpg"], 3),
        (["a.jpg", "doubt.jpg"], 3),
        (["bad.jpg"], 1),
        (["bad.jpg", "a.jpg"], 1),
        (["bad.jpg", "off.jpg"], 1),  # an error wins over a doubt
        (["off.jpg", "bad.jpg"], 1),
    ],
)
@pytest.mark.parametrize("command", [("read",), ("read", "--json"), ("read", "--csv"), ("check",)])
def test_exit_code(command: tuple[str, ...], files: list[str], code: int) -> None:
    for file in files:
        photo(file)
    assert run(*command, *files).exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"],
        ["check"],
        ["read", "a.jpg", "--json", "--csv"],
        ["read", "a.jpg", "--xml"],
        ["read", "a.jpg", "--draw", "a.jpg"],
        ["read", "a.jpg", "--draw", "a.jpg/deeper"],
        ["read", "a.jpg", "--max-risk", "0"],
        ["read", "a.jpg", "--max-risk", "1"],
        ["read", "a.jpg", "--max-risk", "2 %"],
        ["check", "a.jpg", "--language", "fr"],
        ["models", "delete"],
        ["reed", "a.jpg"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    photo("a.jpg")
    result = run(*arguments)
    assert result.exit_code == 2
    assert not result.stdout or arguments == ["models"]
    assert "Traceback" not in result.stderr


def test_a_model_error_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ModelError("expected sha256 ab, got cd")

    monkeypatch.setitem(vars(meterocr), "MeterReader", broken)
    result = run("read", str(photo("a.jpg")))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: expected sha256 ab, got cd\n")


def test_max_risk_reaches_the_reader() -> None:
    assert run("read", str(photo("a.jpg")), "--max-risk", "0.05").exit_code == 0
    result = run("read", str(photo("a.jpg")), "--max-risk", "0.02")
    said = "Error: expected a max_risk that counter-test.v1 is certified for (5 %), got 0.02\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)


def test_ctrl_c_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(FakeReader):
        def read(self, photo: Path | bytes, *, name: str | None = None) -> Readout:
            if name == "b.jpg":
                raise KeyboardInterrupt
            return super().read(photo, name=name)

    monkeypatch.setitem(vars(meterocr), "MeterReader", Interrupted)
    result = run("read", "--json", *(str(photo(name)) for name in ("a.jpg", "b.jpg", "c.jpg")))
    assert result.exit_code == 130
    assert [entry["photo"] for entry in objects(result)] == ["a.jpg"]
    assert result.stderr == ""


@pytest.mark.parametrize("language", ["en", "hi"])
def test_check_gives_advice_and_no_reading(language: str) -> None:
    result = run("check", str(photo("a.jpg")), str(photo("off.jpg")), "--language", language)
    advice = Issue.DISPLAY_OFF.advice(language)
    assert result.stdout.splitlines() == ["a.jpg: ok", "off.jpg: display_off", f"  {advice}"]


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", {"meterocr": "9.8.7"}.__getitem__)
    assert run("--version").stdout == "meterocr, version 9.8.7\n"


def test_check_names_the_photo_once() -> None:
    assert run("check", str(photo("f/bad.jpg"))).stderr == "f/bad.jpg: expected a photo, got 5 bytes of text\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], ["Examples:", "meterocr read meter.jpg", "Exit codes:"]),
        (["read", "--help"], ["--json", "--csv", "--draw", "--max-risk", "Exit codes:"]),
        (["check", "-h"], ["--language", "en|hi"]),
        (["models", "--help"], ["list", "verify"]),
    ],
)
def test_help(arguments: list[str], expected: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert all(part in result.stdout for part in expected)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of two models: one as it was released, one altered."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "a.onnx").write_bytes(b"a" * 1_540_000)
    (folder / "b.onnx").write_bytes(b"altered")
    table = '[[model]]\nid = "{0}.v1"\nrole = "{1}"\nfile = "{0}.onnx"\nsha256 = "{2}"\nlicence = "AGPL-3.0-or-later"\n'
    sums = {"a": hashlib.sha256(b"a" * 1_540_000).hexdigest(), "b": hashlib.sha256(b"b").hexdigest()}
    entries = [table.format(name, role, sums[name]) for name, role in (("a", "detector"), ("b", "recognizer"))]
    (folder / "index.toml").write_text("\n".join(entries))
    monkeypatch.setenv("METEROCR_MODELS", str(folder))
    return folder


@pytest.mark.usefixtures("models")
def test_models_list() -> None:
    result = run("models", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "id    role        size    licence            sha256",
        "a.v1  detector    1.5 MB  AGPL-3.0-or-later  ok",
        "b.v1  recognizer  -       AGPL-3.0-or-later  not ok",
    ]


@pytest.mark.parametrize(
    ("certificates", "said"),
    [([], "counter-toy.v1: no certificate"), ([CERTIFICATE], f"counter-toy.v1 with display-toy.v1: {CERTIFICATE}")],
)
def test_models_list_says_what_is_certified(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificates: list[Certificate], said: str
) -> None:
    recognizer = recognizer_bytes(certificates=[c.to_dict() for c in certificates])
    write_models(tmp_path, {"detector": detector_bytes(), "recognizer": recognizer})
    monkeypatch.setenv("METEROCR_MODELS", str(tmp_path))
    result = run("models", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[3:] == [said]


def test_models_verify(models: Path) -> None:
    result = run("models", "verify")
    assert (result.exit_code, result.stdout) == (1, "a.v1: ok\n")
    assert result.stderr.startswith("b.v1: expected ")
    (models / "b.onnx").write_bytes(b"b")
    result = run("models", "verify")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "a.v1: ok\nb.v1: ok\n", "")


def test_no_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("METEROCR_MODELS", str(tmp_path))
    result = run("models", "verify")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: expected index.toml")
