"""``meterocr bill pay`` and lists of payments: what they come to, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from meterocr.metering.consumption import IST
from tests.cli.books import NOW, SURE, open_books, prepare, submit, told
from tests.cli.conftest import run

DAY = NOW.astimezone(IST).date()


@pytest.fixture(autouse=True)
def number(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a bill that was issued today."""
    assert place
    prepare(monkeypatch)
    open_books()
    return str(submit(SURE)["bill"]["number"])


def test_in_parts(number: str) -> None:
    total = told("bill", "show", number)["total_paise"]
    part = told("bill", "pay", number, "--amount", "100.00", "--reference", "R-1", "--on", str(DAY))
    assert (part["state"], part["left_paise"], part["rebates"]) == ("issued", total - 10_000, [])
    result = run("bill", "pay", number, "--amount", f"{total // 100}", "--reference", "R-2", "--online")
    assert (result.exit_code, result.stderr) == (0, "")
    first, credit, rebate = result.stdout.splitlines()
    assert first.endswith(f"came in for bill {number}: paid, Rs 0.00 left to pay.")
    assert credit == f"Rs {100 - total % 100 / 100:.2f} is a credit for the next bill."
    assert "2 % of" in rebate
    assert told("bill", "show", number)["state"] == "paid"


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--amount", "0", "--reference", "R"], 2, "expected an amount above zero, got '0'"),
        (["--amount", "1.5", "--reference", "R"], 2, "expected rupees such as 1,02,460.00, got '1.5'"),
        (["--amount", "1", "--reference", " "], 2, "expected some text, got none"),
        (["--amount", "1"], 2, "Missing option '--reference'"),
        (["--amount", "1", "--reference", "R", "--on", f"{DAY + timedelta(3)}"], 1, "expected a payment up to"),
        (["--amount", "1", "--reference", "R", "--on", f"{DAY - timedelta(3)}"], 1, f"expected a payment on {DAY}"),
    ],
)
def test_refused(number: str, more: list[str], code: int, message: str) -> None:
    result = run("bill", "pay", number, *more)
    assert (result.exit_code, message in " ".join(result.stderr.split())) == (code, True), result.output


def test_once_for_a_reference(number: str) -> None:
    told("bill", "pay", number, "--amount", "1", "--reference", "R-1")
    assert (
        told("bill", "pay", number, "--amount", "1", "--reference", "R-1", code=1)["error"]["code"] == "conflict_error"
    )
    assert told("bill", "pay", "2020-0000001", "--amount", "1", "--reference", "R", code=1)
