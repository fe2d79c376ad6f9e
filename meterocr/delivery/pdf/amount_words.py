"""Amounts in words, as Indian bills give them: lakh and crore, in English and Hindi."""

from __future__ import annotations

from meterocr.billing.money import Money
from meterocr.workflow.wording import Language

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "? ? twenty thirty forty fifty sixty seventy eighty ninety".split()
_HINDI = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ "
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस "
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस "
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस "
    "चालीस इकतालीस बयालीस तैंतालीस चौवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास "
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ "
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर "
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी "
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी "
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे"
).split()
_STEPS = ((10**7, "crore", "करोड़"), (10**5, "lakh", "लाख"), (1000, "thousand", "हज़ार"), (100, "hundred", "सौ"))


def in_words(amount: Money, language: Language) -> str:
    """``"Rupees one thousand twenty-four and sixty paise only"``; ``"एक हज़ार चौबीस रुपये साठ पैसे मात्र"``.

    Raises:
        ValueError: below zero.
    """
    if amount.paise < 0:
        raise ValueError(f"expected an amount of at least 0, got {amount}")
    rupees, paise = divmod(amount.paise, 100)
    if language is Language.HI:
        rest = f" {_number(paise, language)} पैसे" if paise else ""
        return f"{_number(rupees, language)} {'रुपया' if rupees == 1 else 'रुपये'}{rest} मात्र"
    rest = f" and {_number(paise, language)} paise" if paise else ""
    return f"Rupees {_number(rupees, language)}{rest} only"


def _number(number: int, language: Language) -> str:
    parts: list[str] = []
    for step, english, hindi in _STEPS:
        count, number = divmod(number, step)
        if count:
            parts.append(f"{_number(count, language)} {hindi if language is Language.HI else english}")
    if number or not parts:
        parts.append(_HINDI[number] if language is Language.HI else _below_hundred(number))
    return " ".join(parts)


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
