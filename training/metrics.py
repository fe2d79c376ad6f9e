"""What counts as right, and how sure is sure: pure functions of truths and readings.

The rules of ``data/README.md``, *Scoring*: ``?`` in the truth matches any one digit, ``also`` is as good as
``reading``, leading zeros do not matter in the integer part, decimals count where their number is known. A ``?``
in the *prediction* is right only where the truth has one too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from meterocr.chance import at_most

Box = tuple[float, float, float, float]
UNREAD = "?"
_LOST_ZEROS = 3  # a fraction of a bare number has lost at most so many zeros
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Truth:
    """What a display shows: either ``readings`` with ``decimals``, or a ``number`` whose zeros were lost.

    Attributes:
        readings: accepted strings of all digits without a point, leading zeros kept; several when a wheel is
            between two digits.
        decimals: how many of the digits are fractional; ``None``: not known.
        number: ``(integer part, fraction)`` without leading and trailing zeros, for sources that give only that.
    """

    readings: tuple[str, ...] = ()
    decimals: int | None = None
    number: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if bool(self.readings) == (self.number is not None):
            raise ValueError(f"expected either readings or a number, got {self.readings!r} and {self.number!r}")
        for digits in self.readings + (self.number or ()):
            if not set(digits) <= set("0123456789" + UNREAD):
                raise ValueError(f"expected digits or {UNREAD!r}, got {digits!r}")
        if self.decimals is not None and not all(len(r) > self.decimals >= 0 for r in self.readings):
            raise ValueError(f"expected more digits than decimals, got {self.readings!r} with {self.decimals}")

    def __str__(self) -> str:
        if self.number is not None:
            return ".".join(part for part in self.number if part)
        cut = self.decimals or 0
        return " / ".join(f"{r[: len(r) - cut]}.{r[len(r) - cut :]}" if cut else r for r in self.readings)


@dataclass(frozen=True, slots=True)
class Score:
    """How much of one reading is right. ``decimals`` is ``None`` where their number is not known."""

    digits: bool
    integer: bool
    decimals: bool | None
    whole: bool

    @property
    def number(self) -> bool:
        """Whether the reading is the right number, to the last decimal: leading zeros do not matter."""
        return self.integer and self.decimals is not False


def _same(truth: str, text: str) -> bool:
    return len(truth) == len(text) and all(t in (UNREAD, c) for t, c in zip(truth, text, strict=True))


def _same_number(truth: str, text: str) -> bool:
    width = max(len(truth), len(text))
    return _same(truth.rjust(width, "0"), text.rjust(width, "0"))


def _same_fraction(truth: str, text: str) -> bool:
    return all(t in (UNREAD, c) for t, c in zip_longest(truth, text, fillvalue="0"))


def score(truth: Truth, text: str) -> Score:
    """Compare a reading such as ``"00482.1"`` with the truth; ``""`` is a refusal, and wrong in every part."""
    if not text:
        return Score(False, False, None if truth.number is None and truth.decimals is None else False, False)
    integer, _, fraction = text.partition(".")
    if truth.number is not None:
        return _score_number(truth.number, integer, fraction)
    return max((_score_one(r, truth.decimals, integer, fraction) for r in truth.readings), key=_rank)


def _score_number(number: tuple[str, str], integer: str, fraction: str) -> Score:
    whole = _same_number(number[0], integer)
    decimals = _same_fraction(number[1], fraction)
    bare = number[0] + number[1].rstrip("0")
    read = (integer + fraction).lstrip("0")
    digits = any((bare + "0" * lost).lstrip("0") == read for lost in range(_LOST_ZEROS + 1))
    return Score(digits, whole, decimals, whole and decimals)


def _score_one(reading: str, decimals: int | None, integer: str, fraction: str) -> Score:
    digits = _same(reading, integer + fraction)
    if decimals is None:  # where the point is nobody knows: only the digits can be compared
        return Score(digits, _same_number(reading, integer + fraction), None, digits)
    cut = len(reading) - decimals
    part = _same(reading[cut:], fraction)
    return Score(digits, _same_number(reading[:cut], integer), part, digits and part)


def _rank(one: Score) -> tuple[bool, bool, bool]:
    return one.whole, one.integer, one.digits


def box_iou(a: Box, b: Box) -> float:
    """Intersection over union of two upright boxes x0, y0, x1, y1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


