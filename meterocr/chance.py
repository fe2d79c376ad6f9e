"""What counts can prove: exact tails, bounds and tests, without approximations, so that small counts are safe too.

The bound is that of C. J. Clopper and E. S. Pearson, *The use of confidence or fiducial limits illustrated in the case
of the binomial*, Biometrika 26 (1934) 404-413; the test of two shares is R. A. Fisher's exact test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LEVEL = 0.95
"""The confidence of all bounds: one in twenty may be missed."""

_HALVINGS = 45  # of an interval of length 1: the result is right to 13 digits
_TIE = 1e-7  # relative; two tables that are as probable as each other differ by rounding


def at_most(successes: int, trials: int, probability: float) -> float:
    """The chance of at most ``successes`` in ``trials`` that succeed with ``probability`` each.

    Raises:
        ValueError: there are more successes than trials, or the probability is not between 0 and 1.
    """
    _check(successes, trials)
    if not 0 <= probability <= 1:
        raise ValueError(f"expected a probability between 0 and 1, got {probability!r}")
    if successes == trials or probability == 0:
        return 1.0
    return 0.0 if probability == 1 else _tail(_log_chooses(trials, successes), trials, probability)


def at_least(successes: int, trials: int, probability: float) -> float:
    """The chance of at least ``successes``; as :func:`at_most`."""
    return at_most(trials - successes, trials, 1 - probability)


def upper_bound(wrong: int, total: int, *, level: float = LEVEL) -> float:
    """The largest risk with which no more than ``wrong`` of ``total`` are still as likely as ``1 - level``.

    One-sided: the risk is at most this with confidence ``level``. 1 when nothing is known.

    Raises:
        ValueError: there are more wrong ones than all.
    """
    _check(wrong, total)
    if wrong == total:
        return 1.0
    chooses = _log_chooses(total, wrong)
    low, high = wrong / total, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _tail(chooses, total, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def error_free(risk: float, *, level: float = LEVEL) -> int:
    """How many trials without an error it takes to bound the risk: the least n with (1 - risk)^n <= 1 - level.

    Raises:
        ValueError: the risk is not between 0 and 1.
    """
    if not 0 < risk < 1:
        raise ValueError(f"expected a risk between 0 and 1, got {risk!r}")
    return math.ceil(math.log(1 - level) / math.log1p(-risk))


def same_share(first: tuple[int, int], second: tuple[int, int]) -> float:
    """How likely two samples, each ``(successes, trials)``, differ so much by chance alone, in either direction.

    Fisher's exact test: the chance of all outcomes that are no more likely than this one. It takes as many steps as
    the smaller sample has trials.

    Raises:
        ValueError: there are more successes than trials.
    """
    _check(*first)
    _check(*second)
    (seen, small), (_, large) = sorted((first, second), key=lambda sample: sample[1])
    successes = first[0] + second[0]
    range_ = range(max(0, successes - large), min(small, successes) + 1)
    logs = {k: _log_choose(small, k) + _log_choose(large, successes - k) for k in range_}
    peak = max(logs.values())
    chances = {k: math.exp(value - peak) for k, value in logs.items()}
    most = chances[seen] * (1 + _TIE)
    return min(1.0, math.fsum(c for c in chances.values() if c <= most) / math.fsum(chances.values()))


def _check(part: int, whole: int) -> None:
    if not 0 <= part <= whole:
        raise ValueError(f"expected a count from 0 to {whole}, got {part}")


def _log_chooses(whole: int, most: int) -> list[float]:
    """Logarithms of the numbers of ways to choose 0, 1, ... ``most`` of ``whole``."""
    return [_log_choose(whole, part) for part in range(most + 1)]


def _tail(log_chooses: Sequence[float], trials: int, probability: float) -> float:
    """The chance of fewer successes than there are ``log_chooses``; ``probability`` is neither 0 nor 1."""
    yes, no = math.log(probability), math.log1p(-probability)
    return min(1.0, math.fsum(math.exp(c + k * yes + (trials - k) * no) for k, c in enumerate(log_chooses)))


def _log_choose(whole: int, part: int) -> float:
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)
