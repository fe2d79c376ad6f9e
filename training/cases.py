"""One evaluated photo, the stages it passed, and why it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from training import metrics
from training.metrics import Score, Truth

FOUND_IOU = 0.5
LEGIBLE = ("ok", "hard", "unknown", "strip")
REFUSE = ("unreadable", "no_display")
STAGES = (
    "found",
    "chosen",
    "legible",
    "digits",
    "integer",
    "decimals",
    "whole",
    "not_retake",
    "end_to_end",
)


@dataclass(frozen=True, slots=True)
class Case:
    """What was known of a photo and what the reader said.

    Attributes:
        quality: as in ``scenes.jsonl``; ``strip`` for a cut-out strip; ``no_display`` for the part of a photo
            beside its display.
        truth: ``None`` where nobody has read the display or nobody could.
        found: a display was found there (IoU of enclosing boxes at least 0.5); ``None`` where there is none to find.
        chosen: the same for the display that was taken for the main register.
        text, confidence, shows, issues, retake, candidates: from the readout.
        timings_ms: milliseconds per stage of the reader, and ``total`` as measured from outside.
    """

    id: str
    source: str
    kind: str
    quality: str
    truth: Truth | None
    found: bool | None
    chosen: bool | None
    text: str
    confidence: float
    retake: bool
    shows: str = "unknown"
    issues: tuple[str, ...] = ()
    candidates: tuple[tuple[str, float], ...] = ()
    timings_ms: tuple[tuple[str, float], ...] = ()

    @property
    def scored(self) -> bool:
        """Is there a truth to compare with?"""
        return self.truth is not None and self.quality in LEGIBLE

    @property
    def score(self) -> Score:
        if self.truth is None:
            raise ValueError(f"expected a photo that has been read, got {self.id} of quality {self.quality}")
        return metrics.score(self.truth, self.text)

    @property
    def sureness(self) -> float:
        """What a caller goes by when holding back the least sure: nothing at all for a photo to be retaken."""
        return 0.0 if self.retake or not self.text else self.confidence

    @property
    def answered(self) -> bool:
        """Is there an integer part, which is what is billed, without a call to take the photo again?"""
        whole = self.text.partition(".")[0]
        return bool(whole) and metrics.UNREAD not in whole and not self.retake

    @property
    def right(self) -> bool:
        """The whole string where there is one; no answer where there should be none."""
        return self.score.whole if self.scored else not self.answered

    def stage(self, name: str) -> bool | None:
        """Did the photo pass a stage of :data:`STAGES`; ``None`` where that cannot be judged."""
        if name == "found":
            return self.found
        if name == "chosen":
            return self.chosen
        if name == "not_retake":
            return not self.retake
        if not self.scored:
            return None
        if name == "legible":
            return bool(self.text)
        if name == "end_to_end":
            return self.score.whole and not self.retake
        value = getattr(self.score, name)
        return value if value is None else bool(value)


def failure(case: Case, *, threshold: float) -> str | None:
    """In a few words what went wrong with a photo, or ``None``; ``threshold``: the confidence that counts as sure."""
    if case.quality in REFUSE:
        if not case.answered:
            return None
        return "sure of nothing" if case.sureness >= threshold else "answered, but unsure"
    read = case.truth is not None and case.score.whole
    if case.found is False:
        return "display missed, yet read" if read else "display missed"
    if case.truth is None or case.stage("end_to_end"):
        return None
    if read:
        return "right, but to be retaken"
    if case.chosen is False:
        return "another display chosen"
    return _misread(case.truth, case) if case.text else "refused"


def _misread(truth: Truth, case: Case) -> str:
    if case.score.digits:
        return "point"
    if metrics.UNREAD in case.text and not any(metrics.UNREAD in r for r in truth.readings):
        return "digit left unread"
    if case.score.integer:
        return "decimals or leading zeros"
    if truth.number is not None:
        return "integer part"
    return min(_difference(r, case.text.replace(".", "")) for r in truth.readings)[1]


def _difference(truth: str, digits: str) -> tuple[int, str]:
    if len(truth) != len(digits):
        extra = len(digits) - len(truth)
        return abs(extra), "digit missing" if extra < 0 else "digit too many"
    wrong = sum(t not in (metrics.UNREAD, c) for t, c in zip(truth, digits, strict=True))
    return wrong, "one digit" if wrong == 1 else "several digits"


def counts(cases: Sequence[Case]) -> dict[str, metrics.Count]:
    """How many passed each stage."""
    return {name: metrics.count(cases, partial(Case.stage, name=name)) for name in STAGES}
