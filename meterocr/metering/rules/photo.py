"""Rules about the photo: was it taken well, at the right time, of the right meter, and not sent before."""

from __future__ import annotations

from collections.abc import Iterator

from meterocr.issue import Issue
from meterocr.metering.case import SeenPhoto, hamming
from meterocr.metering.facts import Facts
from meterocr.metering.reason import Reason
from meterocr.metering.verification import Finding, Number, Verdict

_ALIKE_FROM = 4  # a shorter serial number is found by chance within a longer text


def capture_quality(facts: Facts) -> Iterator[Finding]:
    """What is wrong with the photo, with the advice to whoever takes the next one."""
    readout = facts.case.readout
    for issue in readout.issues:
        if readout.retake:
            verdict = Verdict.RETAKE
        elif issue is Issue.LOW_CONFIDENCE:
            continue  # has a rule of its own, with the threshold of the policy
        else:
            verdict = Verdict.REVIEW if issue in facts.policy.review_issues else Verdict.ACCEPTED
        yield Finding(Reason.CAPTURE, verdict, {"issue": issue})
    if readout.retake and not readout.issues:
        yield Finding(Reason.UNREADABLE, Verdict.RETAKE, {})


def photo_time(facts: Facts) -> Iterator[Finding]:
    """A photo from outside the window, by its own data; and one that is older than what is known."""
    capture, slack = facts.case.capture, facts.policy.clock_slack
    taken = capture.taken
    if taken is not None and not capture.opens - slack <= taken <= min(capture.closes, capture.received) + slack:
        numbers = {"taken": taken, "opens": capture.opens, "closes": capture.closes, "received": capture.received}
        yield Finding(Reason.PHOTO_TIME, Verdict.RETAKE, numbers)
    seen = facts.case.history.seen(facts.case.meter.serial_number)
    if seen and capture.at <= seen[-1].at:
        numbers = {"taken": capture.at, "previous_at": seen[-1].at}
        yield Finding(Reason.OLDER_THAN_PREVIOUS, Verdict.REVIEW, numbers)


def same_photo(facts: Facts) -> Iterator[Finding]:
    """The same bytes, or a photo that looks the same, sent before for any connection; the most alike one is told."""
    case, capture = facts.case, facts.case.capture
    same = [photo for photo in capture.seen if photo.sha256 == case.readout.sha256]
    if same:
        photo = min(same, key=lambda photo: photo.connection == case.connection)
        own = photo.connection == case.connection
        reason = Reason.SAME_PHOTO if own else Reason.PHOTO_OF_ANOTHER
        yield _seen(reason, Verdict.RETAKE if own else Verdict.REVIEW, photo, 0)
    elif capture.seen:
        photo = min(capture.seen, key=lambda photo: hamming(photo.perceptual_hash, capture.perceptual_hash))
        bits = hamming(photo.perceptual_hash, capture.perceptual_hash)
        if bits <= facts.policy.same_photo_bits:
            yield _seen(Reason.SIMILAR_PHOTO, Verdict.REVIEW, photo, bits)


def right_meter(facts: Facts) -> Iterator[Finding]:
    """What was read on the plate against the meter's serial number; nothing read says nothing."""
    expected = facts.case.meter.serial_number
    found = facts.case.capture.serial_numbers
    if found and not any(_names(text, expected) for text in found):
        yield Finding(Reason.WRONG_METER, Verdict.REVIEW, {"found": ", ".join(found), "expected": expected})


def _seen(reason: Reason, verdict: Verdict, photo: SeenPhoto, bits: int) -> Finding:
    numbers: dict[str, Number] = {"connection": photo.connection, "sha256": photo.sha256, "received": photo.received}
    return Finding(reason, verdict, numbers | {"bits": bits})


def _names(text: str, serial_number: str) -> bool:
    """Whether ``text`` is the serial number or has it within: makers put letters and a type code around it."""
    found, expected = _bare(text), _bare(serial_number)
    return found == expected or (len(expected) >= _ALIKE_FROM and expected in found)


def _bare(text: str) -> str:
    """Without what is written in many ways: case, spaces and dashes, leading zeros."""
    return "".join(c for c in text.upper() if c.isalnum()).lstrip("0")
