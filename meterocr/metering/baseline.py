"""Quarantined baseline: a reading may bill at once, and later readings are judged by it only once it is confirmed.

A misread that looked usual would otherwise become the measure of the right reading after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from meterocr.metering.consumption import advance
from meterocr.metering.history import Expectation, History, expect
from meterocr.metering.meter import Supply
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Reading, Source, Standing

_BY_A_PERSON = frozenset({Source.REVIEWER, Source.METER_READER, Source.INSTALLED, Source.REMOVED})


class Suspect(StrEnum):
    """Which of two readings that contradict each other is likelier wrong."""

    EARLIER = "earlier"
    NEW = "new"
    EITHER = "either"  # nothing tells


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A quarantined reading that the new one does not agree with.

    Attributes:
        numbers: what says so: ``units`` between the two and the usual range ``low`` to ``high`` (``limit`` where a
            person stands behind the new one); and, where there is a trusted reading before, how many units a day each
            of the two is away from what is typical since then (``earlier_misses``, ``new_misses``).
    """

    earlier: Reading
    new: Reading
    suspect: Suspect
    numbers: Mapping[str, Decimal]

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a new reading does to the standings.

    Attributes:
        new: the new reading with its standing.
        confirmed: readings that were quarantined and are trusted from now on, with their new standing, oldest first.
        contradictions: readings that stay quarantined because the new one does not agree.
    """

    new: Reading
    confirmed: tuple[Reading, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says of two readings how they go together."""

    history: History
    supply: Supply
    policy: Policy

    def step(self, opening: Reading, closing: Reading) -> tuple[Decimal, Expectation]:
        """Units from one to the other, and what was to be expected; going through zero is many units."""
        register = self.history.register(opening.serial_number, opening.quantity)
        expected = expect(self.history, self.supply, opening.at, closing.at, policy=self.policy)
        return advance(register, opening, closing).units, expected

    def possible(self, opening: Reading, closing: Reading) -> bool:
        units, expected = self.step(opening, closing)
        return units <= expected.limit

    def agree(self, earlier: Reading, new: Reading) -> bool:
        units, expected = self.step(earlier, new)
        # What a person has decided may be unusual; it still cannot be impossible.
        return units <= expected.limit if new.source in _BY_A_PERSON else expected.usual(units)

    def misses(self, base: Reading, reading: Reading) -> Decimal | None:
        """Units a day by which the way from ``base`` is not typical; ``None`` where nothing is known to be."""
        units, expected = self.step(base, reading)
        return abs(units - expected.typical) / expected.days if expected.advances else None


def settle(history: History, new: Reading, supply: Supply, *, policy: Policy) -> Settlement:
    """Which quarantined readings of its meter a new reading confirms, and which it contradicts.

    The latest one is looked at first. One that agrees with the new reading is trusted, and itself confirms or
    contradicts the one before; one that is likelier wrong is stepped over; where the new one is in doubt itself,
    it settles nothing more.

    Raises:
        MeteringError: as :func:`~meterocr.metering.consumption.advance`.
    """
    new = replace(new, standing=Standing.TRUSTED if new.source in _BY_A_PERSON else Standing.QUARANTINED)
    if new.provisional:
        return Settlement(new)
    judge = _Judge(history, supply, policy)
    earlier = [reading for reading in history.seen(new.serial_number) if reading.at < new.at]
    bases = [reading for reading in earlier if reading.trusted]
    base = bases[-1] if bases else None
    confirmed: list[Reading] = []
    contradictions: list[Contradiction] = []
    following = new
    for reading in reversed([r for r in earlier if not r.trusted and (base is None or r.at > base.at)]):
        if judge.agree(reading, following) and (base is None or judge.possible(base, reading)):
            following = reading.confirmed
            confirmed.append(following)
            continue
        contradictions.append(_contradiction(judge, base, reading, following))
        if contradictions[-1].suspect is not Suspect.EARLIER:
            break
    return Settlement(new, tuple(reversed(confirmed)), tuple(reversed(contradictions)))


def _contradiction(judge: _Judge, base: Reading | None, earlier: Reading, new: Reading) -> Contradiction:
    units, expected = judge.step(earlier, new)
    numbers = {"units": units, "low": expected.low, "high": expected.high, "limit": expected.limit}
    if base is not None:
        for name, reading in (("earlier_misses", earlier), ("new_misses", new)):
            if (misses := judge.misses(base, reading)) is not None:
                numbers[name] = misses
    return Contradiction(earlier, new, _suspect(judge, base, earlier, new), numbers)


def _suspect(judge: _Judge, base: Reading | None, earlier: Reading, new: Reading) -> Suspect:
    if new.source in _BY_A_PERSON:
        return Suspect.EARLIER
    if base is None:
        return Suspect.EITHER
    possible = judge.possible(base, earlier), judge.possible(base, new)
    if possible[0] is not possible[1]:
        return Suspect.EARLIER if possible[1] else Suspect.NEW
    misses = judge.misses(base, earlier), judge.misses(base, new)
    if misses[0] is None or misses[1] is None or misses[0] == misses[1]:
        return Suspect.EITHER
    return Suspect.EARLIER if misses[0] > misses[1] else Suspect.NEW
