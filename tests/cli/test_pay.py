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


def test_a_list_of_a_bank(number: str) -> None:
    head = "bill,reference,amount,paid_on,online\n"
    wrong = {
        f"{number},R-1,200.00,{DAY},no": "amount: expected Rs 100.00, as that reference came with, got Rs 200.00",
        f"2020-0000001,R-1,1.00,{DAY},no": "bill: expected one that is in the store, got 2020-0000001",
        f"{number},R-3,1.5,{DAY},no": "amount: expected rupees such as 1469.58, got '1.5'",
        f"{number},R-3,0.00,{DAY},no": "amount: expected an amount above zero, got 0.00",
        f"{number},R-3,1.00,2020-01-01,no": f"bill: expected a payment on {DAY} or later, got one of 2020-01-01",
    }
    Path("bank.csv").write_text(f"{head}{number},R-1,100.00,{DAY},no\n{number},R-2,50.00,{DAY},yes\n")
    for _ in range(2):  # sent twice, and taken once
        assert told("consumer", "import", "payments", "bank.csv")["kept"] == 2
    assert run("consumer", "export", "payments").stdout == Path("bank.csv").read_text()
    for row, message in wrong.items():
        Path("wrong.csv").write_text(f"{head}{row}\n")
        result = run("consumer", "import", "payments", "wrong.csv")
        assert (result.exit_code, message in result.stderr) == (1, True), result.stderr
