"""Rules about the consumption that the reading makes: against the history, against physics, against the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from meterocr.metering.baseline import Suspect, settle
from meterocr.metering.facts import Facts
from meterocr.metering.policy import MONTH_DAYS
from meterocr.metering.reason import Reason
from meterocr.metering.risk import exact
from meterocr.metering.verification import Finding, Number, Verdict

_SUSPECTS = {
    Suspect.EARLIER: Reason.EARLIER_LIKELY_WRONG,
    Suspect.NEW: Reason.NEW_LIKELY_WRONG,
    Suspect.EITHER: Reason.ONE_OF_TWO_WRONG,
}


def has_previous(facts: Facts) -> Iterator[Finding]:
    """Without an earlier reading of the meter there is no consumption."""
    serial_number = facts.case.meter.serial_number
    if not facts.case.history.trusted(serial_number):
        yield Finding(Reason.NO_PREVIOUS, Verdict.REVIEW, {"serial_number": serial_number})


def below_previous(facts: Facts) -> Iterator[Finding]:
    """A lower value than the last trusted one: the counter went through zero if the load allows that, else a doubt."""
    step, previous = facts.advance, facts.previous
    if step is None or previous is None or not step.rolled_over:
        return
    numbers: dict[str, Number] = {
        "value": step.closing.value,
        "previous": step.opening.value,
        "previous_at": step.opening.at,
        "units": step.units,
        "limit": previous.expected.limit,
    }
    if step.units <= previous.expected.limit:
        yield Finding(Reason.ROLLOVER, Verdict.ACCEPTED, numbers)
    else:
        yield Finding(Reason.BELOW_PREVIOUS, Verdict.REVIEW, numbers)


def amount(facts: Facts) -> Iterator[Finding]:
    """How much was consumed, against the usual range and against the load."""
    step, previous = facts.advance, facts.previous
    if step is None or previous is None or step.units == 0:
        return
    expected, units = previous.expected, step.units
    numbers: dict[str, Number] = {
        "units": units,
        "days": expected.days,
        "advances": expected.advances,
        "low": expected.low,
        "typical": expected.typical,
        "high": expected.high,
        "limit": expected.limit,
        "load_kw": facts.case.supply.sanctioned_load_kw,
    }
    if units > expected.limit:
        if not step.rolled_over:  # what seems to go through zero and does not is another finding
            yield Finding(Reason.ABOVE_PHYSICS, Verdict.REVIEW, numbers)
    elif units > expected.high:
        yield Finding(Reason.HIGH, Verdict.REVIEW, numbers)
    elif units < expected.low:
        yield Finding(Reason.LOW, Verdict.REVIEW, numbers)
    else:
        yield Finding(Reason.USUAL, Verdict.ACCEPTED, numbers)


def nothing_consumed(facts: Facts) -> Iterator[Finding]:
    """No advance at all: a doubt where the connection uses electricity, worth a note where it hardly does."""
    step, previous = facts.advance, facts.previous
    if step is None or previous is None or step.units != 0:
        return
    expected = previous.expected
    typical = expected.typical / expected.days * MONTH_DAYS
    verdict = Verdict.REVIEW if typical >= facts.policy.zero_doubtful_from else Verdict.ACCEPTED
    yield Finding(Reason.ZERO, verdict, {"days": expected.days, "typical": expected.typical})


def likely_cause(facts: Facts) -> Iterator[Finding]:
    """Where the consumption is not usual: a misread digit, or a meter that was changed? For whoever decides."""
    step, previous = facts.advance, facts.previous
    if facts.suggested:
        probability = max(c.probability for c in facts.case.readout.candidates if c.text == facts.suggested)
        numbers: dict[str, Number] = {"suggested": facts.suggested, "probability": exact(probability)}
        yield Finding(Reason.LIKELY_MISREAD, Verdict.ACCEPTED, numbers)
    elif step is not None and step.units != 0 and not facts.usual(facts.text):
        place = _place_in_doubt(facts)
        if place:
            yield Finding(Reason.ONE_DIGIT_OFF, Verdict.ACCEPTED, {"place": place})
    if step is not None and previous is not None and step.rolled_over and not facts.suggested:
        expected = previous.expected
        from_zero = step.closing.value * facts.register.multiplying_factor
        if step.units > expected.limit and from_zero <= expected.limit:
            numbers = {"value": step.closing.value, "days": expected.days, "limit": expected.limit}
            yield Finding(Reason.LIKELY_METER_CHANGE, Verdict.ACCEPTED, numbers)


def contradictions(facts: Facts) -> Iterator[Finding]:
    """Quarantined readings that the new one does not agree with, and which of the two is likelier wrong."""
    case, value = facts.case, facts.value
    if value is None:
        return
    for found in settle(case.history, case.reading(value), case.supply, policy=facts.policy).contradictions:
        numbers: dict[str, Number] = {
            "earlier": found.earlier.value,
            "earlier_at": found.earlier.at,
            "later": found.new.value,
            "later_at": found.new.at,
            **found.numbers,
        }
        yield Finding(_SUSPECTS[found.suspect], Verdict.REVIEW, numbers)


def readings_in_a_row(facts: Facts) -> Iterator[Finding]:
    """Too long since somebody of the utility stood at the meter, or since anybody read it."""
    readings, policy = facts.case.history.readings, facts.policy
    unvisited = takewhile(lambda reading: not reading.on_site, reversed(readings))
    run = 1 + sum(not reading.provisional for reading in unvisited)
    if not facts.case.capture.visited and run > policy.max_self_readings:
        yield Finding(Reason.SELF_READINGS, Verdict.REVIEW, {"run": run, "most": policy.max_self_readings})
    run = sum(1 for _ in takewhile(lambda reading: reading.provisional, reversed(readings)))
    if run > policy.max_provisional:
        yield Finding(Reason.PROVISIONAL_RUN, Verdict.REVIEW, {"run": run, "most": policy.max_provisional})


def _place_in_doubt(facts: Facts) -> int:
    """The first place, counted from 1 without the point, where another digit makes the reading usual; 0: none."""
    places = [i for i, symbol in enumerate(facts.text) if symbol != "."]
    for place, i in enumerate(places, start=1):
        if any(facts.usual(f"{facts.text[:i]}{digit}{facts.text[i + 1 :]}") for digit in "0123456789"):
            return place
    return 0
