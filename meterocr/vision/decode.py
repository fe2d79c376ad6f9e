"""From probabilities per step to whole readings and digits: pure functions.

How sure a reading is, in one place:

- The probability of a candidate is the sum over all its CTC alignments, found by prefix beam search, times the
  probability that the strip is legible at all. Strings that are no readings (two points, a point at an end) get
  nothing, and what they or the pruned strings had is not shared out: doubt stays doubt.
- Where the display has drums, what the candidates have is shared out anew by how well each goes with where the wheels
  stand (:mod:`meterocr.vision.carry`). Together they have as much as before.
- The confidence of a digit is the share of the candidates, by probability, that have the same symbol at its place,
  and never more than what the net itself gives to that symbol there: on a hopeless strip the few strings that
  survive the search agree with each other. Below :data:`UNREAD_BELOW` the digit becomes ``?``.
- The confidence of the whole is the sum of the candidates that agree with the text, where ``?`` agrees with any
  one symbol; so without ``?`` it is the probability of the first candidate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from meterocr.readout import UNREAD, Candidate
from meterocr.vision.carry import likelihoods

UNREAD_BELOW = 0.35
"""A digit with a smaller confidence is not read. One that is only more probable than others is: that a reading with
it is not to be relied on, its confidence says."""

Symbols = NDArray[np.float64]
"""(T, 1 + alphabet) probabilities per step of a strip; class 0 is the CTC blank."""

Turns = NDArray[np.float64]
"""(T,) how far the wheel at a step has turned past its digit, in digits."""

POINT = "."
_NEGLIGIBLE = 1e-4  # symbols less probable than this at a step start no new string
_KEEP = 1e-3  # candidates less probable than this are not reported


@dataclass(frozen=True, slots=True)
class Place:
    """One digit of the text and where it was seen: ``step`` is its centre, ``peak`` where it is most distinct."""

    symbol: str
    confidence: float
    step: float
    peak: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a symbol was seen, and ``mass``, its probability summed over the steps there, at most 1."""

    step: float
    peak: int
    mass: float


@dataclass(frozen=True, slots=True)
class Decoded:
    """The reading of a strip; ``places`` are its digits without the point."""

    text: str
    confidence: float
    candidates: tuple[Candidate, ...]
    places: tuple[Place, ...]


def decode(symbols: Symbols, alphabet: str, *, beams: int, legible: float, turns: Turns | None = None) -> Decoded:
    """The reading that a strip's probabilities support most.

    Args:
        symbols: (T, 1 + alphabet) probabilities per step; class 0 is the CTC blank.
        alphabet: symbols of the classes from 1.
        beams: strings kept at each step of the search; the most candidates there can be.
        legible: probability that there is something to read.
        turns: of the wheels; ``None`` where the display has none.
    """
    return decode_views([symbols], alphabet, beams=beams, legible=[legible], turns=[turns])[1]


def decode_views(
    views: Sequence[Symbols],
    alphabet: str,
    *,
    beams: int,
    legible: Sequence[float],
    turns: Sequence[Turns | None],
) -> tuple[int, Decoded]:
    """The reading that several strips of one display support most, taken together.

    A candidate has the mean of the probabilities that the strips give it. Arguments as for :func:`decode`, one of
    each a strip.

    Returns:
        Which of the strips supports the reading most, and the reading with its places in that strip.
    """
    each = [
        {text: p * seen for text, p in beam_search(symbols, alphabet, beams=beams)}
        for symbols, seen in zip(views, legible, strict=True)
    ]
    found = _mean(each)[:beams]
    best = found[0][0] if found else ""
    view = max(range(len(each)), key=lambda v: each[v].get(best, 0.0))
    seen = locate(views[view], alphabet, best) if best else []
    standing = turns[view]
    if best and standing is not None:
        found = _carried(found, [standing[s.peak] for s, symbol in zip(seen, best, strict=True) if symbol != POINT])
        seen, best = _seen_as(found[0][0], best, seen, views[view], alphabet), found[0][0]
    candidates = tuple(Candidate(text, min(1.0, p)) for i, (text, p) in enumerate(found) if i == 0 or p >= _KEEP)
    if not best:
        return view, Decoded("", 0.0, candidates, ())
    places = tuple(
        _place(symbol, vote, sighting)
        for symbol, vote, sighting in zip(best, digit_votes(best, found), seen, strict=True)
    )
    text = "".join(place.symbol for place in places)
    confidence = min(1.0, sum(p for other, p in found if agrees(text, other)))
    return view, Decoded(text, confidence, candidates, tuple(place for place in places if place.symbol != POINT))


