"""The commands of the office on a real SQLite file, with the real reader and drawn photos."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import meterocr
from tests.cli.conftest import objects, run

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "meterocr" / "cli" / "demo" / "photos"
OPERATOR = ROOT / "tests" / "golden" / "operator.toml"
SURE, SURE_SHOWS = PHOTOS / "mechanical-202.jpg", "63541.3"
DOUBTFUL, BLURRED = PHOTOS / "lcd-105.jpg", PHOTOS / "lcd-102.jpg"
NOW = datetime.now(UTC)
HISTORY = "consumer_number,serial_number,quantity,value,at,source,standing,visited,billed"

Csv = dict[str, str]


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real reader, and local rates for the days that the JBVNL pack does not know."""
    monkeypatch.delitem(vars(meterocr), "MeterReader")
    monkeypatch.setenv("METEROCR_TARIFFS", str(OPERATOR))
    monkeypatch.setenv("METEROCR_UPI_ID", "example@example")
    monkeypatch.setenv("METEROCR_UPI_NAME", "Example")


def files(last: str = "63273.3", register: str = "kwh:5:1:1") -> Csv:
    """Two connections; C-1 used 268 units a month up to a month ago."""
    months = [
        f"C-1,M-1,kwh,{Decimal(last) - 268 * back},{NOW - timedelta(30 * (back + 1)):%Y-%m-%dT%H:%M:%S+00:00},"
        f"meter_reader,trusted,yes,yes"
        for back in range(5, -1, -1)
    ]
    return {
        "consumers": "consumer_id,name,address\nK-1,Anil Example,Dhanbad\nK-2,सरिता देवी,Dhanbad\n",
        "connections": "consumer_number,consumer_id,category,area,book,load_kw,phase\n"
        "C-1,K-1,domestic,urban,B-1,2,single\nC-2,K-2,domestic,rural,B-2,2,single\n",
        "meters": "consumer_number,serial_number,phase,registers,installed_at,removed_at\n"
        f"C-1,M-1,single,{register},2024-01-01,\nC-2,M-2,single,kwh:6:0:1,2024-01-01,\n",
        "history": "\n".join([HISTORY, *months]) + "\n",
    }


def import_all(made: Csv) -> None:
    for kind, text in made.items():
        Path(f"{kind}.csv").write_text(text, encoding="utf-8")
        result = run("consumer", "import", kind, f"{kind}.csv", "--by", "asha")
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        assert result.stdout == f"{kind}.csv: {len(text.splitlines()) - 1} rows kept, 0 refused\n"


@pytest.fixture
def book() -> Callable[..., None]:
    def make(*arguments: str) -> None:
        assert run("init").exit_code == 0
        import_all(files(*arguments))

    return make


