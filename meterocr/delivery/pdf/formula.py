"""The formulas of bill lines and rebates for readers of Hindi; bills hold them in English.

What people wrote themselves, such as the reason of an adjustment, stays as it is, and so does a formula of a form that
is not known here: a formula that is right in English is better than one that is wrong in Hindi.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from meterocr.workflow.wording import Language

_RS = r"Rs (-?[0-9,.]+)"
_MONTHLY = r"(?:about )?(?:[0-9.]+ (?:kW|HP) x )?Rs [0-9,.]+ x (?:[0-9]+ months?|[0-9]+/30 months)"
_PER_UNIT = r"(?:about )?[0-9.]+ units x Rs [0-9,.]+(?: x [0-9]+/[0-9]+ days)?"

_FORMS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (rf"{_PER_UNIT}|{_MONTHLY}", lambda m: _words(m[0])),
    (rf"({_PER_UNIT}), at most {_RS}", lambda m: f"{_words(m[1])}, अधिकतम ₹{m[2]}"),
    (
        rf"minimum ({_MONTHLY}) = {_RS}, less {_RS}",
        lambda m: f"न्यूनतम {_words(m[1])} = ₹{m[2]}, घटाएँ ₹{m[3]}",
    ),
    (
        rf"([0-9.]+) units, not above ([0-9]+(?: x [0-9/]+ months?)?): all of {_RS}",
        lambda m: f"{m[1]} यूनिट, {_words(m[2])} से अधिक नहीं: पूरे ₹{m[3]}",
    ),
    (rf"([0-9.]+) % of {_RS}", lambda m: f"₹{m[2]} का {m[1]} %"),
    (r"unpaid of bill (.+)", lambda m: f"बिल {m[1]} की बकाया राशि"),
    (r"unpaid of ([0-9]+) bills, (.+) to (.+)", lambda m: f"{m[1]} बिलों की बकाया राशि, बिल {m[2]} से बिल {m[3]} तक"),
    (r"of earlier bills", lambda _: "पिछले बिलों का"),
    (
        rf"{_RS} x ([0-9.]+) % a month x ([0-9]+)/30 months",
        lambda m: f"₹{m[1]} × {m[2]} % प्रति माह × {m[3]}/30 माह",
    ),
    (r"bill (.+), ([0-9-]{10}) to ([0-9-]{10})", lambda m: f"बिल {m[1]}, {m[2]} से {m[3]}"),
    (r"bill (\S+): (.+)", lambda m: f"बिल {m[1]}: {m[2]}"),
    (
        rf"([0-9.]+) % of {_RS} when paid within ([0-9]+) days of the bill",
        lambda m: f"बिल के {m[3]} दिनों के भीतर भुगतान पर ₹{m[2]} का {m[1]} %",
    ),
    (
        rf"([0-9.]+) % of {_RS}, at most {_RS}, when paid online before the due date",
        lambda m: f"देय तिथि से पहले ऑनलाइन भुगतान पर ₹{m[2]} का {m[1]} %, अधिकतम ₹{m[3]}",
    ),
)
_WORDS = (
    (r"\babout\b", "लगभग"),
    (r"\bunits\b", "यूनिट"),
    (r"\bmonths?\b", "माह"),
    (r"\bdays\b", "दिन"),
    (r"\bRs ", "₹"),
    (r" x ", " × "),
)


def formula_in(formula: str, language: Language) -> str:
    """``formula`` in ``language``: ``"201 units x Rs 6.65"`` or ``"201 यूनिट × ₹6.65"``."""
    if language is Language.EN:
        return formula
    for form, write in _FORMS:
        match = re.fullmatch(form, formula)
        if match is not None:
            return write(match)
    return formula


def _words(text: str) -> str:
    for word, hindi in _WORDS:
        text = re.sub(word, hindi, text)
    return text