def _mean(each: Sequence[Mapping[str, float]]) -> list[tuple[str, float]]:
    """Mean probability of each string, most probable first; a string that is not among a strip's has 0 there."""
    sums: dict[str, float] = defaultdict(float)
    for found in each:
        for text, p in found.items():
            sums[text] += p / len(each)
    return sorted(sums.items(), key=lambda item: -item[1])


def _carried(found: Sequence[tuple[str, float]], turns: Sequence[float]) -> list[tuple[str, float]]:
    """The readings, their probabilities shared out anew by how they go with ``turns`` of the first one's wheels."""
    fits = likelihoods([text.replace(POINT, "") for text, _ in found], turns)
    weighed = [p * fit for (_, p), fit in zip(found, fits, strict=True)]
    share = sum(p for _, p in found) / max(sum(weighed), 1e-12)
    return sorted(((text, p * share) for (text, _), p in zip(found, weighed, strict=True)), key=lambda f: -f[1])


def _seen_as(text: str, before: str, seen: list[Sighting], symbols: Symbols, alphabet: str) -> list[Sighting]:
    """Where the symbols of ``text`` were seen, which wheels have corrected from ``before``.

    There both digits were seen, so both count for the mass.
    """
    if text == before:
        return seen
    now = locate(symbols, alphabet, text)
    if len(text) != len(before):
        return now
    return [
        n if a == b else replace(n, mass=min(1.0, n.mass + s.mass))
        for a, b, n, s in zip(text, before, now, seen, strict=True)
    ]


def beam_search(symbols: Symbols, alphabet: str, *, beams: int) -> list[tuple[str, float]]:
    """CTC prefix beam search for valid readings: at most one point, which is neither first nor last.

    Returns:
        The readings (``""``: nothing there) with their probabilities, most probable first; at most ``beams``.
    """
    # Per prefix: probability of the alignments that end in a blank, and of those that end in its last symbol.
    prefixes: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for row in symbols.tolist():
        live = [(alphabet[i], p) for i, p in enumerate(row[1:]) if p >= _NEGLIGIBLE]
        following: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for prefix, (blank, last) in prefixes.items():
            kept = following[prefix]
            kept[0] += (blank + last) * row[0]
            for symbol, p in live:
                repeats = prefix.endswith(symbol)
                if repeats:
                    kept[1] += last * p
                if symbol != POINT or (prefix and POINT not in prefix):
                    following[prefix + symbol][1] += (blank if repeats else blank + last) * p
        ranked = sorted(following.items(), key=lambda item: -(item[1][0] + item[1][1]))
        prefixes = {prefix: (blank, last) for prefix, (blank, last) in ranked[:beams]}
    readings = [(text, sum(p)) for text, p in prefixes.items() if not text.endswith(POINT) and sum(p) > 0]
    return sorted(readings, key=lambda reading: -reading[1])


def digit_votes(text: str, candidates: Iterable[tuple[str, float]]) -> list[Mapping[str, float]]:
    """For each symbol of ``text``: which symbols the candidates have at that place, and with what share.

    Candidates of another length are aligned where they agree; shares sum to at most 1.
    """
    votes: list[dict[str, float]] = [defaultdict(float) for _ in text]
    total = 0.0
    for other, p in candidates:
        total += p
        for i, symbol in _aligned(text, other):
            votes[i][symbol] += p
    return [{symbol: p / total if total else 0.0 for symbol, p in vote.items()} for vote in votes]


