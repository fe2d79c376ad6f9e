"""``meterocr submit``, ``review`` and ``bill`` on a real SQLite file, with the real reader and drawn photos."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.books import (
    BLURRED,
    DOUBTFUL,
    NOW,
    OPERATOR,
    PHOTOS,
    SURE,
    SURE_SHOWS,
    open_books,
    prepare,
    submit,
    told,
)
from tests.cli.conftest import run


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)


def test_from_a_photo_to_a_bill(place: Path) -> None:
    open_books()
    told("consumer", "phone", "register", "C-1", "9812345678", "--how", "office", "--consent")
    came = submit(SURE)
    assert (came["text"], came["verdict"], came["reasons"]) == (SURE_SHOWS, "accepted", {"en": [], "hi": []})
    bill = came["bill"]
    assert (bill["units"], bill["state"], bill["number"]) == ("268.0", "issued", f"{NOW.year}-0000001")
    assert submit(SURE) == came  # sent again, it is the same
    result = run("submit", str(SURE), "--connection", "C-1")
    first, second, *_ = result.stdout.splitlines()
    assert re.fullmatch(rf"Photo 1 of C-1: {re.escape(SURE_SHOWS)} \(9\d\.\d% certain\): accepted", first)
    assert second.startswith(f"bill {bill['number']}")
    shown = told("bill", "show", bill["number"])
    assert shown["total_paise"] == bill["total_paise"] == sum(line["amount_paise"] for line in shown["lines"])
    assert (len(shown["proof"]), [step["state"] for step in shown["history"]]) == (64, ["issued"])
    assert "Proof: " in run("bill", "show", bill["number"]).stdout
    outbox = place / "meterocr-data" / "meterocr.db"
    assert b'"bill"' in outbox.read_bytes()


def test_pdf(place: Path) -> None:
    open_books()
    number = submit(SURE)["bill"]["number"]
    assert run("bill", "pdf", number).stdout == f"{number} is in {number}.pdf\n"
    receipt = told("bill", "pdf", number, "--receipt", "--language", "hi", "--out", "r.pdf")
    assert receipt["pdf"] == str(place / "r.pdf")
    contents = {path: (place / path).read_bytes() for path in (f"{number}.pdf", "r.pdf")}
    assert all(content.startswith(b"%PDF-") for content in contents.values())
    run("bill", "pdf", number)
    assert (place / f"{number}.pdf").read_bytes() == contents[f"{number}.pdf"]
    result = run("bill", "pdf", number, "--out", "missing/x.pdf")
    assert (result.exit_code, "expected a file that can be written" in " ".join(result.stderr.split())) == (2, True)
    assert told("bill", "pdf", "B-9", code=1)["error"]["code"] == "not_found_error"


def test_reversed_and_issued_anew() -> None:
    open_books()
    came = submit(SURE)
    first, photo = came["bill"]["number"], str(came["submission"])
    assert told("review", "reopen", photo, "--reason", "misread", code=1)["error"]["code"] == "conflict_error"
    result = run("bill", "reverse", first)
    assert (result.exit_code, "--reason" in result.stderr) == (2, True)
    assert told("bill", "reverse", first, "--reason", "a try")["state"] == "reversed"
    assert told("bill", "pdf", first, code=1)["error"]["code"] == "bill_error"
    assert told("bill", "reverse", first, "--reason", "again", code=1)["error"]["code"] == "bill_error"
    again = told("bill", "issue", "C-1")
    assert (again["number"], again["units"]) == (f"{NOW.year}-0000002", "268.0")
    assert "expected a reading after" in told("bill", "issue", "C-1", code=1)["error"]["message"]
    assert told("bill", "issue", "C-9", code=1)["error"]["code"] == "not_found_error"
    told("bill", "reverse", again["number"], "--reason", "misread")
    assert told("review", "reopen", photo, "--reason", "misread")["waiting"] is True
    assert told("review", "reopen", photo, "--reason", "misread", code=1)["error"]["code"] == "conflict_error"
    assert told("bill", "issue", "C-1", code=1)["error"]["code"] == "bill_error"
    bill = told("review", "correct", photo, "63531.3")["bill"]
    assert (bill["number"], bill["units"]) == (f"{NOW.year}-0000003", "258.0")
    told("bill", "reverse", bill["number"], "--reason", "mistyped")
    assert told("review", "reopen", photo, "--reason", "mistyped")["waiting"] is False
    assert told("review", "reopen", photo, "--reason", "mistyped", code=1)["error"]["code"] == "conflict_error"
    assert told("bill", "issue", "C-1", code=1)["error"]["code"] == "bill_error"


def test_a_person_accepts() -> None:
    open_books("36421", "kwh:5:0:1")
    assert run("review", "list").stdout == "Nobody waits.\n"
    came = submit(DOUBTFUL, code=3)
    assert (came["verdict"], came["waiting"], "bill" in came) == ("review", True, False)
    found = re.search(r"is (\d\d\.\d%) certain; at least 80\.0% is needed\.", came["reasons"]["en"][0])
    assert found
    sure = found[1]
    result = run("submit", str(DOUBTFUL), "--connection", "C-1", "--language", "hi")
    assert (result.exit_code, f"केवल {sure} पक्की" in result.stdout) == (3, True)
    assert (told("review", "list")["submission"], told("review", "list")["at_risk_paise"] > 0) == (1, True)
    assert run("review", "list").stdout.startswith(f"     1  C-1  36621  The reading 36621 is {sure} certain")
    shown = told("review", "show", "1", "--photo", "seen.jpg")
    assert shown["readout"]["candidates"][0]["text"] == "36621"
    assert Path("seen.jpg").read_bytes() == DOUBTFUL.read_bytes()
    assert f"the photo may show 36621: {sure}" in run("review", "show", "1").stdout
    done = told("review", "accept", "1", "--by", "asha", "--note", "clear enough")
    assert (done["value"], done["bill"]["units"]) == ("36621", "200")
    assert told("review", "accept", "1", code=1)["error"]["code"] == "conflict_error"
    assert run("review", "list").stdout == "Nobody waits.\n"


def test_a_person_corrects() -> None:
    open_books("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    assert told("review", "correct", "1", "136621", code=1)["error"]["code"] == "metering_error"
    assert run("review", "correct", "1", "many").exit_code == 2
    result = run("review", "correct", "1", "36622")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Photo 1 shows 36622 kWh.")
    assert "201 units" in result.stdout


def test_a_decision_stands_where_no_bill_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    open_books("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    monkeypatch.delenv("METEROCR_TARIFFS")  # the duty of these days is not known
    done = told("review", "accept", "1", code=1)
    assert (done["value"], done["error"]["code"]) == ("36621", "bill_error")
    assert "expected a rate duty" in done["error"]["message"]
    monkeypatch.setenv("METEROCR_TARIFFS", str(OPERATOR))
    assert told("bill", "issue", "C-1")["units"] == "200"


def test_a_person_rejects() -> None:
    open_books("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    assert run("review", "reject", "1").exit_code == 2
    assert run("review", "reject", "1", "--note", "of another meter").stdout == "Photo 1 is rejected.\n"
    assert told("review", "reject", "1", "--note", "again", code=1)["error"]["code"] == "conflict_error"
    assert told("review", "reject", "9", "--note", "x", code=1)["error"]["code"] == "not_found_error"


def test_another_photo_is_needed() -> None:
    open_books()
    result = run("submit", str(BLURRED), "--connection", "C-1")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0] == "Photo 1 of C-1: no whole reading: a new photo is needed"
    assert "  The photo is blurred. Hold the phone still and tap the display to focus." in lines
    assert run("review", "list").stdout == "Nobody waits.\n"


def test_the_photo_of_another() -> None:
    open_books()
    submit(SURE)
    came = submit(SURE, "--key", "k-2", number="C-2", code=3)
    assert came["reasons"]["en"][0].startswith("This photo was already sent for another connection")


def test_a_photo_on_standard_input() -> None:
    open_books()
    result = run("submit", "-", "--connection", "C-1", "--json", stdin=SURE.read_bytes())
    assert (result.exit_code, json.loads(result.stdout)["text"]) == (0, SURE_SHOWS)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.jpg", "--connection", "C-1"], 2, "expected a photo, got 'none.jpg', where no file is"),
        ([str(PHOTOS), "--connection", "C-1"], 2, "expected one photo, got"),
        ([str(SURE)], 2, "--connection"),
        ([str(SURE), "--connection", "C-1", "--since", "yesterday"], 2, "'yesterday' does not match"),
        ([str(OPERATOR), "--connection", "C-1"], 1, "expected a photo (JPEG, PNG, WebP, HEIC, GIF or BMP), got text"),
        ([str(SURE), "--connection", "C-9"], 1, "expected a connection that is registered, got 'C-9'"),
    ],
)
def test_what_cannot_be_taken_in(arguments: list[str], code: int, message: str) -> None:
    open_books()
    result = run("submit", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in " ".join(result.stderr.split())
