"""The command as a process of its own: pipes, locales, terminals, the real reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import meterocr
from tests.cli.conftest import HINDI, photo
from tests.vision.conftest import detector_bytes, paint, recognizer_bytes, write_models

SCRIPT = """
import meterocr
from types import SimpleNamespace
from meterocr.cli import main
from meterocr.readout import Models, Readout

def read(photo, name):
    return Readout(photo=name, sha256="", width=1, height=1, models=Models("d", "r"))

vars(meterocr)["MeterReader"] = lambda **_: SimpleNamespace(read=read)
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
        assert drawn.width % given.width == 0  # small photos are enlarged by a whole factor
        assert drawn.height > given.height * drawn.width // given.width  # the caption lies below
    assert process(code, "check", "a.png").stdout == b"a.png: ok\n"


def test_help_is_quick_to_come() -> None:
    heavy = "('cv2', 'numpy', 'onnxruntime', 'PIL')"
    done = process(f"import sys, meterocr.cli; print([name for name in {heavy} if name in sys.modules])")
    assert (done.stdout.strip(), done.stderr) == (b"[]", b"")