def locate(symbols: Symbols, alphabet: str, text: str) -> list[Sighting]:
    """Where each symbol of ``text`` lies, by the best CTC alignment (Viterbi)."""
    classes = [alphabet.index(symbol) + 1 for symbol in text]
    states = [0] + [c for symbol in classes for c in (symbol, 0)]
    path = _viterbi(np.log(np.maximum(symbols[:, states], 1e-12)), states)
    places = []
    for i, c in enumerate(classes):
        steps = np.flatnonzero(path == 2 * i + 1)
        weights = symbols[steps, c] + 1e-12
        around = symbols[max(0, steps[0] - 1) : steps[-1] + 2, c]
        centre = float((steps * weights).sum() / weights.sum())
        places.append(Sighting(centre, int(steps[weights.argmax()]), min(1.0, float(around.sum()))))
    return places


def _viterbi(scores: NDArray[np.float64], states: Sequence[int]) -> NDArray[np.intp]:
    """State per step of the best path through blank, symbol, blank, ...; scores (T, S) are logarithms."""
    steps, count = scores.shape
    # From one symbol straight to the next is allowed only if they differ; a blank has to be passed otherwise.
    skips = np.array([s >= 2 and states[s] != 0 and states[s] != states[s - 2] for s in range(count)])
    best = np.full(count, -np.inf)
    best[:2] = scores[0, :2]
    back = np.zeros((steps, count), dtype=np.intp)
    for t in range(1, steps):
        one = np.concatenate(([-np.inf], best[:-1]))
        two = np.where(skips, np.concatenate(([-np.inf, -np.inf], best[:-2])), -np.inf)
        choices = np.stack([best, one, two])
        back[t] = choices.argmax(axis=0)
        best = choices.max(axis=0) + scores[t]
    path = np.zeros(steps, dtype=np.intp)
    path[-1] = count - 1 if best[-1] >= best[-2] else count - 2
    for t in range(steps - 1, 0, -1):
        path[t - 1] = path[t] - back[t, path[t]]
    return path


def _aligned(text: str, other: str) -> Iterable[tuple[int, str]]:
    """Pairs of a place in ``text`` and the symbol that ``other`` has there."""
    if len(text) == len(other):
        return enumerate(other)
    blocks = SequenceMatcher(None, text, other, autojunk=False).get_opcodes()
    return (
        (i0 + k, other[j0 + k])
        for tag, i0, i1, j0, j1 in blocks
        if tag in ("equal", "replace")
        for k in range(min(i1 - i0, j1 - j0))
    )


def _place(symbol: str, vote: Mapping[str, float], seen: Sighting) -> Place:
    """A digit with its confidence; that of ``?`` is what the most probable digit at its place has."""
    confidence = min(vote.get(symbol, 0.0), seen.mass)
    if symbol != POINT and (symbol == UNREAD or confidence < UNREAD_BELOW):
        digits = (p for other, p in vote.items() if other not in (UNREAD, POINT))
        symbol, confidence = UNREAD, min(max(digits, default=0.0), seen.mass)
    return Place(symbol, min(1.0, confidence), seen.step, seen.peak)


def agrees(text: str, other: str) -> bool:
    """Whether ``other`` may be what ``text`` says: an unread digit in ``text`` is any one symbol."""
    return len(text) == len(other) and all(a in (b, UNREAD) for a, b in zip(text, other, strict=True))


def integer_chance(text: str, candidates: Iterable[Candidate]) -> float:
    """The probability of the number before the point of ``text``, whatever stands behind it."""
    number = _integer(text)
    return min(1.0, sum(c.probability for c in candidates if _integer(c.text) == number))


def _integer(text: str) -> str:
    whole = text.partition(POINT)[0]
    return whole.lstrip("0") or whole[-1:]
