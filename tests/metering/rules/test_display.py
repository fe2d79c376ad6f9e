"""Rules about the display."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from meterocr.metering.facts import facts_of
from meterocr.metering.meter import Meter, Register
from meterocr.metering.policy import Policy
from meterocr.metering.reason import Reason
from meterocr.metering.rules.display import digits_read, right_register, sure
from meterocr.metering.verification import Verdict
from meterocr.readout import Candidate, Display, DisplayKind, Quantity
from tests.metering.conftest import METER, QUAD, case, history, readout

DRUMS = (Display(DisplayKind.MECHANICAL, QUAD, 1.0),)


@pytest.mark.parametrize(
    ("shows", "doubtful", "expected"),
    [
        (Quantity.KWH, True, []),
        (Quantity.KVAH, False, [(Reason.WRONG_REGISTER, Verdict.RETAKE)]),
        (Quantity.VOLT, False, [(Reason.WRONG_REGISTER, Verdict.RETAKE)]),
        (Quantity.UNKNOWN, False, []),
        (Quantity.UNKNOWN, True, [(Reason.UNKNOWN_REGISTER, Verdict.REVIEW)]),
    ],
)
def test_right_register(shows: Quantity, doubtful: bool, expected: list[tuple[Reason, Verdict]]) -> None:
    facts = facts_of(case(readout("11050", shows=shows)), Policy(unknown_quantity_doubtful=doubtful))
    assert [(f.reason, f.verdict) for f in right_register(facts)] == expected


def test_what_to_do_about_a_wrong_register() -> None:
    (found,) = right_register(facts_of(case(readout("11050", shows=Quantity.KVAH)), Policy()))
    assert "shows kVAh and not kWh" in found.sentence()


@pytest.mark.parametrize(
    ("text", "decimals", "displays", "expected"),
    [
        ("11050", 0, None, []),
        ("850", 0, None, []),  # an LCD leaves out leading zeros
        ("850", 0, DRUMS, [Reason.WRONG_DIGITS]),  # wheels cannot
        ("00850", 0, DRUMS, []),
        ("110500", 0, None, [Reason.WRONG_DIGITS]),
        ("1105.0", 0, None, [Reason.WRONG_DIGITS]),
        ("11050", 1, None, [Reason.WRONG_DIGITS]),
        ("11050.3", 1, DRUMS, []),
        ("110?0", 0, None, [Reason.UNREADABLE]),
        ("", 0, None, [Reason.UNREADABLE]),
    ],
)
def test_digits_read(text: str, decimals: int, displays: Any, expected: list[Reason]) -> None:
    meter = Meter(METER.serial_number, (Register(Quantity.KWH, 5, decimals),))
    seen = readout(text, **({} if displays is None else {"displays": displays}))
    facts = facts_of(case(seen, history(meters=(meter,))), Policy())
    assert [f.reason for f in digits_read(facts)] == expected
    assert facts.value == (None if expected else Decimal(text))


def test_a_text_that_no_candidate_has_is_not_taken() -> None:
    facts = facts_of(case(readout("11050", candidates=(Candidate("11056", 0.9),))), Policy())
    assert [f.reason for f in digits_read(facts)] == [Reason.UNSUPPORTED]
    assert facts.text == ""


@pytest.mark.parametrize(
    ("text", "confidence", "needed", "expected"),
    [
        ("11050", 0.8, "0.8", []),
        ("11050", 0.7999, "0.8", [Reason.LOW_CONFIDENCE]),
        ("11050", 0.95, "0.99", [Reason.LOW_CONFIDENCE]),
        ("11050", 0.0, "0", []),
        ("", 0.0, "0.8", []),  # there is nothing to be sure of, and another rule says so
    ],
)
def test_sure(text: str, confidence: float, needed: str, expected: list[Reason]) -> None:
    facts = facts_of(case(readout(text, confidence=confidence)), Policy(sure_from=Decimal(needed)))
    assert [f.reason for f in sure(facts)] == expected
