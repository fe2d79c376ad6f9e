"""What the rules look at: worked out once from the case, so that each rule only compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, product

from meterocr.metering.case import Case
from meterocr.metering.consumption import Advance, advance
from meterocr.metering.history import Expectation, expect
from meterocr.metering.meter import Register
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Reading
from meterocr.readout import UNREAD, DisplayKind

_MOST_UNREAD = 2  # a text with more of them says too little


@dataclass(frozen=True, slots=True)
class Since:
    """An earlier reading, and what was to be expected from then on until the photo."""

    reading: Reading
    expected: Expectation


@dataclass(frozen=True, slots=True)
class Facts:
    """A case with what follows from it.

    Attributes:
        text: what the image says: whole, and one of the readout's candidates; else ``""``.
        previous: the last trusted reading of the meter; ``None`` where there is none before the photo.
        opening: the last reading of the meter that was seen, trusted or not: where the bill's period begins.
    """

    case: Case
    policy: Policy
    register: Register
    text: str
    previous: Since | None
    opening: Since | None

    @property
    def value(self) -> Decimal | None:
        """The number that the image says, where the register can show it."""
        return Decimal(self.text) if fits(self, self.text) else None

    @property
    def advance(self) -> Advance | None:
        """From the previous reading to what the image says, going through zero where that is lower."""
        return self.step(self.text)

    def step(self, text: str) -> Advance | None:
        """The same for another text; ``None`` where there is no previous reading, or the register cannot show it."""
        return _step(self, self.previous, text)

    def usual(self, text: str) -> bool:
        """Whether ``text`` makes a consumption as the history has it."""
        step = self.step(text)
        return step is not None and self.previous is not None and self.previous.expected.usual(step.units)

    def billable(self, text: str) -> tuple[Decimal, ...]:
        """The units that ``text`` may bill, for each usual way to fill its ``?``, or each possible one if none is.

        Empty where no consumption is possible. Filling is only done to see what is at stake: where a digit cannot be
        told, how much does it matter?
        """
        if self.opening is None or text.count(UNREAD) > _MOST_UNREAD:
            return ()
        expected = self.opening.expected
        steps = (_step(self, self.opening, filled) for filled in _fillings(text))
        possible = tuple(step.units for step in steps if step is not None and step.units <= expected.limit)
        return tuple(units for units in possible if expected.usual(units)) or possible

    @property
    def suggested(self) -> str:
        """The most probable candidate that fits the history, where the image's first one does not; else ``""``."""
        if self.usual(self.text):
            return ""
        others = (candidate.text for candidate in self.case.readout.candidates if candidate.text != self.text)
        return next((text for text in others if self.usual(text)), "")


def facts_of(case: Case, policy: Policy) -> Facts:
    """Everything that the rules need to know.

    Raises:
        MeteringError: the history contradicts its own meters.
    """
    history, serial_number = case.history, case.meter.serial_number
    supported = {candidate.text for candidate in case.readout.candidates}
    text = case.readout.text
    return Facts(
        case,
        policy,
        history.register(serial_number, case.quantity),
        text if text and UNREAD not in text and text in supported else "",
        _since(case, policy, history.trusted(serial_number)),
        _since(case, policy, history.seen(serial_number)),
    )


def fits(facts: Facts, text: str) -> bool:
    """Whether the register can show ``text``: wheels always show every digit, an LCD may leave out leading zeros."""
    whole, _, fraction = text.partition(".")
    if not whole or UNREAD in text or len(fraction) != facts.register.decimals:
        return False
    missing = facts.register.digits - len(whole)
    return missing == 0 or (missing > 0 and facts.case.readout.kind is not DisplayKind.MECHANICAL)


def _fillings(text: str) -> Iterator[str]:
    parts = text.split(UNREAD)
    for digits in product("0123456789", repeat=len(parts) - 1):
        yield "".join(chain.from_iterable(zip(parts, (*digits, ""), strict=True)))


def _since(case: Case, policy: Policy, readings: tuple[Reading, ...]) -> Since | None:
    """The last of ``readings``; ``None`` where the photo is not newer."""
    if not readings or readings[-1].at >= case.capture.at:
        return None
    last = readings[-1]
    return Since(last, expect(case.history, case.supply, last.at, case.capture.at, policy=policy))


def _step(facts: Facts, since: Since | None, text: str) -> Advance | None:
    if since is None or not fits(facts, text):
        return None
    return advance(facts.register, since.reading, facts.case.reading(Decimal(text)))
