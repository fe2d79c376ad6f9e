"""Rupees at risk: what the doubt in the digits is worth on the bill, in integer paise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from meterocr.readout import Candidate

Price = Callable[[Decimal], int]
"""From units of this period to paise of the bill for it, with all that belongs to the bill; never falling."""

UnitsOf = Callable[[str], Decimal | None]
"""From a reading as text to the units it would bill; ``None`` where it makes no possible consumption."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reading that the photo supports and the bill that it would make."""

    text: str
    probability: Decimal
    units: Decimal
    paise: int


@dataclass(frozen=True, slots=True)
class Risk:
    """What the bill may be wrong by.

    Attributes:
        outcomes: the candidates that make a possible consumption, most probable first.
        unheld: probability that none of them is right; together with theirs it is 1.
        worst_paise: the largest difference of the bill that is taken for that case.
        at_risk_paise: expected absolute difference between the right bill and the one that would be made.
    """

    outcomes: tuple[Outcome, ...] = ()
    unheld: Decimal = Decimal(1)
    worst_paise: int = 0
    at_risk_paise: int = 0

    def to_dict(self) -> dict[str, object]:
        """JSON-ready; decimals as text."""
        return {
            "outcomes": [
                {"text": o.text, "probability": f"{o.probability:f}", "units": f"{o.units:f}", "paise": o.paise}
                for o in self.outcomes
            ],
            "unheld": f"{self.unheld:f}",
            "worst_paise": self.worst_paise,
            "at_risk_paise": self.at_risk_paise,
        }


def exact(probability: float) -> Decimal:
    """A probability as a Decimal, as it is written: no float goes into what is done with money."""
    return Decimal(repr(float(probability)))


def bill_risk(
    text: str, candidates: Iterable[Candidate], units_of: UnitsOf, price: Price, *, span: tuple[Decimal, Decimal]
) -> Risk:
    """What the bill of the reading ``text`` may be wrong by.

    Probability that no possible candidate holds is not shared out and not forgotten: the right consumption is then
    taken to be at the worse end of ``span``. Where ``text`` itself makes no possible consumption, all is at stake.

    Args:
        text: the reading that would be billed.
        candidates: all readings that the photo supports, most probable first.
        span: fewest and most units that the history finds usual.
    """
    outcomes = tuple(_outcomes(candidates, units_of, price))
    ends = [price(units) for units in span]
    billed = next((outcome.paise for outcome in outcomes if outcome.text == text), None)
    if billed is None:
        spread = abs(ends[1] - ends[0])
        return Risk((), Decimal(1), spread, spread)
    unheld = max(Decimal(0), 1 - sum((outcome.probability for outcome in outcomes), Decimal(0)))
    worst = max(abs(end - billed) for end in ends)
    expected = unheld * worst + sum((o.probability * abs(o.paise - billed) for o in outcomes), Decimal(0))
    return Risk(outcomes, unheld, worst, int(expected.to_integral_value(ROUND_CEILING)))


def _outcomes(candidates: Iterable[Candidate], units_of: UnitsOf, price: Price) -> Iterable[Outcome]:
    for candidate in candidates:
        units = units_of(candidate.text)
        if units is not None:
            yield Outcome(candidate.text, exact(candidate.probability), units, price(units))
