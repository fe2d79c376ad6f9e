"""Amounts in words, formulas in Hindi, and that no word of a bill is missing in either language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.billing.account import Area
from meterocr.billing.line import LineCode
from meterocr.billing.money import Money
from meterocr.delivery.pdf import terms
from meterocr.delivery.pdf.amount_words import _HINDI, in_words
from meterocr.delivery.pdf.formula import formula_in
from meterocr.metering.meter import Phase
from meterocr.metering.reading import Source
from meterocr.workflow.wording import Language
from tests.billing.test_golden_bills import BILLS, made, tomllib

EN, HI = Language.EN, Language.HI


@pytest.mark.parametrize(
    ("paise", "english", "hindi"),
    [
        (0, "Rupees zero only", "शून्य रुपये मात्र"),
        (5, "Rupees zero and five paise only", "शून्य रुपये पाँच पैसे मात्र"),
        (100, "Rupees one only", "एक रुपया मात्र"),
        (102_460, "Rupees one thousand twenty-four and sixty paise only", "एक हज़ार चौबीस रुपये साठ पैसे मात्र"),
        (276_665, "Rupees two thousand seven hundred sixty-six and sixty-five paise only", None),
        (1_00_00_000, "Rupees one lakh only", "एक लाख रुपये मात्र"),
        (1_00_000_00 * 10 + 1, "Rupees ten lakh and one paise only", "दस लाख रुपये एक पैसे मात्र"),
        (
            12_34_56_789_90,
            "Rupees twelve crore thirty-four lakh fifty-six thousand seven hundred eighty-nine and ninety paise only",
            "बारह करोड़ चौंतीस लाख छप्पन हज़ार सात सौ नवासी रुपये नब्बे पैसे मात्र",
        ),
        (123 * 10**9, "Rupees one hundred twenty-three crore only", "एक सौ तेईस करोड़ रुपये मात्र"),
    ],
)
def test_in_words(paise: int, english: str, hindi: str | None) -> None:
    assert in_words(Money(paise), EN) == english
    if hindi is not None:
        assert in_words(Money(paise), HI) == hindi


def test_hindi_has_a_word_of_its_own_for_each_number_below_a_hundred() -> None:
    assert len(_HINDI) == len(set(_HINDI)) == 100
    assert (_HINDI[19], _HINDI[29], _HINDI[39], _HINDI[49], _HINDI[59], _HINDI[69], _HINDI[79], _HINDI[89]) == (
        "उन्नीस", "उनतीस", "उनतालीस", "उनचास", "उनसठ", "उनहत्तर", "उनासी", "नवासी"
    )  # fmt: skip


@given(st.integers(0, 10**14), st.integers(0, 10**14), st.sampled_from(Language))
def test_different_amounts_have_different_words(one: int, other: int, language: Language) -> None:
    assert (in_words(Money(one), language) == in_words(Money(other), language)) == (one == other)


def test_a_credit_has_no_words() -> None:
    with pytest.raises(ValueError, match=r"expected an amount of at least 0, got -0\.01"):
        in_words(Money(-1), EN)


@pytest.mark.parametrize(
    ("formula", "hindi"),
    [
        ("201 units x Rs 6.65", "201 यूनिट × ₹6.65"),
        ("about 66.667 units x Rs 6.65 x 14/30 days", "लगभग 66.667 यूनिट × ₹6.65 × 14/30 दिन"),
        ("7.5 HP x Rs 20.00 x 2 months", "7.5 HP × ₹20.00 × 2 माह"),
        ("about 3.351 HP x Rs 20.00 x 31/30 months", "लगभग 3.351 HP × ₹20.00 × 31/30 माह"),
        (
            "minimum 5 kW x Rs 100.00 x 1 month = Rs 500.00, less Rs 120.00",
            "न्यूनतम 5 kW × ₹100.00 × 1 माह = ₹500.00, घटाएँ ₹120.00",
        ),
        (
            "206 units, not above 200 x 31/30 months: all of Rs 1,473.23",
            "206 यूनिट, 200 × 31/30 माह से अधिक नहीं: पूरे ₹1,473.23",
        ),
        ("50 units x Rs 2.05, at most Rs 50.00", "50 यूनिट × ₹2.05, अधिकतम ₹50.00"),
        ("6 % of Rs 1,485.17", "₹1,485.17 का 6 %"),
        ("unpaid of bill DHN/1", "बिल DHN/1 की बकाया राशि"),
        ("unpaid of 2 bills, DHN/1 to DHN/2", "2 बिलों की बकाया राशि, बिल DHN/1 से बिल DHN/2 तक"),
        ("of earlier bills", "पिछले बिलों का"),
        ("Rs 1,500.00 x 1.5 % a month x 45/30 months", "₹1,500.00 × 1.5 % प्रति माह × 45/30 माह"),
        ("bill DHN/1: duty ruling", "बिल DHN/1: duty ruling"),
        ("bill DHN/1, 2024-08-01 to 2024-08-31", "बिल DHN/1, 2024-08-01 से 2024-08-31"),
        (
            "2 % of Rs 1,024.60 when paid within 5 days of the bill",
            "बिल के 5 दिनों के भीतर भुगतान पर ₹1,024.60 का 2 %",
        ),
        (
            "1 % of Rs 1,024.60, at most Rs 250.00, when paid online before the due date",
            "देय तिथि से पहले ऑनलाइन भुगतान पर ₹1,024.60 का 1 %, अधिकतम ₹250.00",
        ),
        ("paid in advance", "paid in advance"),
        ("201 units x Rs 6.65 and more", "201 units x Rs 6.65 and more"),
    ],
)
def test_formulas(formula: str, hindi: str) -> None:
    assert formula_in(formula, HI) == hindi
    assert formula_in(formula, EN) == formula


_WRITTEN_BY_PEOPLE = {LineCode.ADJUSTMENT, LineCode.CREDIT}


@pytest.mark.parametrize("path", BILLS, ids=lambda path: path.stem)
def test_no_english_is_left_in_the_formulas_of_any_golden_bill(path: Path) -> None:
    bill = made(tomllib.loads(path.read_text(), parse_float=Decimal))
    formulas = [line.formula for line in bill.lines if line.code not in _WRITTEN_BY_PEOPLE]
    for formula in [*formulas, *(rebate.formula for rebate in bill.rebates)]:
        told = re.sub(r"बिल \S+", "", formula_in(formula, HI))
        assert not re.search(r"[A-Za-z]", re.sub("kW|HP", "", told)), told


def numbers(text: str) -> list[str]:
    return sorted(re.findall(r"[0-9]+(?:[.,/-][0-9]+)*", text))


@pytest.mark.parametrize("path", BILLS, ids=lambda path: path.stem)
def test_hindi_formulas_have_the_same_numbers(path: Path) -> None:
    bill = made(tomllib.loads(path.read_text(), parse_float=Decimal))
    for formula in [*(line.formula for line in bill.lines), *(rebate.formula for rebate in bill.rebates)]:
        assert numbers(formula_in(formula, HI)) == numbers(formula)


def test_every_word_is_there_in_both_languages() -> None:
    told = [words for language in Language for words in (terms.term(name, language) for name in terms._TERMS)]
    told += [terms.source(s, language) for s in Source for language in Language]
    told += [terms.phase(p, language) for p in Phase for language in Language]
    assert all(told)
    hindi = [terms.term(name, HI) for name in terms._TERMS]
    assert all(re.search("[\u0900-\u097f]", words) for words in hindi)
    with pytest.raises(KeyError):
        terms.term("nothing of the kind", EN)


def test_categories() -> None:
    assert terms.category("lt_industrial", Area.RURAL, HI) == "LT औद्योगिक, ग्रामीण"
    assert terms.category("street_light", Area.URBAN, EN) == "street light, urban"


def test_days() -> None:
    def plain(text: str) -> str:
        return text.replace("\u00a0", " ")

    assert plain(terms.day(date(2024, 8, 31), EN)) == "31 Aug 2024"
    assert plain(terms.day(date(2024, 2, 1), HI)) == "1 फ़रवरी 2024"
    assert plain(terms.day_there(datetime(2024, 8, 31, 20, tzinfo=UTC), EN)) == "1 Sep 2024"  # half past one in India
    assert plain(terms.period(date(2024, 8, 1), date(2024, 8, 31), HI)) == "1 अगस्त 2024 से 31 अगस्त 2024 तक (30 दिन)"
    for language in Language:
        assert len({terms.month(date(2024, m, 1), language) for m in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("paise", "english", "hindi"),
    [(102_460, "Rs 1,024.60", "₹1,024.60"), (-5, "-Rs 0.05", "-₹0.05"), (0, "Rs 0.00", "₹0.00")],
)
def test_rupees(paise: int, english: str, hindi: str) -> None:
    assert [terms.rupees(Money(paise), language) for language in Language] == [english, hindi]
