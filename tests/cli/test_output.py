"""Text for people, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import io

from meterocr import Issue
from tests.cli.conftest import objects, photo, readout, run


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
