"""The carry rule of drums: a wheel moves only while the one to its right passes from 9 to 0.

So where the wheels stand tells more than what each of them shows: 1|9 half-way to 2|0 is 19 while the right wheel shows
more of its 9, and a left wheel that hangs half-way beside a 3 has only too much play. Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from meterocr.readout import UNREAD

_PLAY = 0.3
"""How far wheels stand off their places, a standard deviation in digits: old counters and the net's own error."""

_STRAY = 0.5
"""What a wheel that stands where it never could leaves of a reading's likelihood: the net may have mistaken it. Less
makes readings too sure."""

_LAST = (-0.4, 1.0)
"""Where the last wheel may stand, relative to the digit it is read as: it turns all the time, and people do not agree
from where on it shows the next digit. So may one beside a wheel that is not read."""


def likelihoods(readings: Sequence[str], turns: Sequence[float]) -> list[float]:
    """How well each reading goes with where the wheels stand, at most 1.

    Args:
        readings: digits or ``?`` without a point; at least one. One of another length than the first goes as well
            as the first.
        turns: of each wheel, how far it stands past its digit in the first reading, in digits.
    """
    first = readings[0]
    like = len(first)
    return [_likelihood(first, other if len(other) == like else first, turns) for other in readings]


def _likelihood(first: str, reading: str, turns: Sequence[float]) -> float:
    seen = [_seen(a, b, turn) for a, b, turn in zip(first, reading, turns, strict=True)]
    likelihood, right = 1.0, None
    for symbol, turn in zip(reversed(reading), reversed(seen), strict=True):
        low, high = _LAST if right is None or right[0] == UNREAD else (_carried(*right),) * 2
        off = max(low - turn, turn - high, 0.0)
        likelihood *= _STRAY + (1 - _STRAY) * math.exp(-((off / _PLAY) ** 2) / 2)
        right = symbol, turn
    return likelihood


def _seen(first: str, symbol: str, turn: float) -> float:
    """``turn`` past ``first`` as a turn past ``symbol``: another one only for the neighbour on the wheel."""
    if not (first.isdigit() and symbol.isdigit()):
        return turn
    step = (int(symbol) - int(first)) % 10
    return turn - 1 if step == 1 else turn + 1 if step == 9 else turn


def _carried(symbol: str, turn: float) -> float:
    """How far a wheel has turned past its digit when the one to its right is ``turn`` past ``symbol``."""
    passing = (symbol == "9" and turn > 0) or (symbol == "0" and turn < 0)
    return turn if passing else 0.0
