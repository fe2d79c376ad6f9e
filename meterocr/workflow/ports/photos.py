"""Photos: their bytes, what they show, and what people decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from meterocr.billing.canonical import Json
from meterocr.metering.case import SeenPhoto
from meterocr.readout import Readout
from meterocr.workflow.evidence import Claim, Origin, Review, SecondReading, Sight, StoredSubmission, Submission


class Reader(Protocol):
    """The part of :class:`meterocr.MeterReader` that reads one photo."""

    def read(self, photo: bytes, *, name: str | None = None) -> Readout:
        """What one photo shows."""


Look = Callable[[bytes], Sight]
"""From the bytes of a photo to what it shows."""


class Photos(Protocol):
    """Photos by their SHA-256 (hex digest)."""

    def put(self, photo: bytes) -> str:
        """Keep a photo for good, and give its digest; the same photo twice is kept once."""

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against the digest."""

    def remove(self, sha256: str) -> None:
        """It is not kept any more; nothing happens where it is not there."""


class Submissions(Protocol):
    """Photos that came in, and what people decided."""

    def find(self, key: str) -> StoredSubmission | None:
        """By the sender's key."""

    def get(self, submission_id: int) -> StoredSubmission:
        """By id."""

    def add(self, submission: Submission) -> int:
        """A new one; gives its id."""

    def seen(self, sha256: str, perceptual_hash: int) -> tuple[SeenPhoto, ...]:
        """Earlier photos of the same bytes, or with a perceptual hash of which few bits differ."""

    def waiting(self, most: int) -> list[StoredSubmission]:
        """Those that a person has to decide, oldest first."""

    def of(self, consumer_number: str, most: int) -> list[StoredSubmission]:
        """The latest ones of a connection, newest first."""

    def claim(self, claim: Claim) -> None:
        """The consumer says that the photo shows something else: a person has to decide. Once for a submission."""

    def claimed(self, submission_id: int) -> Claim | None:
        """What the consumer said."""

    def review(self, submission_id: int) -> Review | None:
        """What a person decided."""

    def decided(self, since: datetime) -> Iterator[tuple[StoredSubmission, Review]]:
        """Submissions that a person decided, with the decision, oldest first; streamed."""

    def undecided(self, consumer_number: str) -> bool:
        """Whether a photo of a connection waits for a person."""

    def decide(self, review: Review) -> None:
        """A person's decision; the second one on a submission is a conflict."""

    def reopen(self, submission_id: int) -> None:
        """It waits for a person again."""

    def evidence(self, ids: Iterable[int]) -> Mapping[int, Json]:
        """By id, what proves a reading: photo, readout, verification, decision; without floats."""


class SecondReadings(Protocol):
    """What people read blindly in photos that were decided before."""

    def open(self, since: datetime, not_by: str) -> StoredSubmission | None:
        """The oldest one of the sample that machine or person read, nobody again, and ``not_by`` did not decide."""

    def add(self, second: SecondReading) -> None:
        """One for each submission; a second one is a conflict."""

    def counts(self, since: datetime) -> Mapping[Origin, tuple[int, int]]:
        """By how the first reading came about: how many were read again, and how many of them differ."""

    def confidences(self, since: datetime) -> Iterator[float]:
        """Of every submission: the readout's confidence, 0 where it is to be taken again or has an unread digit."""