def told(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    (one,) = objects(result)
    assert one["schema"] == 1
    return one


def submit(photo: Path, *more: str, number: str = "C-1", code: int = 0) -> dict[str, Any]:
    return told("submit", str(photo), "--connection", number, *more, code=code)


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


def test_out_as_it_came_in(book: Callable[..., None], place: Path) -> None:
    book()
    for kind in ("consumers", "connections"):
        result = run("consumer", "export", kind, f"out-{kind}.csv")
        assert result.stdout == f"2 rows in out-{kind}.csv\n"
        assert (place / f"out-{kind}.csv").read_bytes() == (place / f"{kind}.csv").read_bytes()
    result = run("consumer", "export", "meters", "missing/x.csv")
    assert result.exit_code == 2
    assert "expected a file that can be written" in " ".join(result.stderr.split())


def test_show(book: Callable[..., None]) -> None:
    book()
    shown = told("consumer", "show", "C-1")
    assert (shown["name"], shown["meter"], shown["phone"], len(shown["readings"])) == ("Anil Example", "M-1", "", 6)
    lines = run("consumer", "show", "C-1").stdout.splitlines()
    assert lines[2] == "meter M-1, phone none registered"
    assert lines[-1].split()[1:] == ["63273.3", "kWh", "meter_reader"]
    assert told("consumer", "show", "C-9", code=1)["error"]["code"] == "not_found_error"


def test_phones(book: Callable[..., None]) -> None:
    book()
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


def test_a_phone_registered_from_home(book: Callable[..., None]) -> None:
    book()
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


def test_from_a_photo_to_a_bill(book: Callable[..., None], place: Path) -> None:
    book()
    told("consumer", "phone", "register", "C-1", "9812345678", "--how", "office", "--consent")
    came = submit(SURE)
    assert (came["text"], came["verdict"], came["reasons"]) == (SURE_SHOWS, "accepted", {"en": [], "hi": []})
    bill = came["bill"]
    assert (bill["units"], bill["state"], bill["number"]) == ("268.0", "issued", f"{NOW.year}-0000001")
    assert submit(SURE) == came  # sent again, it is the same
    result = run("submit", str(SURE), "--connection", "C-1")
    assert result.stdout.startswith(f"Photo 1 of C-1: {SURE_SHOWS} (97.8% certain): accepted\nbill {bill['number']}")
    shown = told("bill", "show", bill["number"])
    assert shown["total_paise"] == bill["total_paise"] == sum(line["amount_paise"] for line in shown["lines"])
    assert (len(shown["proof"]), [step["state"] for step in shown["history"]]) == (64, ["issued"])
    assert "Proof: " in run("bill", "show", bill["number"]).stdout
    outbox = place / "meterocr-data" / "meterocr.db"
    assert b'"bill"' in outbox.read_bytes()


def test_pdf(book: Callable[..., None], place: Path) -> None:
    book()
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


def test_reversed_and_issued_anew(book: Callable[..., None]) -> None:
    book()
    first = submit(SURE)["bill"]["number"]
    result = run("bill", "reverse", first)
    assert (result.exit_code, "--reason" in result.stderr) == (2, True)
    assert told("bill", "reverse", first, "--reason", "a try")["state"] == "reversed"
    assert told("bill", "pdf", first, code=1)["error"]["code"] == "bill_error"
    assert told("bill", "reverse", first, "--reason", "again", code=1)["error"]["code"] == "bill_error"
    again = told("bill", "issue", "C-1")
    assert (again["number"], again["units"]) == (f"{NOW.year}-0000002", "268.0")
    assert "expected a reading after" in told("bill", "issue", "C-1", code=1)["error"]["message"]
    assert told("bill", "issue", "C-9", code=1)["error"]["code"] == "not_found_error"


def test_a_person_accepts(book: Callable[..., None]) -> None:
    book("36421", "kwh:5:0:1")
    assert run("review", "list").stdout == "Nobody waits.\n"
    came = submit(DOUBTFUL, code=3)
    assert (came["verdict"], came["waiting"], "bill" in came) == ("review", True, False)
    assert "is 60.4% certain; at least 80.0% is needed." in came["reasons"]["en"][0]
    result = run("submit", str(DOUBTFUL), "--connection", "C-1", "--language", "hi")
    assert (result.exit_code, "केवल 60.4% पक्की" in result.stdout) == (3, True)
    assert told("review", "list")["submission"] == 1
    assert run("review", "list").stdout.startswith("     1  C-1  36621  The reading 36621 is 60.4% certain")
    shown = told("review", "show", "1", "--photo", "seen.jpg")
    assert shown["readout"]["candidates"][0]["text"] == "36621"
    assert Path("seen.jpg").read_bytes() == DOUBTFUL.read_bytes()
    assert "the photo may show 36621: 60.4%" in run("review", "show", "1").stdout
    done = told("review", "accept", "1", "--by", "asha", "--note", "clear enough")
    assert (done["value"], done["bill"]["units"]) == ("36621", "200")
    assert told("review", "accept", "1", code=1)["error"]["code"] == "conflict_error"
    assert run("review", "list").stdout == "Nobody waits.\n"


def test_a_person_corrects(book: Callable[..., None]) -> None:
    book("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    assert told("review", "correct", "1", "136621", code=1)["error"]["code"] == "metering_error"
    assert run("review", "correct", "1", "many").exit_code == 2
    result = run("review", "correct", "1", "36622")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Photo 1 shows 36622 kWh.")
    assert "201 units" in result.stdout


def test_a_decision_stands_where_no_bill_can_be_made(
    book: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    book("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    monkeypatch.delenv("METEROCR_TARIFFS")  # the duty of these days is not known
    done = told("review", "accept", "1", code=1)
    assert (done["value"], done["error"]["code"]) == ("36621", "bill_error")
    assert "expected a rate duty" in done["error"]["message"]
    monkeypatch.setenv("METEROCR_TARIFFS", str(OPERATOR))
    assert told("bill", "issue", "C-1")["units"] == "200"


def test_a_person_rejects(book: Callable[..., None]) -> None:
    book("36421", "kwh:5:0:1")
    submit(DOUBTFUL, code=3)
    assert run("review", "reject", "1").exit_code == 2
    assert run("review", "reject", "1", "--note", "of another meter").stdout == "Photo 1 is rejected.\n"
    assert told("review", "reject", "1", "--note", "again", code=1)["error"]["code"] == "conflict_error"
    assert told("review", "reject", "9", "--note", "x", code=1)["error"]["code"] == "not_found_error"


def test_another_photo_is_needed(book: Callable[..., None]) -> None:
    book()
    result = run("submit", str(BLURRED), "--connection", "C-1")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0] == "Photo 1 of C-1: no whole reading: a new photo is needed"
    assert "  The photo is blurred. Hold the phone still and tap the display to focus." in lines
    assert run("review", "list").stdout == "Nobody waits.\n"


def test_the_photo_of_another(book: Callable[..., None]) -> None:
    book()
    submit(SURE)
    came = submit(SURE, "--key", "k-2", number="C-2", code=3)
    assert came["reasons"]["en"][0].startswith("This photo was already sent for another connection")


def test_a_photo_on_standard_input(book: Callable[..., None]) -> None:
    book()
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
def test_what_cannot_be_taken_in(book: Callable[..., None], arguments: list[str], code: int, message: str) -> None:
    book()
    result = run("submit", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in " ".join(result.stderr.split())
