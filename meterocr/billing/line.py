"""The lines of a bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from meterocr.billing.money import Money
from meterocr.billing.period import Period


class LineCode(StrEnum):
    """What a line is for; :meth:`label` says it in words."""

    ENERGY = "energy"
    FIXED = "fixed"
    MINIMUM = "minimum"
    FUEL = "fuel"
    METER_RENT = "meter_rent"
    DUTY = "duty"
    SUBSIDY = "subsidy"
    ARREARS = "arrears"
    LATE_PAYMENT = "late_payment"
    UNPAID_SURCHARGE = "unpaid_surcharge"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    REPLACED = "replaced"

    @property
    def current(self) -> bool:
        """Whether it is for the period of the bill, and not from earlier bills."""
        return self in _CURRENT

    def label(self, language: str = "en") -> str:
        """A few words in ``"en"`` or ``"hi"``.

        Raises:
            KeyError: there is no label in that language.
        """
        return _LABELS[self][language]


_CURRENT = frozenset(
    {
        LineCode.ENERGY,
        LineCode.FIXED,
        LineCode.MINIMUM,
        LineCode.FUEL,
        LineCode.METER_RENT,
        LineCode.DUTY,
        LineCode.SUBSIDY,
    }
)
_LABELS: Mapping[LineCode, Mapping[str, str]] = {
    LineCode.ENERGY: {"en": "Energy charge", "hi": "ऊर्जा शुल्क"},
    LineCode.FIXED: {"en": "Fixed charge", "hi": "स्थायी शुल्क"},
    LineCode.MINIMUM: {"en": "Up to the minimum charge", "hi": "न्यूनतम शुल्क तक की पूर्ति"},
    LineCode.FUEL: {"en": "Fuel surcharge", "hi": "ईंधन अधिभार"},
    LineCode.METER_RENT: {"en": "Meter rent", "hi": "मीटर किराया"},
    LineCode.DUTY: {"en": "Electricity duty", "hi": "विद्युत शुल्क"},
    LineCode.SUBSIDY: {"en": "State subsidy", "hi": "राज्य सब्सिडी"},
    LineCode.ARREARS: {"en": "Arrears", "hi": "बकाया राशि"},
    LineCode.LATE_PAYMENT: {"en": "Delayed payment surcharge", "hi": "विलंब भुगतान अधिभार"},
    LineCode.UNPAID_SURCHARGE: {"en": "Unpaid surcharge", "hi": "बकाया विलंब अधिभार"},
    LineCode.CREDIT: {"en": "Credit", "hi": "जमा राशि"},
    LineCode.ADJUSTMENT: {"en": "Adjustment", "hi": "समायोजन"},
    LineCode.REPLACED: {"en": "Less provisional bill", "hi": "घटाएँ: अनंतिम बिल"},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill.

    Attributes:
        formula: how ``amount`` comes about, in English: ``"201 units x Rs 6.65"``. A subsidy's or credit's formula
            gives what is taken off.
        amount: rounded to the paisa; negative is taken off.
        period: the days it is for.
    """

    code: LineCode
    formula: str
    amount: Money
    period: Period
