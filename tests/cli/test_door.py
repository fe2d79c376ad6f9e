"""``meterocr consumer visit|exchange``: what they write, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.books import open_books, prepare, told
from tests.cli.conftest import run

NEW = ["--serial", "M-9", "--digits", "6", "--decimals", "1"]


@pytest.fixture(autouse=True)
def books(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place
    prepare(monkeypatch)
    open_books()


@pytest.mark.parametrize("found", ["locked", "refused", "faulty"])
def test_a_visit(found: str) -> None:
    assert told("consumer", "visit", "C-1", "--found", found)["asked"] is False
    assert told("consumer", "visit", "C-9", "--found", found, code=1)["error"]["code"] == "not_found_error"


def test_a_photo_is_asked_for() -> None:
    assert run("consumer", "phone", "register", "C-1", "+919812345678", "--how", "office", "--consent").exit_code == 0
    result = run("consumer", "visit", "C-1", "--found", "locked")
    assert (result.exit_code, result.stdout) == (0, "C-1: locked; a photo is asked for.\n")


def test_an_exchange_has_both_readings() -> None:
    done = told("consumer", "exchange", "C-1", "--showed", "63303.3", "--shows", "0", *NEW)
    assert (done["removed"], done["installed"]) == ("M-1", "M-9")
    readings = told("consumer", "show", "C-1")["readings"]
    assert [(r["meter"], r["value"], r["source"]) for r in readings[-2:]] == [
        ("M-1", "63303.3", "removed"),
        ("M-9", "0", "installed"),
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--showed", "1.25", "--shows", "0", *NEW], "metering_error"),
        (["--showed", "63303.3", "--shows", "0", "--serial", "M-2", "--digits", "6"], "conflict_error"),
        (["--showed", "63303.3", "--shows", "1000000", *NEW], "metering_error"),
    ],
)
def test_refused(more: list[str], code: str) -> None:
    assert told("consumer", "exchange", "C-1", *more, code=1)["error"]["code"] == code
    assert told("consumer", "show", "C-1")["meter"] == "M-1"


def test_wrong_usage_is_json_too() -> None:
    for words in (["visit", "C-1"], ["exchange"], ["export", "meters"], ["visit", "C-1", "--found", "gone"]):
        assert told("consumer", *words, code=2)["error"]["code"] == "usage_error"
    assert told("consumer", "export", "meters", "out.csv")["rows"] == 2
