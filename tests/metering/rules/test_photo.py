"""Rules about the photo."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.issue import Issue
from meterocr.metering.case import Capture, Case, SeenPhoto, hamming
from meterocr.metering.facts import Facts, facts_of
from meterocr.metering.policy import Policy
from meterocr.metering.reason import Reason
from meterocr.metering.rules.photo import capture_quality, photo_time, right_meter, same_photo
from meterocr.metering.verification import Finding, Verdict
from tests.metering.conftest import MONTH, START, capture, case, quarantined, readout, steady

NOW = START + MONTH * 7
DAY = timedelta(days=1)


def facts(one: Case, **policy: Any) -> Facts:
    return facts_of(one, Policy(**policy))


def brief(findings: list[Finding]) -> list[tuple[Reason, Verdict]]:
    return [(finding.reason, finding.verdict) for finding in findings]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"issues": (Issue.GLARE, Issue.TILTED)}, [Verdict.ACCEPTED] * 2),
        ({"issues": (Issue.CUT_OFF,)}, [Verdict.REVIEW]),
        ({"issues": (Issue.SEVERAL_DISPLAYS, Issue.GLARE)}, [Verdict.REVIEW, Verdict.ACCEPTED]),
        ({"issues": (Issue.LOW_CONFIDENCE,)}, []),
        ({"issues": (Issue.GLARE, Issue.LOW_CONFIDENCE), "retake": True}, [Verdict.RETAKE] * 2),
    ],
)
def test_capture_quality(changes: dict[str, Any], expected: list[Verdict]) -> None:
    found = list(capture_quality(facts(case(readout("11050", **changes)))))
    assert brief(found) == [(Reason.CAPTURE, verdict) for verdict in expected]
    assert [f.sentence("hi") for f in found] == [f.numbers["issue"].advice("hi") for f in found]  # type: ignore[union-attr]


def test_a_retake_without_an_issue_is_told_too() -> None:
    found = list(capture_quality(facts(case(readout("11050", retake=True)))))
    assert brief(found) == [(Reason.UNREADABLE, Verdict.RETAKE)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),  # WhatsApp takes the time out
        ({"taken": NOW - DAY}, []),
        ({"taken": NOW - 5 * DAY - timedelta(minutes=59)}, []),  # the window opens five days before; the clock errs
        ({"taken": NOW - 5 * DAY - timedelta(minutes=61)}, [(Reason.PHOTO_TIME, Verdict.RETAKE)]),
        ({"taken": NOW + timedelta(minutes=59)}, []),
        ({"taken": NOW + timedelta(minutes=61)}, [(Reason.PHOTO_TIME, Verdict.RETAKE)]),  # taken before it came
        ({"taken": NOW + 6 * DAY, "received": NOW + 7 * DAY}, [(Reason.PHOTO_TIME, Verdict.RETAKE)]),
        ({"taken": NOW + DAY, "received": NOW + 20 * DAY}, []),  # no network until later
        (
            {"taken": START + MONTH * 6},
            [(Reason.PHOTO_TIME, Verdict.RETAKE), (Reason.OLDER_THAN_PREVIOUS, Verdict.REVIEW)],
        ),
        ({"received": START + MONTH * 6}, [(Reason.OLDER_THAN_PREVIOUS, Verdict.REVIEW)]),
    ],
)
def test_photo_time(changes: dict[str, Any], expected: list[tuple[Reason, Verdict]]) -> None:
    assert brief(list(photo_time(facts(case(readout("11050"), capture=capture(**changes)))))) == expected


def test_a_photo_from_before_an_unconfirmed_reading_comes_too_late() -> None:
    one = case(readout("11050"), steady(quarantined(11_060, 7.1)))
    assert brief(list(photo_time(facts(one)))) == [(Reason.OLDER_THAN_PREVIOUS, Verdict.REVIEW)]


def seen(connection: str = "DHN-1", sha256: str = "cd" * 32, bits: int = 0) -> SeenPhoto:
    return SeenPhoto(connection, sha256, 2**bits - 1, NOW - DAY)


SAME = "ab" * 32  # as the readouts of these tests


@pytest.mark.parametrize(
    ("photos", "expected"),
    [
        ((), []),
        ((seen(bits=5),), []),
        ((seen(bits=4),), [(Reason.SIMILAR_PHOTO, Verdict.REVIEW)]),
        ((seen("DHN-2", bits=0),), [(Reason.SIMILAR_PHOTO, Verdict.REVIEW)]),
        ((seen(sha256=SAME),), [(Reason.SAME_PHOTO, Verdict.RETAKE)]),
        ((seen("DHN-2", SAME, 9),), [(Reason.PHOTO_OF_ANOTHER, Verdict.REVIEW)]),
        ((seen(sha256=SAME), seen("DHN-2", SAME)), [(Reason.PHOTO_OF_ANOTHER, Verdict.REVIEW)]),
        ((seen(), seen(sha256=SAME)), [(Reason.SAME_PHOTO, Verdict.RETAKE)]),
    ],
)
def test_same_photo(photos: tuple[SeenPhoto, ...], expected: list[tuple[Reason, Verdict]]) -> None:
    assert brief(list(same_photo(facts(case(readout("11050"), capture=capture(seen=photos)))))) == expected


def test_the_most_alike_photo_is_told_and_no_consumer_is_named_in_the_sentence() -> None:
    photos = (seen("DHN-2", bits=3), seen("DHN-3", bits=1), seen("DHN-4", bits=2))
    (found,) = same_photo(facts(case(readout("11050"), capture=capture(seen=photos))))
    assert (found.numbers["connection"], found.numbers["bits"]) == ("DHN-3", 1)
    assert "DHN" not in found.sentence() + found.sentence("hi")


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_distance_of_hashes(first: int, second: int) -> None:
    assert hamming(first, second) == hamming(second, first) == f"{first ^ second:b}".count("1")
    assert hamming(first, first) == 0


@pytest.mark.parametrize(
    ("plate", "right"),
    [
        ((), True),
        (("JH004711",), True),
        (("jh-00 4711",), True),
        (("GENUS;JH004711;2019",), True),
        (("8901234567890", "JH004711"), True),
        (("JH004712",), False),
        (("4711",), False),
        (("",), False),
    ],
)
def test_right_meter(plate: tuple[str, ...], right: bool) -> None:
    found = list(right_meter(facts(case(readout("11050"), capture=capture(serial_numbers=plate)))))
    assert brief(found) == ([] if right else [(Reason.WRONG_METER, Verdict.REVIEW)])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"perceptual_hash": -1}, "64 bits"),
        ({"perceptual_hash": 2**64}, "64 bits"),
        ({"opens": NOW, "closes": NOW}, "opens before it closes"),
        ({"taken": NOW.replace(tzinfo=None)}, "taken with a timezone"),
        ({"received": NOW.replace(tzinfo=None)}, "received with a timezone"),
    ],
)
def test_how_a_photo_cannot_have_come(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        capture(**changes)


def test_a_camera_is_not_ahead_of_us() -> None:
    def at(**changes: Any) -> Any:
        return Capture(NOW, NOW - DAY, NOW + DAY, 0, **changes).at

    assert (at(), at(taken=NOW - DAY), at(taken=NOW + DAY)) == (NOW, NOW - DAY, NOW)
