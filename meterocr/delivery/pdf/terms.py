"""The words on a printed bill, in English and Hindi."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from meterocr.billing.account import Area
from meterocr.billing.money import NOTHING, Money
from meterocr.delivery.pdf.canvas import NO_BREAK
from meterocr.metering.consumption import day_in_india
from meterocr.metering.meter import Phase
from meterocr.metering.reading import Source
from meterocr.workflow.wording import Language

_TERMS: Mapping[str, tuple[str, str]] = {
    "title": ("Electricity bill", "बिजली बिल"),
    "bill_number": ("Bill number", "बिल संख्या"),
    "issued": ("Bill date", "बिल की तिथि"),
    "period": ("Period", "अवधि"),
    "days": ("days", "दिन"),
    "to": ("to", "से"),
    "due": ("Due date", "देय तिथि"),
    "to_pay": ("Amount to pay", "देय राशि"),
    "nothing_to_pay": ("Nothing to pay for this bill.", "इस बिल पर कुछ भी देय नहीं है।"),
    "credit": ("Credit for the next bill", "अगले बिल में जमा"),
    "consumer": ("Consumer", "उपभोक्ता"),
    "consumer_number": ("Consumer number", "उपभोक्ता संख्या"),
    "category": ("Category", "श्रेणी"),
    "load": ("Sanctioned load", "स्वीकृत भार"),
    "phase": ("Supply", "आपूर्ति"),
    "meter": ("Meter", "मीटर"),
    "previous": ("Previous reading", "पिछली रीडिंग"),
    "present": ("Present reading", "वर्तमान रीडिंग"),
    "factor": ("Factor", "गुणांक"),
    "units": ("Units", "यूनिट"),
    "units_consumed": ("Units consumed", "कुल खपत (यूनिट)"),
    "rolled_over": ("counter went through zero", "मीटर शून्य से होकर आगे बढ़ा"),
    "strip": ("Your meter in the photo", "फ़ोटो में आपका मीटर"),
    "charge": ("Charge", "विवरण"),
    "reckoned": ("How it is reckoned", "गणना"),
    "amount": ("Amount (Rs)", "राशि (₹)"),
    "current": ("For this period", "इस अवधि का योग"),
    "total": ("Total", "कुल योग"),
    "rebates": ("You can save", "छूट"),
    "months": ("Units billed in recent months", "पिछले महीनों की बिल की गई यूनिट"),
    "months_provisional": ("grey: provisional", "धूसर: अनंतिम"),
    "pay": ("Pay by UPI", "UPI से भुगतान"),
    "proof": ("Proof of this bill", "बिल का प्रमाण"),
    "provisional": (
        "Provisional bill: the meter could not be read. The next actual reading will put it right.",
        "अनंतिम बिल: मीटर की रीडिंग नहीं हो सकी। अगली वास्तविक रीडिंग पर इसका समायोजन होगा।",
    ),
    "help": (
        "Is the reading wrong? Compare it with your meter and call",
        "रीडिंग ग़लत लगे तो मीटर से मिलाएँ और संपर्क करें:",
    ),
}
_MONTHS_HI = "जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()
_MONTHS_EN = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SHORT_HI = "जन फ़र मार्च अप्रै मई जून जुला अग सितं अक्टू नवं दिसं".split()
_SOURCES: Mapping[Source, tuple[str, str]] = {
    Source.PHOTO: ("photo", "फ़ोटो"),
    Source.REVIEWER: ("photo, checked by the office", "फ़ोटो, कार्यालय द्वारा जाँची गई"),
    Source.METER_READER: ("meter reader", "मीटर रीडर"),
    Source.PROVISIONAL: ("provisional", "अनंतिम"),
    Source.INSTALLED: ("new meter", "नया मीटर"),
    Source.REMOVED: ("meter removed", "मीटर हटाया गया"),
}
_AREAS: Mapping[Area, tuple[str, str]] = {Area.RURAL: ("rural", "ग्रामीण"), Area.URBAN: ("urban", "शहरी")}
_PHASES: Mapping[Phase, tuple[str, str]] = {
    Phase.SINGLE: ("single phase", "एक फेज़"),
    Phase.THREE: ("three phase", "तीन फेज़"),
}
_CATEGORIES: Mapping[str, tuple[str, str]] = {
    "domestic": ("domestic", "घरेलू"),
    "commercial": ("commercial", "वाणिज्यिक"),
    "irrigation": ("irrigation", "सिंचाई"),
    "lt_industrial": ("LT industrial", "LT औद्योगिक"),
    "ht_industrial": ("HT industrial", "HT औद्योगिक"),
}


def term(name: str, language: Language) -> str:
    """The words for ``name``.

    Raises:
        KeyError: there are none.
    """
    return _pick(_TERMS[name], language)


def source(of: Source, language: Language) -> str:
    """Who stands behind a reading."""
    return _pick(_SOURCES[of], language)


def category(name: str, area: Area, language: Language) -> str:
    """A category of a tariff with the area; one that has no words is shown by its name."""
    plain = name.replace("_", " ")
    return f"{_pick(_CATEGORIES.get(name, (plain, plain)), language)}, {_pick(_AREAS[area], language)}"


def phase(of: Phase, language: Language) -> str:
    """The kind of supply."""
    return _pick(_PHASES[of], language)


def day(of: date, language: Language) -> str:
    """``"31 Aug 2024"``, ``"31 अगस्त 2024"``, with spaces that do not break."""
    months = _MONTHS_HI if language is Language.HI else _MONTHS_EN
    return NO_BREAK.join([str(of.day), months[of.month - 1], str(of.year)])


def day_there(at: datetime, language: Language) -> str:
    """The day of a moment, as the calendar on the wall beside the meter has it."""
    return day(day_in_india(at), language)


def month(of: date, language: Language) -> str:
    """``"Aug"``, ``"अग"``."""
    return (_SHORT_HI if language is Language.HI else _MONTHS_EN)[of.month - 1]


def period(start: date, end: date, language: Language) -> str:
    """``"1 Aug 2024 to 31 Aug 2024 (30 days)"``."""
    last = f"{NO_BREAK}तक" if language is Language.HI else ""
    count = f"({(end - start).days}{NO_BREAK}{term('days', language)})"
    return f"{day(start, language)} {term('to', language)} {day(end, language)}{last} {count}"


def rupees(amount: Money, language: Language) -> str:
    """``"Rs 1,024.60"``, ``"₹1,024.60"``; a credit has its sign before everything."""
    sign = "-" if amount < NOTHING else ""
    return f"{sign}{'₹' if language is Language.HI else 'Rs '}{max(amount, -amount)}"


def _pick(words: tuple[str, str], language: Language) -> str:
    return words[language is Language.HI]
