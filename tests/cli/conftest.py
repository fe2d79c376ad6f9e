"""A reader that knows its answers by the name of the photo, in an empty working folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import meterocr
from meterocr import Candidate, Digit, Display, DisplayKind, Issue, Models, PhotoError, Quad, Quantity, SettingError
from meterocr.cli import main
from meterocr.readout import Readout

QUAD = Quad(((1, 1), (9, 1), (9, 5), (1, 5)))
HINDI = "मीटर-फ़ोटो.jpg"


def readout(name: str, *, text: str = "00482.1", issues: tuple[Issue, ...] = (), retake: bool = False) -> Readout:
    digits = tuple(Digit(s, 0.3 if s == "?" else 0.9996, 0.5 * (s == "8"), QUAD) for s in text.replace(".", ""))
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
    """Reads by name: ``bad*`` is no photo, ``off*`` is switched off, ``doubt*`` is not certain, the rest is clear.

    It has a certificate for 5 %.
    """

    def __init__(self, *, max_risk: float | None = None) -> None:
        if max_risk is not None and max_risk < 0.05:
            raise SettingError(f"expected a max_risk that counter-test.v1 is certified for (5 %), got {max_risk}")

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
