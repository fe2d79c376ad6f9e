"""The command line, with a reader that knows its answers by the name of the photo."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import meterocr
from meterocr import Candidate, Digit, Display, DisplayKind, Issue, ModelError, Models, PhotoError, Quad, Quantity
from meterocr.cli import main
from meterocr.readout import Readout
from tests.vision.conftest import detector_bytes, paint, recognizer_bytes, write_models

QUAD = Quad(((1, 1), (9, 1), (9, 5), (1, 5)))
HINDI = "मीटर-फ़ोटो.jpg"


def readout(name: str, *, text: str = "00482.1", issues: tuple[Issue, ...] = (), retake: bool = False) -> Readout:
    digits = tuple(Digit(s, 0.3 if s == "?" else 0.9996, s == "8", QUAD) for s in text.replace(".", ""))
    return Readout(
        photo=name,
        sha256="ab" * 32,
        width=10,
        height=10,
        models=Models("display-test.v1", "counter-test.v1"),
        displays=(Display(DisplayKind.LCD, QUAD, 0.9),) if text else (),
        text=text,
        digits=digits,
        confidence=0.98,
        candidates=(Candidate(text, 0.98),),
        shows=Quantity.KWH,
        issues=issues,
        retake=retake,
    )


class FakeReader:
    """Reads by name: ``bad*`` is no photo, ``off*`` is switched off, ``doubt*`` is not certain, the rest is clear."""

    def read(self, photo: Path | bytes, *, name: str | None = None) -> Readout:
        if isinstance(photo, bytes):
            return readout(name or "photo")
        name = name or photo.name
        if photo.name.startswith("bad"):
            raise PhotoError(f"{name}: expected a photo, got 5 bytes of text")
        if not photo.is_file():
            raise PhotoError(f"{name}: expected a photo, got a path where no file is")
        if photo.name.startswith("off"):
            return readout(name, text="", issues=(Issue.DISPLAY_OFF,), retake=True)
        if photo.name.startswith("doubt"):
            return readout(name, issues=(Issue.GLARE, Issue.LOW_CONFIDENCE))
        if photo.name.startswith("part"):
            return readout(name, text="0?482", issues=(Issue.UNREAD_DIGITS,))
        return readout(name)

    def check(self, photo: Path | bytes) -> tuple[Issue, ...]:
        return self.read(photo).issues


def fake_draw(photo: object, seen: Readout) -> np.ndarray:
    assert photo is not None
    return np.full((8, 8, 3), 255 if seen.text else 0, np.uint8)


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, and fakes where the library loads its models lazily."""
    monkeypatch.setitem(vars(meterocr), "MeterReader", FakeReader)
    monkeypatch.setitem(vars(meterocr), "draw", fake_draw)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def photo(path: str) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(f"photo {path}".encode(errors="replace"))
    return file


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def names(*arguments: str) -> list[object]:
    return [entry["photo"] for entry in objects(run("read", "--json", *arguments))]


# exit codes


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
    def broken() -> None:
        raise ModelError("expected sha256 ab, got cd")

    monkeypatch.setitem(vars(meterocr), "MeterReader", broken)
    result = run("read", str(photo("a.jpg")))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "Error: expected sha256 ab, got cd\n")


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


# text


def test_text_for_people() -> None:
    result = run("read", str(photo("a.jpg")), str(photo("off.jpg")), str(photo("doubt.jpg")), str(photo("bad.jpg")))
    sure = "  0 99.9 %, 0 99.9 %, 4 99.9 %, 8 99.9 % turning, 2 99.9 %, 1 99.9 %"
    assert result.stdout.splitlines() == [
        "a.jpg: 00482.1 kWh  98 %  lcd",
        sure,
        "off.jpg: no reading",
        f"  {Issue.DISPLAY_OFF.advice()}",
        "doubt.jpg: 00482.1 kWh  98 %  lcd",
        sure,
        f"  {Issue.GLARE.advice()}",
        f"  {Issue.LOW_CONFIDENCE.advice()}",
    ]
    assert result.stderr == "bad.jpg: expected a photo, got 5 bytes of text\n"


def test_text_is_not_wrapped_and_brackets_stay() -> None:
    name = f"{'long' * 40}[red].jpg"
    assert run("read", str(photo(name))).stdout.startswith(f"{name}: 00482.1")


def test_a_name_cannot_steer_the_terminal() -> None:
    result = run("read", str(photo("a\x1b[2J\n.jpg")), str(photo("bad\x1b]0;x\x07.jpg")))
    assert not {"\x1b", "\x07"} & set(result.output)
    assert result.stdout.startswith("a\ufffd[2J\ufffd.jpg: ")


# JSON and CSV


