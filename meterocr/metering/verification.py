"""What verification says of a photo: the verdict, every finding with its numbers, both answers, the money at risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from meterocr.issue import Issue
from meterocr.metering.consumption import IST
from meterocr.metering.reason import Reason
from meterocr.metering.risk import Risk

Number = int | str | Decimal | datetime
"""What a finding may hold: exact values, so that an audit gets the same ones again."""


class Verdict(StrEnum):
    """What happens next. The more severe of two comes later: the last one wins."""

    ACCEPTED = "accepted"  # may be billed
    REVIEW = "review"  # a person looks at the photo first
    RETAKE = "retake"  # another photo is needed


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found.

    Attributes:
        verdict: what it asks for; ``ACCEPTED`` for what is only noted.
        numbers: what the rule compared, by name; paise, units, days and kW as the name or the reason says.
    """

    reason: Reason
    verdict: Verdict
    numbers: Mapping[str, Number]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def sentence(self, language: str = "en") -> str:
        """What was found, for people, in ``"en"`` or ``"hi"``.

        Raises:
            KeyError: there is no sentence in that language.
        """
        values: dict[str, object] = dict(self.numbers)
        for name, number in self.numbers.items():
            if isinstance(number, Issue):
                values["advice"] = number.advice(language)
            elif isinstance(number, datetime):
                values[name] = number.astimezone(IST)
            elif isinstance(number, int) and name.endswith("_paise"):
                values[name.removesuffix("_paise") + "_rs"] = Decimal(number) / 100
        return self.reason.template(language).format_map(values)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready; numbers that are not integers as text, so that nothing is rounded on the way."""
        return {
            "reason": self.reason.value,
            "verdict": self.verdict.value,
            "numbers": {name: _plain(number) for name, number in self.numbers.items()},
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer for one photo.

    Attributes:
        text: what the image says, one of the readout's candidates; ``""`` where it says nothing whole.
        suggested: another of the readout's candidates, which fits the history while ``text`` does not; ``""`` where
            there is none. It is shown to whoever decides, and never taken by itself.
        findings: what the rules found, in the order of the rules.
        risk: what the bill may be wrong by.
        policy: digest of the thresholds that were used.
    """

    text: str
    suggested: str
    findings: tuple[Finding, ...]
    risk: Risk
    policy: str = ""

    @property
    def verdict(self) -> Verdict:
        """The most severe verdict of the findings; ``ACCEPTED`` where none asks for more."""
        order = list(Verdict)
        return max((finding.verdict for finding in self.findings), key=order.index, default=Verdict.ACCEPTED)

    @property
    def value(self) -> Decimal | None:
        """The number that the image says, or ``None`` where it says nothing whole."""
        return Decimal(self.text) if self.text else None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is not accepted, in the order of the rules, each once."""
        return tuple(dict.fromkeys(f.reason for f in self.findings if f.verdict is not Verdict.ACCEPTED))

    def to_dict(self) -> dict[str, object]:
        """JSON-ready: what the proof of a bill is made of."""
        return {
            "verdict": self.verdict.value,
            "text": self.text,
            "suggested": self.suggested,
            "findings": [finding.to_dict() for finding in self.findings],
            "risk": self.risk.to_dict(),
            "policy_sha256": self.policy,
        }


def _plain(number: Number) -> int | str:
    if isinstance(number, Decimal):
        return f"{number:f}"
    return number.isoformat() if isinstance(number, datetime) else number
