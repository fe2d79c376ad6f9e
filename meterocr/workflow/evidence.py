"""A photo that came in, what was seen in it, and what a person said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from meterocr.metering.case import Capture
from meterocr.metering.verification import Verdict
from meterocr.readout import Readout
from meterocr.workflow.values.act import Act


@dataclass(frozen=True, slots=True)
class Sight:
    """What vision makes of a photo.

    Attributes:
        taken, serial_numbers, perceptual_hash: as in :class:`~meterocr.metering.case.Capture`.
    """

    readout: Readout
    perceptual_hash: int
    taken: datetime | None = None
    serial_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A photo that came in, and what was made of it.

    Attributes:
        key: the sender's own; the same key is the same submission.
        readout, verification: as :meth:`to_dict` of those types wrote them, as text.
        reasons: by language, in sentences, why it was not accepted.
        suggested: another reading that the photo supports.
    """

    key: str
    consumer_number: str
    capture: Capture
    sha256: str
    readout: str
    verification: str
    verdict: Verdict
    reasons: Mapping[str, tuple[str, ...]]
    text: str
    suggested: str


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """A submission with its place in the store; ``waiting``: a person has to decide."""

    id: int
    submission: Submission
    waiting: bool


class Decision(StrEnum):
    """What a person said of a submission."""

    ACCEPT = "accept"
    CORRECT = "correct"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Review:
    """A person's decision; ``value`` is the reading, except for what is rejected."""

    submission: int
    decision: Decision
    value: Decimal | None
    note: str
    act: Act


@dataclass(frozen=True, slots=True)
class Claim:
    """The consumer says that the photo shows ``text``, as on the display; empty: only that the reading is wrong."""

    submission: int
    text: str
    act: Act


class Origin(StrEnum):
    """How the first reading of a photo came about."""

    ACCEPTED = "accepted"  # nobody looked at it
    REVIEWED = "reviewed"  # a person decided


@dataclass(frozen=True, slots=True)
class SecondReading:
    """What a person read in a photo without being told what was read before.

    Attributes:
        text: the register value as a number in its shortest form; empty where nothing can be read.
        agrees: it is what the first reading says.
    """

    submission: int
    origin: Origin
    text: str
    agrees: bool
    act: Act
