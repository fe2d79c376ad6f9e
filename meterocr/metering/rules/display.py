"""Rules about the display: the right register, all its digits, and sure of them."""

from __future__ import annotations

from collections.abc import Iterator

from meterocr.metering.facts import Facts, fits
from meterocr.metering.reason import Reason
from meterocr.metering.risk import exact
from meterocr.metering.verification import Finding, Number, Verdict
from meterocr.readout import UNREAD, Quantity


def right_register(facts: Facts) -> Iterator[Finding]:
    """Another quantity on the display; an unknown one is a doubt only where the policy says so."""
    shows, expected = facts.case.readout.shows, facts.case.quantity
    numbers = {"shows": shows, "expected": expected}
    if shows is Quantity.UNKNOWN:
        if facts.policy.unknown_quantity_doubtful:
            yield Finding(Reason.UNKNOWN_REGISTER, Verdict.REVIEW, numbers)
    elif shows is not expected:
        yield Finding(Reason.WRONG_REGISTER, Verdict.RETAKE, numbers)


def digits_read(facts: Facts) -> Iterator[Finding]:
    """A whole reading that a candidate stands behind, with the register's digits and decimals."""
    text, register = facts.case.readout.text, facts.register
    if not text or UNREAD in text:
        yield Finding(Reason.UNREADABLE, Verdict.REVIEW, {"text": text})
    elif not facts.text:
        yield Finding(Reason.UNSUPPORTED, Verdict.REVIEW, {"text": text})
    elif not fits(facts, text):
        numbers: dict[str, Number] = {"text": text, "digits": register.digits, "decimals": register.decimals}
        yield Finding(Reason.WRONG_DIGITS, Verdict.REVIEW, numbers)


def sure(facts: Facts) -> Iterator[Finding]:
    """The calibrated confidence against what the policy asks for."""
    readout, needed = facts.case.readout, facts.policy.sure_from
    confidence = exact(readout.confidence)
    if readout.text and confidence < needed:
        numbers: dict[str, Number] = {"text": readout.text, "confidence": confidence, "needed": needed}
        yield Finding(Reason.LOW_CONFIDENCE, Verdict.REVIEW, numbers)
