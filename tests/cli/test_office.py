"""``meterocr init`` and ``meterocr consumer`` on a real SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.books import OPERATOR, SURE, open_books, prepare, told
from tests.cli.conftest import objects, run


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)


def test_init(place: Path) -> None:
    assert told("init") == {"schema": 1, "home": str(place / "meterocr-data"), "tariffs": [str(OPERATOR)]}
    result = run("init")
    assert (result.exit_code, result.stdout) == (0, f"Everything is kept in {place / 'meterocr-data'}.\n")


@pytest.mark.parametrize(
    "command",
    [
        ("bill", "show", "B-1"),
        ("bill", "issue", "C-1"),
        ("consumer", "show", "C-1"),
        ("review", "list"),
        ("submit", str(SURE), "--connection", "C-1"),
    ],
)
def test_before_init(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: expected the folder meterocr-data/photos, got none: set it up with ")
    assert told(*command, code=1)["error"]["code"] == "store_error"


def test_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METEROCR_HOUSE", "x")
    error = told("init", code=1)["error"]
    assert (error["code"], error["message"][-18:]) == ("setting_error", "got METEROCR_HOUSE")


def test_bad_rows() -> None:
    assert run("init").exit_code == 0
    Path("a.csv").write_text("consumer_id,name,address\nK-1,Anil,Dhanbad\nK-2,,Dhanbad\n", encoding="utf-8")
    result = run("consumer", "import", "consumers", "a.csv")
    assert (result.exit_code, result.stdout) == (1, "a.csv: 0 rows kept, 1 refused\n")
    assert result.stderr == "a.csv: line 3, name: expected some text, got none\n"
    result = run("consumer", "import", "consumers", "a.csv", "--skip-bad", "--json")
    assert result.exit_code == 3
    assert objects(result) == [
        {
            "schema": 1,
            "file": "a.csv",
            "refused": {"line": 3, "column": "name", "expected": "some text", "got": "none"},
        },
        {"schema": 1, "file": "a.csv", "kept": 1, "refused": 1},
    ]
    assert run("consumer", "export", "consumers").stdout == "consumer_id,name,address\nK-1,Anil,Dhanbad\n"


def test_another_header() -> None:
    run("init")
    Path("a.csv").write_text("name\nAnil\n")
    assert (
        "expected the columns consumer_id"
        in told("consumer", "import", "consumers", "a.csv", code=1)["error"]["message"]
    )


def test_out_as_it_came_in(place: Path) -> None:
    open_books()
    for kind in ("consumers", "connections"):
        result = run("consumer", "export", kind, f"out-{kind}.csv")
        assert result.stdout == f"2 rows in out-{kind}.csv\n"
        assert (place / f"out-{kind}.csv").read_bytes() == (place / f"{kind}.csv").read_bytes()
    result = run("consumer", "export", "meters", "missing/x.csv")
    assert result.exit_code == 2
    assert "expected a file that can be written" in " ".join(result.stderr.split())


def test_show() -> None:
    open_books()
    shown = told("consumer", "show", "C-1")
    assert (shown["name"], shown["meter"], shown["phone"], len(shown["readings"])) == ("Anil Example", "M-1", "", 6)
    lines = run("consumer", "show", "C-1").stdout.splitlines()
    assert lines[2] == "meter M-1, phone none registered"
    assert lines[-1].split()[1:] == ["63273.3", "kWh", "meter_reader"]
    assert told("consumer", "show", "C-9", code=1)["error"]["code"] == "not_found_error"


def test_phones() -> None:
    open_books()
    register = ("consumer", "phone", "register", "C-1", "98123 45678", "--how", "urja_mitra")
    result = run(*register)
    assert result.exit_code == 2
    assert "expected --consent: bills go only to a phone whose holder agreed" in result.stderr
    assert told(*register, "--consent") == {
        "schema": 1,
        "consumer_number": "C-1",
        "phone": "+91********78",
        "live": True,
    }
    coverage = run("consumer", "phone", "coverage").stdout.splitlines()
    assert [line.split() for line in coverage] == [
        ["B-1", "1", "of", "1", "100.0", "%"],
        ["B-2", "0", "of", "1", "0.0", "%"],
        ["all", "1", "of", "2", "50.0", "%"],
    ]
    assert told("consumer", "phone", "opt-out", "+919812345678")["connections"] == ["C-1"]
    assert told("consumer", "show", "C-1")["phone"] == ""


def test_a_phone_registered_from_home() -> None:
    open_books()
    home = told("consumer", "phone", "register", "C-2", "9812345678", "--how", "consumer", "--consent")
    assert home["live"] is False
    assert told("consumer", "phone", "confirm", "C-2", "wrong", code=3)["code"] == "wrong"
    assert told("consumer", "phone", "confirm", "C-1", "123456", code=3)["code"] == "expired"
    assert told("consumer", "show", "C-2")["phone"] == ""


@pytest.mark.parametrize("number", ["12345", "+91 0000000001", "asha"])
def test_a_wrong_phone_is_wrong_usage(number: str) -> None:
    result = run("consumer", "phone", "register", "C-1", number, "--how", "office", "--consent")
    assert result.exit_code == 2
    assert "expected a phone number such as +91 98123 45678" in " ".join(result.stderr.split())