def test_json_is_the_readout_under_the_name_given() -> None:
    result = run("read", "--json", str(photo("b/a.jpg")))
    assert objects(result) == [readout("b/a.jpg").to_dict()]


def test_json_reports_errors_in_place() -> None:
    result = run("read", "--json", str(photo("bad.jpg")), str(photo("a.jpg")))
    assert objects(result) == [
        {
            "schema": 1,
            "photo": "bad.jpg",
            "error": {"code": "photo_error", "message": "expected a photo, got 5 bytes of text"},
        },
        readout("a.jpg").to_dict(),
    ]
    assert result.stderr == ""


def test_csv_has_a_header_and_keeps_leading_zeros() -> None:
    result = run("read", "--csv", str(photo("doubt,1.jpg")), str(photo("off.jpg")), str(photo("bad.jpg")))
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["photo"] for row in rows] == ["doubt,1.jpg", "off.jpg", "bad.jpg"]
    assert rows[0] == {
        "photo": "doubt,1.jpg",
        "sha256": "ab" * 32,
        "text": "00482.1",
        "value": "482.1",
        "confidence": "0.98",
        "kind": "lcd",
        "shows": "kwh",
        "issues": "glare low_confidence",
        "retake": "false",
        "error": "",
    }
    assert (rows[1]["text"], rows[1]["value"], rows[1]["retake"]) == ("", "", "true")
    assert (rows[2]["error"], rows[2]["sha256"]) == ("expected a photo, got 5 bytes of text", "")


# what is read


def test_folders_are_walked_for_photos() -> None:
    for name in ("f/b.JPG", "f/a.heic", "f/z/c.png", "f/notes.txt", "f/._a.jpg", "f/.thumbs/d.jpg", "f/a.read.jpg"):
        photo(name)
    assert names("f") == ["f/a.heic", "f/b.JPG", "f/z/c.png"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["f/*.jpg"], ["f/a.jpg", "f/b.jpg"]),
        (["f/**/*.jpg"], ["f/a.jpg", "f/b.jpg", "f/z/c.jpg"]),
        (["f/b.jpg", "f"], ["f/b.jpg", "f/a.jpg", "f/z/c.jpg"]),  # each once
        (["f/**"], ["f/a.jpg", "f/b.jpg", "f/z/c.jpg"]),
        (["m[1].jpg"], ["m[1].jpg"]),  # a name before it is a pattern
    ],
)
def test_patterns(arguments: list[str], expected: list[str]) -> None:
    for name in ("f/a.jpg", "f/b.jpg", "f/z/c.jpg", "m[1].jpg", "m1.jpg"):
        photo(name)
    assert names(*arguments) == expected


@pytest.mark.parametrize("argument", ["missing.jpg", "*.none", "empty", "loop.jpg"])
def test_what_is_not_there_stops_nobody(argument: str) -> None:
    Path("empty").mkdir()
    Path("loop.jpg").symlink_to("loop.jpg")
    result = run("read", "--json", argument, str(photo("a.jpg")))
    first, second = objects(result)
    assert result.exit_code == 1
    assert first["photo"] == argument
    error = first["error"]
    assert isinstance(error, dict)
    assert error["message"].startswith("expected ")
    assert str(Path.cwd()) not in result.output
    assert second["text"] == "00482.1"


def test_a_photo_from_stdin() -> None:
    result = run("read", "--json", "-", "-", "--draw", "out", stdin=b"photo")
    assert [entry["photo"] for entry in objects(result)] == ["-"]
    assert [file.name for file in Path("out").iterdir()] == ["stdin.read.jpg"]


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_names_in_hindi_and_of_no_encoding(form: list[str]) -> None:
    photo(HINDI)
    odd = os.fsdecode(b"m\xff\xfe.jpg")
    try:
        photo(odd)
    except OSError:
        pytest.skip("this file system has no such names")
    result = run("read", *form, HINDI, odd, "--draw", "out")
    assert result.exit_code == 0
    assert HINDI in result.stdout
    assert "m\ufffd\ufffd.jpg" in result.stdout
    assert {file.name for file in Path("out").iterdir()} == {"मीटर-फ़ोटो.read.jpg", os.fsdecode(b"m\xff\xfe.read.jpg")}


# drawings


