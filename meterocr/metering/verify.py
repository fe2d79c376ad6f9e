"""From a readout to a verdict: may it be billed, must a person look, or is another photo needed?

History may order what the image supports, and raise doubt. It never puts in a digit: what is returned as read is one of
the readout's own candidates, and what the history would prefer stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meterocr.errors import TariffError
from meterocr.metering.case import Case
from meterocr.metering.facts import Facts, facts_of
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.reason import Reason
from meterocr.metering.risk import Price, Risk, bill_risk
from meterocr.metering.rules import display, photo, usage
from meterocr.metering.verification import Finding, Number, Verdict, Verification

Rule = Callable[[Facts], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    photo.capture_quality,
    photo.same_photo,
    photo.photo_time,
    photo.right_meter,
    display.right_register,
    display.digits_read,
    display.sure,
    usage.has_previous,
    usage.below_previous,
    usage.amount,
    usage.nothing_consumed,
    usage.likely_cause,
    usage.contradictions,
    usage.readings_in_a_row,
)
"""All rules, in the order in which their findings are told."""


def verify(case: Case, price: Price, *, policy: Policy = DEFAULT_POLICY) -> Verification:
    """Judge one photo. The same case, price and policy give the same answer, so that an audit can replay it.

    Args:
        price: paise of the bill for the units since the meter's last reading that was seen (trusted or not). What an
            exchanged meter counted before, arrears and all else that belongs to the bill is for it to add. Where
            it raises a TariffError, nobody knows what is at stake, and a person has to look.
        policy: the thresholds.

    Raises:
        MeteringError: the history contradicts its own meters.
    """
    facts = facts_of(case, policy)
    findings = [finding for rule in RULES for finding in rule(facts)]
    try:
        risk = _risk(facts, price)
        findings += _risk_gate(facts, risk)
    except TariffError as error:  # a bill is refused for it; a photo is not, or it would be lost
        risk = Risk()
        if facts.text:
            findings.append(Finding(Reason.RATE_MISSING, Verdict.REVIEW, {"missing": str(error)}))
    return Verification(facts.text, facts.suggested, tuple(findings), risk, policy.digest)


def _risk(facts: Facts, price: Price) -> Risk:
    if facts.opening is None:
        return Risk()  # there can be no bill, whatever the digits are
    otherwise = facts.opening.expected.samples
    return bill_risk(facts.text, facts.case.readout.candidates, facts.billable, price, otherwise=otherwise)


def _risk_gate(facts: Facts, risk: Risk) -> Iterator[Finding]:
    """More at stake than the policy accepts unseen, however sure the digits are."""
    numbers: dict[str, Number] = {
        "at_risk_paise": risk.at_risk_paise,
        "most_paise": facts.policy.max_risk_paise,
        "unheld": risk.unheld,
    }
    if facts.text and risk.at_risk_paise > facts.policy.max_risk_paise:
        yield Finding(Reason.RUPEES_AT_RISK, Verdict.REVIEW, numbers)