@dataclass(frozen=True, slots=True)
class Count:
    """``right`` of ``total``: a share with the numbers it came from."""

    right: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.right <= self.total:
            raise ValueError(f"expected 0 <= right <= total, got {self.right} of {self.total}")

    @property
    def share(self) -> float:
        """``right / total``; NaN of nothing."""
        return self.right / self.total if self.total else math.nan

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        """Wilson interval of the share; 95 % for the default ``z``. ``(0, 1)`` of nothing."""
        n = self.total
        if n == 0:
            return 0.0, 1.0
        p, square = self.share, z * z
        middle = (p + square / (2 * n)) / (1 + square / n)
        reach = z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        return f"{100 * self.share:.1f} % ({self.right}/{self.total})" if self.total else "-"

    def to_dict(self) -> dict[str, object]:
        low, high = self.interval()
        share = self.share if self.total else None
        return {"right": self.right, "total": self.total, "share": share, "low": low, "high": high}


def count(rows: Sequence[T], right: Callable[[T], bool | None]) -> Count:
    """How many ``rows`` are right; rows for which ``right`` gives ``None`` are not counted."""
    judged = [r for r in map(right, rows) if r is not None]
    return Count(sum(judged), len(judged))


@dataclass(frozen=True, slots=True)
class Risk:
    """One point of a risk-coverage curve: of the ``kept`` surest answers, ``wrong`` are wrong."""

    threshold: float
    kept: int
    wrong: int
    total: int

    @property
    def coverage(self) -> float:
        return self.kept / self.total

    @property
    def risk(self) -> float:
        return self.wrong / self.kept


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[Risk]:
    """The curve, surest first; equal confidences stand or fall together."""
    rows = sorted(zip(confidences, right, strict=True), key=lambda row: -row[0])
    points: list[Risk] = []
    wrong = 0
    for kept, (confidence, good) in enumerate(rows, start=1):
        wrong += not good
        if kept == len(rows) or rows[kept][0] != confidence:
            points.append(Risk(confidence, kept, wrong, len(rows)))
    return points


@dataclass(frozen=True, slots=True)
class Kept:
    """What remains when the least sure are held back; ``threshold`` is the lowest confidence that remains."""

    precision: Count
    threshold: float


def precision_at(confidences: Sequence[float], right: Sequence[bool], *, coverage: float = 0.9) -> Kept:
    """Precision of the surest ``coverage`` of the answers (rounded up to a whole answer).

    Where several answers share the lowest confidence kept, the wrong ones are taken to be among the kept: the
    figure must not depend on the order of the rows.
    """
    if not 0 < coverage <= 1:
        raise ValueError(f"expected a coverage in (0, 1], got {coverage!r}")
    rows = sorted(zip(confidences, right, strict=True), key=lambda row: (-row[0], row[1]))
    kept = rows[: math.ceil(round(coverage * len(rows), 9))]
    return Kept(Count(sum(good for _, good in kept), len(kept)), kept[-1][0] if kept else math.inf)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose confidence lies in [low, high): how sure on average, how many right."""

    low: float
    high: float
    confidence: float
    right: Count


def reliability(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Answers by confidence in equal bins; empty bins are left out. A confidence of 1 is in the last bin."""
    rows: Mapping[int, list[tuple[float, bool]]] = {i: [] for i in range(bins)}
    for confidence, good in zip(confidences, right, strict=True):
        rows[min(bins - 1, int(confidence * bins))].append((confidence, good))
    return [
        Bin(i / bins, (i + 1) / bins, sum(c for c, _ in b) / len(b), Count(sum(g for _, g in b), len(b)))
        for i, b in rows.items()
        if b
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean gap between confidence and share right, weighted by the answers in each bin; NaN of nothing."""
    total = sum(b.right.total for b in bins)
    return sum(b.right.total * abs(b.confidence - b.right.share) for b in bins) / total if total else math.nan


def calibration_noise(bins: Sequence[Bin]) -> float:
    """The calibration error to expect of perfect confidences on so few answers; NaN of nothing.

    In a bin the number of right answers is about normal, and the mean distance of a normal value from its mean is
    the square root of 2 / pi times its standard deviation.
    """
    total = sum(b.right.total for b in bins)
    spread = sum(math.sqrt(b.right.total * b.confidence * (1 - b.confidence)) for b in bins)
    return math.sqrt(2 / math.pi) * spread / total if total else math.nan


def mcnemar(lost: int, won: int) -> float:
    """How likely two readers that are equally good differ so much on the same photos, in either direction.

    The exact form of the test of Q. McNemar, *Note on the sampling error of the difference between correlated
    proportions or percentages*, Psychometrika 12 (1947) 153-157: of the photos that one of them alone reads right,
    each is as likely to be the one's as the other's. Photos that both read right, or both wrong, say nothing.

    Args:
        lost, won: photos that only the first, only the second one reads right.
    """
    return min(1.0, 2 * at_most(min(lost, won), lost + won, 0.5))


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile, ``share`` in (0, 1]; NaN of nothing."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
