"""The whole way from a readout to a verdict."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterocr.errors import MeteringError, TariffError
from meterocr.issue import Issue
from meterocr.metering.consumption import IST
from meterocr.metering.policy import Policy
from meterocr.metering.reading import Source, Standing
from meterocr.metering.reason import Reason
from meterocr.metering.risk import Risk
from meterocr.metering.verification import Finding, Verdict, Verification
from meterocr.metering.verify import verify
from meterocr.readout import Candidate, Quantity
from tests.metering.conftest import (
    MONTH,
    START,
    capture,
    case,
    history,
    quarantined,
    reading,
    readout,
    steady,
    subsidised,
)

# `steady` uses 150 units a month and stood at 10900 a month before the photo.


def verified(text: str, *others: tuple[str, float], confidence: float = 1.0, **changes: Any) -> Verification:
    return verify(case(readout(text, *others, confidence=confidence), **changes), subsidised)


def test_an_ordinary_month_is_accepted() -> None:
    found = verified("11050")
    assert (found.verdict, found.value, found.suggested, found.reasons) == (Verdict.ACCEPTED, 11_050, "", ())
    assert [finding.reason for finding in found.findings] == [Reason.USUAL]
    assert found.risk.at_risk_paise == 0


@pytest.mark.parametrize(
    ("best", "other", "verdict"),
    [
        ("11100", "11101", Verdict.REVIEW),  # 200 or 201 units: Rs 0 or Rs 1,024.60
        ("11101", "11100", Verdict.REVIEW),
        ("11099", "11098", Verdict.ACCEPTED),  # Rs 0 both
        ("11150", "11151", Verdict.ACCEPTED),  # Rs 4.60 apart
        ("11300", "11301", Verdict.REVIEW),  # 400 or 401 units: Rs 826.65 apart
        ("11290", "11291", Verdict.ACCEPTED),
    ],
)
def test_the_cliffs_go_to_a_person_at_high_confidence(best: str, other: str, verdict: Verdict) -> None:
    found = verified(best, (other, 0.03), confidence=0.97)
    assert found.verdict is verdict
    assert found.reasons == ((Reason.RUPEES_AT_RISK,) if verdict is Verdict.REVIEW else ())


def unpriced(_: Decimal) -> int:
    raise TariffError("expected a rate duty for domestic, got none")


def test_without_a_rate_a_person_looks_and_the_photo_is_not_refused() -> None:
    found = verify(case(readout("11050")), unpriced)
    assert (found.verdict, found.reasons, found.value) == (Verdict.REVIEW, (Reason.RATE_MISSING,), 11_050)
    assert "expected a rate duty for domestic" in found.findings[-1].sentence()
    assert "expected a rate duty for domestic" in found.findings[-1].sentence("hi")
    assert found.risk == Risk()


def test_where_nothing_is_read_a_missing_rate_does_not_matter() -> None:
    assert Reason.RATE_MISSING not in verify(case(readout("")), unpriced).reasons


def test_what_no_candidate_holds_is_at_risk_too() -> None:
    # Of eight samples six are 150 units and one is low, all at Rs 0; the eighth is 480 units, Rs 3292.
    assert verified("11050", confidence=0.96).risk.at_risk_paise == 1_646
    assert verified("11050", confidence=0.96).reasons == ()
    assert verified("11050", confidence=0.95).reasons == (Reason.RUPEES_AT_RISK,)


def test_a_candidate_that_is_impossible_is_as_if_nobody_held_its_probability() -> None:
    found = verified("11099", ("71099", 0.04), confidence=0.96).risk
    assert ([o.text for o in found.outcomes], found.unheld) == (["11099", ""], Decimal("0.04"))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ("1109?", Verdict.ACCEPTED),  # 190 to 199 units: it does not matter which
        ("1110?", Verdict.REVIEW),  # 200 to 209 units
        ("1?099", Verdict.ACCEPTED),  # only this one is near what was there before
        ("1??9?", Verdict.REVIEW),  # says too little: as if no candidate had it
    ],
)
def test_a_digit_that_cannot_be_told_matters_as_much_as_the_bill_says(other: str, verdict: Verdict) -> None:
    assert verified("11099", (other, 0.06), confidence=0.94).verdict is verdict


def test_what_is_accepted_unseen_is_for_the_utility_to_say() -> None:
    one = case(readout("11100", ("11101", 0.03), confidence=0.97))
    assert verify(one, subsidised, policy=Policy(max_risk_paise=3_074)).verdict is Verdict.ACCEPTED
    assert verify(one, subsidised, policy=Policy(max_risk_paise=3_073)).verdict is Verdict.REVIEW


def test_both_answers_stay() -> None:
    found = verified("71050", ("11050", 0.1), confidence=0.9)
    assert (found.text, found.value, found.suggested) == ("71050", 71_050, "11050")
    assert found.verdict is Verdict.REVIEW


def test_history_puts_in_no_digit_that_the_image_does_not_have() -> None:
    found = verified("71050", ("71060", 0.1), confidence=0.9)
    assert (found.text, found.suggested) == ("71050", "")


def test_the_bill_begins_at_the_last_reading_that_was_seen() -> None:
    past = steady(quarantined(11_050, 7), reading(11_240, 7.5, Source.PROVISIONAL))
    found = verified("11250", past=past, capture=capture(8))
    assert found.risk.outcomes[0].units == (200,)


def test_without_any_reading_there_is_no_bill() -> None:
    found = verified("11050", past=history())
    assert found.risk == Risk()
    assert found.reasons == (Reason.NO_PREVIOUS,)


def test_retake_outweighs_review() -> None:
    found = verify(case(readout("71050", shows=Quantity.KVAH)), subsidised)
    assert {Reason.WRONG_REGISTER, Reason.ABOVE_PHYSICS} <= set(found.reasons)
    assert found.verdict is Verdict.RETAKE


def test_nothing_read() -> None:
    seen = readout("", confidence=0.0, issues=(Issue.NO_DISPLAY,), retake=True, displays=(), digits=())
    found = verify(case(seen), subsidised)
    assert (found.verdict, found.text, found.value, found.suggested) == (Verdict.RETAKE, "", None, "")
    assert Reason.RUPEES_AT_RISK not in found.reasons


def test_an_accepted_value_becomes_a_quarantined_reading() -> None:
    one = case(readout("11050"), capture=capture(visited=True)).reading(Decimal(11_050))
    assert (one.source, one.standing, one.at, one.on_site) == (
        Source.PHOTO, Standing.QUARANTINED, START + MONTH * 7, True,
    )  # fmt: skip


def test_a_case_is_of_one_quantity_that_the_meter_counts() -> None:
    with pytest.raises(ValueError, match="a history of kvah, got a reading of kwh"):
        case(readout("11050"), quantity=Quantity.KVAH)
    with pytest.raises(MeteringError, match="register for kvah"):
        case(readout("11050"), history(), quantity=Quantity.KVAH)


TEXTS = st.from_regex(r"[0-9?]{4,6}(\.[0-9?])?", fullmatch=True) | st.integers(10_800, 11_500).map(str)


@st.composite
def readouts(draw: st.DrawFn) -> Any:
    texts = draw(st.lists(TEXTS, min_size=1, max_size=5, unique=True))
    weights = [draw(st.integers(1, 1000)) for _ in texts]
    total = sum(weights) + draw(st.integers(0, 100))
    held = sorted(((t, w / total) for t, w in zip(texts, weights, strict=True)), key=lambda pair: -pair[1])
    text = draw(st.sampled_from([held[0][0], *texts]) | TEXTS)
    return readout(text, confidence=held[0][1], candidates=tuple(Candidate(t, p) for t, p in held))


@settings(deadline=None)
@given(readouts(), st.integers(10, 400))
def test_what_is_returned_is_what_a_candidate_has(seen: Any, units: int) -> None:
    found = verify(case(seen, steady(units=units, first=10_900 - 6 * units)), subsidised)
    candidates = {candidate.text for candidate in seen.candidates}
    assert {found.text, found.suggested} <= candidates | {""}
    assert "?" not in found.text + found.suggested
    assert found.text in (seen.text, "")
    if found.verdict is Verdict.ACCEPTED:
        assert found.value == seen.value
        assert found.value is not None
        assert found.risk.at_risk_paise <= Policy().max_risk_paise


@settings(deadline=None)
@given(st.integers(10_800, 11_500), st.integers(10_800, 11_500), st.integers(0, 900), st.integers(1, 100))
def test_better_support_never_makes_it_worse(best: int, other: int, held: int, more: int) -> None:
    rest = (str(other), (1000 - held - more) / 1000)
    others = [rest] if other != best else []
    order = list(Verdict)
    weaker, stronger = (verified(str(best), *others, confidence=p / 1000) for p in (held, held + more))
    assert order.index(stronger.verdict) <= order.index(weaker.verdict)
    assert set(stronger.reasons) <= set(weaker.reasons)


@settings(deadline=None)
@given(readouts())
def test_the_same_again_is_the_same(seen: Any) -> None:
    first, second = (verify(case(seen), subsidised) for _ in range(2))
    assert first == second
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


NUMBERS = {
    "issue": Issue.GLARE, "text": "11050", "confidence": Decimal("0.5"), "needed": Decimal("0.8"),
    "shows": Quantity.KVAH, "expected": Quantity.KWH, "digits": 5, "decimals": 0, "found": "X",
    "received": START, "bits": 2, "taken": START,
    "opens": START, "closes": START, "previous_at": START, "serial_number": "X",
    "value": Decimal(1), "units": Decimal(2),
    "previous": Decimal(3), "days": Decimal(30), "load_kw": Decimal(3), "limit": Decimal(4), "low": Decimal(5),
    "high": Decimal(6), "typical": Decimal(7), "suggested": "11056", "probability": Decimal("0.1"), "place": 2,
    "earlier": Decimal(8), "earlier_at": START, "later": Decimal(9), "run": 3, "most": 2, "missing": "a rate",
    "at_risk_paise": 102_460,
    "most_paise": 2_000,
}  # fmt: skip


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_in_both_languages(reason: Reason) -> None:
    found = Finding(reason, Verdict.REVIEW, NUMBERS)
    english, hindi = found.sentence(), found.sentence("hi")
    assert english.isascii()
    assert english.endswith(".")
    assert hindi.endswith("।")
    assert any("\u0900" <= letter <= "\u097f" for letter in hindi)
    fields = [Counter(part.split("}")[0] for part in reason.template(lang).split("{")[1:]) for lang in ("en", "hi")]
    assert fields[0].keys() == fields[1].keys()
    with pytest.raises(KeyError):
        found.sentence("xx")


def test_amounts_are_in_rupees_and_days_are_those_of_india() -> None:
    late = Finding(Reason.SAME_PHOTO, Verdict.RETAKE, {"received": START.replace(hour=20)})
    assert "02-01-2024" in late.sentence()
    assert START.astimezone(IST).hour == 12
    assert "Rs 1,024.60" in Finding(Reason.RUPEES_AT_RISK, Verdict.REVIEW, NUMBERS).sentence()


def test_what_was_found_cannot_be_changed() -> None:
    numbers = {"run": 3, "most": 2}
    found = Finding(Reason.SELF_READINGS, Verdict.REVIEW, numbers)
    numbers["run"] = 4
    assert found.numbers["run"] == 3
    with pytest.raises(TypeError):
        found.numbers["run"] = 5  # type: ignore[index]


def test_the_proof_is_json() -> None:
    told = json.loads(json.dumps(verified("11100", ("11101", 0.03), confidence=0.97).to_dict()))
    assert list(told) == ["verdict", "text", "suggested", "findings", "risk", "policy_sha256"]
    assert told["findings"][-1] == {
        "reason": "rupees_at_risk",
        "verdict": "review",
        "numbers": {"at_risk_paise": 3074, "most_paise": 2000, "unheld": "0"},
    }
