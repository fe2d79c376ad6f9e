"""Accounts, periods and ledgers refuse what makes no sense; nothing in metering or billing is a float."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import get_args, get_type_hints

import pytest

import meterocr.billing
import meterocr.metering
import meterocr.workflow.values
from meterocr.billing.account import Consumer, PhoneRegistration, Registrar, masked, without_phones
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Arrears, Credit, Ledger
from meterocr.billing.line import LineCode
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.workflow import rerating
from tests.billing.conftest import connection

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def phone(number: str, at: datetime = NOW) -> PhoneRegistration:
    return PhoneRegistration(number, "C-1", at, "Urja Mitra 7", Registrar.URJA_MITRA)


@pytest.mark.parametrize("number", ["+919812345678", "+12025550123"])
def test_phone(number: str) -> None:
    assert phone(number).phone == number


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: phone("9812345678"), "expected a phone number in E.164 such as +919812345678, got 981*****78"),
        (lambda: phone("+0919812345"), "expected a phone number in E.164"),
        (lambda: phone("+91 98123 45678"), "expected a phone number in E.164"),
        (lambda: phone("+1234567890123456"), "expected a phone number in E.164"),
        (lambda: phone("+919812345678", datetime(2026, 1, 1)), "expected a time with a timezone"),  # noqa: DTZ001
        (lambda: Consumer(" ", "Dhanbad"), "expected a name"),
        (lambda: connection(load_kw="0"), "expected a sanctioned load above 0 kW"),
        (lambda: Period(date(2024, 8, 1), date(2024, 8, 1)), "expected an end after 2024-08-01, got 2024-08-01"),
        (lambda: Arrears("B-1", Money(0), 0), "expected arrears above zero, got 0.00"),
        (lambda: Ledger(surcharge=Money(-1)), "expected an unpaid surcharge of at least 0, got -0.01"),
        (lambda: Arrears("B-1", Money(1), -1), "expected at least 0 overdue days, got -1"),
        (lambda: Credit("paid twice", Money(-1)), "expected a credit above zero, got -0.01"),
        (lambda: Adjustment(AdjustmentKind.RERATE, "B-1", Money(0), "x"), "expected an amount other than zero"),
    ],
)
def test_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("number", "told"), [("+919812345678", "+91********78"), ("+1234567", "+12***67"), ("1234567", "*******"), ("", "")]
)
def test_masked(number: str, told: str) -> None:
    assert masked(number) == told


def test_a_phone_is_not_shown_whole() -> None:
    assert "98123" not in repr(phone("+919812345678"))


def test_a_month_is_30_days_without_its_end() -> None:
    august = Period(date(2024, 8, 1), date(2024, 8, 31))
    assert august.days == 30
    assert Period(date(2024, 8, 1), date(2024, 8, 11)) in august
    assert Period(date(2024, 8, 1), date(2024, 9, 1)) not in august


@pytest.mark.parametrize("code", LineCode)
def test_every_line_has_a_label_in_both_languages(code: LineCode) -> None:
    assert code.label().isascii()
    assert any("\N{DEVANAGARI LETTER A}" <= letter <= "\N{DEVANAGARI LETTER HA}" for letter in code.label("hi"))
    with pytest.raises(KeyError):
        code.label("fr")


def modules(*packages: ModuleType) -> list[ModuleType]:
    return [import_module(f"{p.__name__}.{m.name}") for p in packages for m in iter_modules(p.__path__)]


def mentioned(hint: object) -> set[object]:
    """A type and all that it is made of."""
    return {hint}.union(*map(mentioned, get_args(hint)))


def test_no_value_has_a_float() -> None:
    found = {
        value
        for module in (*modules(meterocr.billing, meterocr.metering, meterocr.workflow.values), rerating)
        for value in vars(module).values()
        if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
    }
    assert {"LiveBill", "Payment", "Run", "Correction"} <= {value.__name__ for value in found}
    assert {"Bill", "Line", "Money", "Rate", "Slab", "Reading", "Consumption"} <= {value.__name__ for value in found}
    assert [v for v in found for hint in get_type_hints(v).values() if float in mentioned(hint)] == []


PATH_OF_MONEY = [*modules(meterocr.billing, meterocr.workflow.values), rerating]


@pytest.mark.parametrize("module", PATH_OF_MONEY, ids=lambda module: module.__name__)
def test_no_code_of_billing_makes_a_float(module: ModuleType) -> None:
    nodes = list(ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))))
    assert [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, float)] == []
    assert [n for n in nodes if isinstance(n, ast.Name) and n.id == "float"] == []
    assert [n for n in nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)] == []


def test_phones_in_the_words_of_others_are_masked() -> None:
    told = without_phones("no +919812345678 or 919812345678; bill:2026-0000042 has code 131026")
    assert told == "no +91********78 or 919*******78; bill:2026-0000042 has code 131026"
