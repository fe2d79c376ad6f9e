"""Several photos of one cycling display: which belong to the same page, and what they say of it together.

Two readouts show the same page if nothing in them speaks against it (kind of display, quantity where it is known in
both) and a reading that is not out of the question in one is not out of the question in the other. Two sure readings of
one quantity that differ stay two pages: which of them is meant, no photo says.

The reading of a page is the one its photos support most. Each counts by its own confidence, so a blurred photo says
little; and the confidence is a mean, no product, for photos of one display are alike: what misleads one may mislead the
others. So a page is never surer than the surest of its photos, and less sure where they disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from meterocr.issue import Issue
from meterocr.readout import UNREAD, Candidate, Digit, Quantity, Readout
from meterocr.vision.decode import agrees, digit_votes, integer_chance

_POSSIBLE = 0.01  # a reading of smaller probability is out of the question


def pages(readouts: Sequence[Readout]) -> list[list[Readout]]:
    """The readouts that have a reading, by the page that they show, in the order in which the pages came."""
    found: list[list[int]] = []
    read = [place for place, readout in enumerate(readouts) if readout.text]
    for place in sorted(read, key=lambda place: -readouts[place].confidence):  # the surest first: they found the pages
        for page in found:
            if all(_together(readouts[place], readouts[other]) for other in page):
                page.append(place)
                break
        else:
            found.append([place])
    return [[readouts[place] for place in sorted(page)] for page in sorted(found, key=min)]


def fused(page: Sequence[Readout], *, sure_from: float, usable_from: float) -> Readout:
    """What the photos of one page say together: the readout of the one that supports it most, with what all think.

    Args:
        page: readouts with a reading, at least one.
        sure_from: below this confidence the reading is ``LOW_CONFIDENCE``.
        usable_from: from this probability a reading without an unread digit is preferred to any that has one, and a
            number is good enough not to be retaken.
    """
    if len(page) == 1:
        return page[0]
    candidates = _candidates(page)
    support = {readout.text: _support(readout.text, candidates) for readout in page}
    whole = {text: p for text, p in support.items() if UNREAD not in text and p >= usable_from}
    text = max(whole or support, key=support.__getitem__)
    best = max((r for r in page if r.text == text), key=lambda r: r.confidence)
    confidence = min(support[text], best.confidence)
    together = tuple(Candidate(t, min(1.0, p)) for t, p in candidates.items())
    known = [r.shows for r in sorted(page, key=lambda r: -r.confidence) if r.shows is not Quantity.UNKNOWN]
    return replace(
        best,
        digits=_digits(best, candidates),
        confidence=confidence,
        candidates=together,
        shows=known[0] if known else Quantity.UNKNOWN,
        issues=_issues(best, unsure=confidence < sure_from),
        retake=best.retake or integer_chance(text, together) < usable_from,
    )


def _together(one: Readout, other: Readout) -> bool:
    quantities = {one.shows, other.shows} - {Quantity.UNKNOWN}
    return one.kind is other.kind and len(quantities) < 2 and bool(_possible(one) & _possible(other))


def _possible(readout: Readout) -> set[str]:
    return {c.text for c in readout.candidates if c.probability >= _POSSIBLE}


def _candidates(page: Sequence[Readout]) -> Mapping[str, float]:
    """Whole readings with their mean probability, each photo counted by its confidence; most probable first."""
    total = sum(readout.confidence for readout in page)
    sums: dict[str, float] = defaultdict(float)
    for readout in page:
        for candidate in readout.candidates:
            sums[candidate.text] += readout.confidence * candidate.probability / total
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def _support(text: str, candidates: Mapping[str, float]) -> float:
    return sum(p for other, p in candidates.items() if agrees(text, other))


def _digits(readout: Readout, candidates: Mapping[str, float]) -> tuple[Digit, ...]:
    """Each digit as sure as it was, or as the share of the candidates that have it, where that is less."""
    votes = digit_votes(readout.text, candidates.items())
    seen = [vote for symbol, vote in zip(readout.text, votes, strict=True) if symbol != "."]
    return tuple(
        digit if digit.symbol == UNREAD else replace(digit, confidence=min(digit.confidence, vote.get(digit.symbol, 0)))
        for digit, vote in zip(readout.digits, seen, strict=True)
    )


def _issues(readout: Readout, *, unsure: bool) -> tuple[Issue, ...]:
    doubts = set(readout.issues) | ({Issue.LOW_CONFIDENCE} if unsure else set())
    return tuple(issue for issue in Issue if issue in doubts)
