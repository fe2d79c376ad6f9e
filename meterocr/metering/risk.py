"""Rupees at risk: what the doubt in the digits is worth on the bill, in integer paise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from meterocr.readout import Candidate

Price = Callable[[Decimal], int]
"""From units of this period to paise of the bill for it, with all that belongs to the bill."""

UnitsOf = Callable[[str], Sequence[Decimal]]
"""From a candidate's text to the units that it may bill: one number for a whole text, several for one with ``?``, none
where it makes no possible consumption."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer to what the meter showed, and what the bill would be wrong by if it is the right one.

    Attributes:
        text: a candidate; ``""`` for the case that no possible candidate is right.
        probability: of this answer; those of all outcomes sum to 1.
        units: what would have been consumed then, each number as likely as the others.
        error_paise: mean absolute difference to the bill that would be made, rounded up.
    """

    text: str
    probability: Decimal
    units: tuple[Decimal, ...]
    error_paise: int


@dataclass(frozen=True, slots=True)
class Risk:
    """What the bill may be wrong by.

    Attributes:
        outcomes: most probable candidate first; the last one is the case that none is right.
        at_risk_paise: expected absolute difference between the right bill and the one that would be made, rounded up.
    """

    outcomes: tuple[Outcome, ...] = ()
    at_risk_paise: int = 0

    @property
    def unheld(self) -> Decimal:
        """Probability that no possible candidate is right."""
        return self.outcomes[-1].probability if self.outcomes else Decimal(1)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready; decimals as text."""
        return {
            "outcomes": [
                {
                    "text": o.text,
                    "probability": f"{o.probability:f}",
                    "units": [f"{units:f}" for units in o.units],
                    "error_paise": o.error_paise,
                }
                for o in self.outcomes
            ],
            "at_risk_paise": self.at_risk_paise,
        }


def exact(probability: float) -> Decimal:
    """A probability as a Decimal, as it is written: no float goes into what is done with money."""
    return Decimal(repr(float(probability)))


def bill_risk(
    text: str, candidates: Sequence[Candidate], units_of: UnitsOf, price: Price, *, otherwise: Sequence[Decimal]
) -> Risk:
    """What the bill of the reading ``text`` may be wrong by.

    Probability that no possible candidate holds is neither shared out among the candidates nor forgotten: the
    consumption is then taken to be any of ``otherwise``. Where ``text`` itself makes no possible consumption there is
    no bill to compare with, and all that ``otherwise`` leaves open is at stake.

    Args:
        text: the reading that would be billed; a whole one.
        candidates: all readings that the photo supports, most probable first.
        otherwise: units that the history finds possible, fewest first; at least one.
    """
    billed = units_of(text)
    if not billed:
        bills = [price(units) for units in otherwise]
        spread = max(bills) - min(bills)
        return Risk((Outcome("", Decimal(1), tuple(otherwise), spread),), spread)
    paise = price(billed[0])
    outcomes = list(_possible(candidates, units_of, lambda units: abs(price(units) - paise)))
    unheld = max(Decimal(0), 1 - sum((outcome.probability for outcome in outcomes), Decimal(0)))
    outcomes.append(_outcome("", unheld, otherwise, lambda units: abs(price(units) - paise)))
    return Risk(tuple(outcomes), _up(sum((o.probability * o.error_paise for o in outcomes), Decimal(0))))


def _possible(candidates: Sequence[Candidate], units_of: UnitsOf, error: Price) -> Iterator[Outcome]:
    for candidate in candidates:
        units = units_of(candidate.text)
        if units:
            yield _outcome(candidate.text, exact(candidate.probability), units, error)


def _outcome(text: str, probability: Decimal, units: Sequence[Decimal], error: Price) -> Outcome:
    mean = Decimal(sum(error(each) for each in units)) / len(units)
    return Outcome(text, probability, tuple(units), _up(mean))


def _up(paise: Decimal) -> int:
    return int(paise.to_integral_value(ROUND_CEILING))
