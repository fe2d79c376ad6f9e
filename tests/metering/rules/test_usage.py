"""Rules about the consumption; ``steady`` uses 150 units a month and stood at 10900 a month before the photo."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from meterocr.metering.case import Case
from meterocr.metering.facts import facts_of
from meterocr.metering.meter import Meter, Register
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Source
from meterocr.metering.reason import Reason
from meterocr.metering.rules import usage
from meterocr.metering.verification import Finding, Verdict
from meterocr.readout import Quantity
from tests.metering.conftest import METER, capture, case, history, quarantined, reading, readout, steady

RULES = (
    usage.has_previous,
    usage.below_previous,
    usage.amount,
    usage.nothing_consumed,
    usage.likely_cause,
    usage.contradictions,
    usage.readings_in_a_row,
)


def found(one: Case, **policy: Any) -> list[Finding]:
    facts = facts_of(one, Policy(**policy))
    return list(chain.from_iterable(rule(facts) for rule in RULES))


def brief(findings: list[Finding]) -> dict[Reason, Verdict]:
    return {finding.reason: finding.verdict for finding in findings}


OK, LOOK = Verdict.ACCEPTED, Verdict.REVIEW


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        ("11050", [], {Reason.USUAL: OK}),
        ("11380", [], {Reason.USUAL: OK}),
        ("11381", [], {Reason.HIGH: LOOK, Reason.ONE_DIGIT_OFF: OK}),
        ("14140", [], {Reason.HIGH: LOOK, Reason.ONE_DIGIT_OFF: OK}),  # 3240 units: just possible
        ("14141", [], {Reason.ABOVE_PHYSICS: LOOK, Reason.ONE_DIGIT_OFF: OK}),
        ("77050", [], {Reason.ABOVE_PHYSICS: LOOK}),
        ("71050", [("11050", 0.1)], {Reason.ABOVE_PHYSICS: LOOK, Reason.LIKELY_MISREAD: OK}),
        ("10050", [("11050", 0.1)], {Reason.BELOW_PREVIOUS: LOOK, Reason.LIKELY_MISREAD: OK}),
        ("10050", [("10060", 0.1)], {Reason.BELOW_PREVIOUS: LOOK, Reason.ONE_DIGIT_OFF: OK}),
        ("00087", [], {Reason.BELOW_PREVIOUS: LOOK, Reason.LIKELY_METER_CHANGE: OK}),
        ("09000", [], {Reason.BELOW_PREVIOUS: LOOK}),
        ("10900", [], {Reason.ZERO: LOOK}),
        ("1?050", [("11050", 0.5), ("17050", 0.4)], {Reason.LIKELY_MISREAD: OK}),  # the digits are another rule's
    ],
)
def test_how_much(text: str, others: list[tuple[str, float]], expected: dict[Reason, Verdict]) -> None:
    assert brief(found(case(readout(text, *others)))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00070", {Reason.ROLLOVER: OK, Reason.USUAL: OK}),  # from 99900, as every month
        ("00900", {Reason.ROLLOVER: OK, Reason.HIGH: LOOK, Reason.ONE_DIGIT_OFF: OK}),
        ("09900", {Reason.BELOW_PREVIOUS: LOOK, Reason.ONE_DIGIT_OFF: OK}),
    ],
)
def test_through_zero(text: str, expected: dict[Reason, Verdict]) -> None:
    assert brief(found(case(readout(text), steady(first=99_000)))) == expected


def test_steady_and_low() -> None:
    past = steady(units=600)  # stood at 13600; 40 % of 600, less 30, is 210
    assert brief(found(case(readout("13810"), past))) == {Reason.USUAL: OK}
    assert brief(found(case(readout("13809"), past))) == {Reason.LOW: LOOK, Reason.ONE_DIGIT_OFF: OK}


def test_the_multiplying_factor_counts() -> None:
    meter = Meter(METER.serial_number, (Register(Quantity.KWH, 5, 0, Decimal(20)),))
    past = history(reading(100, 6), meters=(meter,))
    assert found(case(readout("00110"), past))[0].numbers["units"] == 200


def test_nothing_consumed_where_hardly_anything_is() -> None:
    assert brief(found(case(readout("10084"), steady(units=14)))) == {Reason.ZERO: OK}
    assert brief(found(case(readout("10090"), steady(units=15)))) == {Reason.ZERO: LOOK}


@pytest.mark.parametrize(
    "past", [history(), history(quarantined(10_900, 6)), history(reading(1, 6, Source.PROVISIONAL))]
)
def test_without_a_trusted_reading(past: Any) -> None:
    assert brief(found(case(readout("11050"), past)))[Reason.NO_PREVIOUS] is LOOK


def test_the_numbers_can_be_replayed() -> None:
    (usual,) = found(case(readout("11050")))
    assert usual.to_dict() == {
        "reason": "usual",
        "verdict": "accepted",
        "numbers": {
            "units": "150", "days": "30", "advances": 6, "low": "0.000", "typical": "150.000", "high": "480.000",
            "limit": "3240.000", "load_kw": "3",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("before", "text", "reason"),
    [
        (11_350, "11200", Reason.EARLIER_LIKELY_WRONG),
        (11_050, "11000", Reason.NEW_LIKELY_WRONG),
    ],
)
def test_contradictions(before: int, text: str, reason: Reason) -> None:
    one = case(readout(text), steady(quarantined(before, 7)), capture=capture(8))
    doubts = [f for f in found(one) if f.verdict is LOOK]
    assert [f.reason for f in doubts] == [reason]
    assert (doubts[0].numbers["earlier"], doubts[0].numbers["later"]) == (before, int(text))


def test_either_of_two() -> None:
    one = case(readout("400"), history(reading(100, 6, Source.INSTALLED), quarantined(500, 7)), capture=capture(8))
    assert brief(found(one))[Reason.ONE_OF_TWO_WRONG] is LOOK


@pytest.mark.parametrize(
    ("sources", "visited", "expected"),
    [
        ([Source.PHOTO, Source.REVIEWER], False, None),
        ([Source.PHOTO, Source.REVIEWER, Source.PHOTO], False, 4),
        ([Source.PHOTO, Source.PROVISIONAL, Source.PHOTO], False, None),  # nobody sent that one
        ([Source.PHOTO, Source.PROVISIONAL, Source.PHOTO, Source.PHOTO], False, 4),  # and nobody came
        ([Source.PHOTO, Source.PHOTO, Source.PHOTO], True, None),
        ([Source.PHOTO, Source.PHOTO, Source.METER_READER, Source.PHOTO], False, None),
    ],
)
def test_self_readings_since_the_last_visit(sources: list[Source], visited: bool, expected: int | None) -> None:
    past = steady(*(reading(10_901 + i, 6.1 + i / 10, source) for i, source in enumerate(sources)))
    one = case(readout("11050"), past, capture=capture(visited=visited))
    runs = [f.numbers["run"] for f in found(one, max_self_readings=3) if f.reason is Reason.SELF_READINGS]
    assert runs == ([] if expected is None else [expected])


@pytest.mark.parametrize(("run", "doubtful"), [(0, False), (2, False), (3, True)])
def test_provisional_readings_in_a_row(run: int, doubtful: bool) -> None:
    past = steady(*(reading(10_950 + i, 6.1 + i / 10, Source.PROVISIONAL) for i in range(run)))
    assert (Reason.PROVISIONAL_RUN in brief(found(case(readout("11050"), past)))) is doubtful


def test_a_reading_below_a_provisional_one_is_no_doubt() -> None:
    past = steady(reading(11_300, 6.5, Source.PROVISIONAL))
    assert brief(found(case(readout("11050"), past))) == {Reason.USUAL: OK}