def test_drawings_do_not_collide() -> None:
    photos = [str(photo(name)) for name in ("x/a.jpg", "y/a.jpg", "y/a.png", "y/A.jpg")]
    result = run("read", *photos, "--draw", "out/new")
    drawn = ["a.read.jpg", "a-2.read.jpg", "a-3.read.jpg", "A-4.read.jpg"]
    assert {file.name for file in Path("out/new").iterdir()} == set(drawn)
    assert [line for line in result.stdout.splitlines() if "drawn" in line] == [
        f"  drawn in {Path('out/new', name)}" for name in drawn
    ]
    with Image.open("out/new/a.read.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (8, 8))


def test_a_second_run_draws_over_the_first() -> None:
    for _ in range(2):
        assert run("read", str(photo("f/a.jpg")), "--draw", "f").exit_code == 0
    assert sorted(file.name for file in Path("f").iterdir()) == ["a.jpg", "a.read.jpg"]


def test_a_photo_is_never_drawn_over() -> None:
    given = photo("f/a.jpg"), photo("f/a.read.jpg"), photo("f/linked.jpg"), photo("f/elsewhere.jpg")
    before = [file.read_bytes() for file in given]
    Path("f/linked.read.jpg").symlink_to("elsewhere.jpg")
    Path("again").symlink_to("f")
    result = run("read", *map(str, given[:3]), "--draw", "again")
    assert result.exit_code == 0
    assert [file.read_bytes() for file in given] == before
    assert not Path("f/linked.read.jpg").is_symlink()


def test_a_drawing_that_cannot_be_written_loses_no_reading() -> None:
    Path("out/a.read.jpg").mkdir(parents=True)
    result = run("read", "--json", str(photo("a.jpg")), str(photo("b.jpg")), "--draw", "out")
    assert result.exit_code == 1
    assert [entry["text"] for entry in objects(result)] == ["00482.1", "00482.1"]
    assert result.stderr.startswith("a.jpg: the drawing cannot be written: ")
    assert Path("out/b.read.jpg").is_file()


# models


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


# the process

SCRIPT = """
import meterocr
from types import SimpleNamespace
from meterocr.cli import main
from meterocr.readout import Models, Readout

def read(photo, name):
    return Readout(photo=name, sha256="", width=1, height=1, models=Models("d", "r"))

vars(meterocr)["MeterReader"] = lambda: SimpleNamespace(read=read)
main()
"""


def process(
    code: str, *arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run ``code`` in a Python of its own, with a locale that knows no letters but English ones."""
    checkout = str(Path(meterocr.__file__).parents[1])
    environment = os.environ | {"TERM": "xterm", "PYTHONPATH": checkout, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, stdout=stdout, stderr=stderr, env=environment, check=False, timeout=60)


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_a_closed_pipe_ends_quietly(form: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = process(SCRIPT, "read", str(photo("a.jpg")), str(photo("b.jpg")), *form, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_any_locale_will_do(form: list[str]) -> None:
    done = process(SCRIPT, "read", str(photo(HINDI)), *form)
    assert (done.returncode, done.stderr) == (3, b"")
    assert (HINDI in done.stdout.decode()) == bool(form)  # programs get UTF-8, a terminal what it can show


def test_a_bar_is_for_a_terminal_and_off_the_results() -> None:
    pty = pytest.importorskip("pty")
    terminal, stderr = pty.openpty()
    try:
        done = process(SCRIPT, "read", str(photo("a.jpg")), str(photo("b.jpg")), "--json", stderr=stderr)
        seen = os.read(terminal, 100_000).decode(errors="replace")
    finally:
        os.close(terminal)
        os.close(stderr)
    assert "2/2" in seen
    assert [json.loads(line)["photo"] for line in done.stdout.splitlines()] == ["a.jpg", "b.jpg"]


def test_the_real_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Photos to text, JSON and drawings in a process of its own; only the nets are toys."""
    folder = tmp_path / "toys"
    folder.mkdir()
    write_models(folder, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    monkeypatch.setenv("METEROCR_MODELS", str(folder))
    Image.fromarray(paint("00482.1")).save("a.png")
    Path("bad.jpg").write_text("text", encoding="utf-8")
    code = "from meterocr.cli import main; main()"
    done = process(code, "read", "a.png", "bad.jpg", "--json", "--draw", "out")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (1, b"")
    assert (first["photo"], first["text"], first["value"], first["retake"]) == ("a.png", "00482.1", "482.1", False)
    assert (second["photo"], second["error"]["code"]) == ("bad.jpg", "photo_error")
    with Image.open("out/a.read.jpg") as drawn, Image.open("a.png") as given:
        assert drawn.size == given.size
    assert process(code, "check", "a.png").stdout == b"a.png: ok\n"


def test_help_is_quick_to_come() -> None:
    heavy = "('cv2', 'numpy', 'onnxruntime', 'PIL')"
    done = process(f"import sys, meterocr.cli; print([name for name in {heavy} if name in sys.modules])")
    assert (done.stdout.strip(), done.stderr) == (b"[]", b"")


# check, help


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
        (["read", "--help"], ["--json", "--csv", "--draw", "Exit codes:"]),
        (["check", "-h"], ["--language", "en|hi"]),
        (["models", "--help"], ["list", "verify"]),
    ],
)
def test_help(arguments: list[str], expected: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 0
    assert all(part in result.stdout for part in expected)
