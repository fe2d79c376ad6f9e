"""Photos that came in, and decisions of people, in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, insert, or_, select, update

from meterocr.billing.canonical import Json, plain
from meterocr.billing.restore import restore
from meterocr.errors import ConflictError, NotFoundError
from meterocr.metering.case import Capture, SeenPhoto
from meterocr.metering.verification import Verdict
from meterocr.store import schema
from meterocr.store.rows import read_json, written
from meterocr.workflow.evidence import Claim, Decision, Review, StoredSubmission, Submission
from meterocr.workflow.values.act import Act

_BAND_BITS = (13, 13, 13, 13, 12)  # of two hashes that differ in up to 4 of 64 bits, one of 5 bands is the same
_MOST_ALIKE = 200
_STREAMED = 500


class SqlSubmissions:
    """As :class:`~meterocr.workflow.ports.photos.Submissions`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def find(self, key: str) -> StoredSubmission | None:
        """By the sender's key."""
        row = self._db.execute(select(schema.submissions).where(schema.submissions.c.key == key)).mappings().first()
        return None if row is None else as_submission(row)

    def get(self, submission_id: int) -> StoredSubmission:
        """By id."""
        s = schema.submissions
        row = self._db.execute(select(s).where(s.c.id == submission_id)).mappings().first()
        if row is None:
            raise NotFoundError(f"expected a submission, got {submission_id}")
        return as_submission(row)

    def add(self, submission: Submission) -> int:
        """A new one; gives its id."""
        capture = submission.capture
        values = {
            "key": submission.key,
            "consumer_number": submission.consumer_number,
            "sha256": submission.sha256,
            "perceptual_hash": f"{capture.perceptual_hash:016x}",
            "received": capture.received,
            "capture": written(plain(capture)),
            "readout": submission.readout,
            "verification": submission.verification,
            "verdict": submission.verdict.value,
            "reasons": written(plain(submission.reasons)),
            "text": submission.text,
            "suggested": submission.suggested,
            "waiting": submission.verdict is Verdict.REVIEW,
            **_bands(capture.perceptual_hash),
        }
        s = schema.submissions
        return int(self._db.execute(insert(s).values(values).returning(s.c.id)).scalar_one())

    def seen(self, sha256: str, perceptual_hash: int) -> tuple[SeenPhoto, ...]:
        """Earlier photos of the same bytes, or whose hash differs in at most 4 bits; some that differ in more."""
        s = schema.submissions
        bands = (s.c[name] == value for name, value in _bands(perceptual_hash).items())
        columns = s.c.consumer_number, s.c.sha256, s.c.perceptual_hash, s.c.received
        same = self._db.execute(select(*columns).where(s.c.sha256 == sha256).limit(_MOST_ALIKE)).all()
        alike = self._db.execute(select(*columns).where(or_(*bands))).all()
        photos = {SeenPhoto(row[0], row[1], int(row[2], 16), row[3]) for row in (*same, *alike)}
        key = lambda photo: ((photo.perceptual_hash ^ perceptual_hash).bit_count(), photo.received)  # noqa: E731
        nearest = sorted((photo for photo in photos if photo.sha256 != sha256), key=key)[:1]
        return (*sorted((p for p in photos if p.sha256 == sha256), key=lambda p: p.received), *nearest)

    def waiting(self, most: int) -> list[StoredSubmission]:
        """Those that a person has to decide, oldest first."""
        s = schema.submissions
        query = select(s).where(s.c.waiting).order_by(s.c.id).limit(most)
        return [as_submission(row) for row in self._db.execute(query).mappings()]

    def of(self, consumer_number: str, most: int) -> list[StoredSubmission]:
        """The latest ones of a connection, newest first."""
        s = schema.submissions
        query = select(s).where(s.c.consumer_number == consumer_number).order_by(s.c.id.desc()).limit(most)
        return [as_submission(row) for row in self._db.execute(query).mappings()]

    def claim(self, claim: Claim) -> None:
        """The consumer says that the photo shows something else: a person has to decide. Once for a submission."""
        s = schema.submissions
        act = claim.act
        values = {"submission_id": claim.submission, "text": claim.text, "by": act.by, "at": act.at}
        self._db.execute(insert(schema.claims).values(values))
        self._db.execute(update(s).where(s.c.id == claim.submission).values(waiting=True))

    def claimed(self, submission_id: int) -> Claim | None:
        """What the consumer said."""
        c = schema.claims
        row = self._db.execute(select(c).where(c.c.submission_id == submission_id)).mappings().first()
        return None if row is None else Claim(submission_id, row["text"], Act(row["by"], row["at"]))

    def review(self, submission_id: int) -> Review | None:
        """What a person decided."""
        r = schema.reviews
        row = self._db.execute(select(r).where(r.c.submission_id == submission_id)).mappings().first()
        return None if row is None else _review(row, submission_id)

    def decided(self, since: datetime) -> Iterator[tuple[StoredSubmission, Review]]:
        """Submissions that a person decided, with the decision, oldest first; streamed."""
        s, r = schema.submissions, schema.reviews
        columns = r.c.decision, r.c.value, r.c.note, r.c.by, r.c.at
        query = select(s, *columns).join(r).where(r.c.at >= since).order_by(r.c.id)
        for row in self._db.execute(query, execution_options={"yield_per": _STREAMED}).mappings():
            yield as_submission(row), _review(row, row["id"])

    def undecided(self, consumer_number: str) -> bool:
        """Whether a photo of a connection waits for a person."""
        s = schema.submissions
        found = exists().where(s.c.consumer_number == consumer_number, s.c.waiting)
        return bool(self._db.execute(select(found)).scalar())

    def decide(self, review: Review) -> None:
        """A person's decision; the second one on a submission is a conflict."""
        s = schema.submissions
        done = self._db.execute(update(s).where(s.c.id == review.submission, s.c.waiting).values(waiting=False))
        if done.rowcount != 1:
            raise ConflictError(f"expected a submission that waits for a decision, got {review.submission}")
        self._db.execute(
            insert(schema.reviews).values(
                submission_id=review.submission,
                decision=review.decision.value,
                value=review.value,
                note=review.note,
                by=review.act.by,
                at=review.act.at,
            )
        )

    def reopen(self, submission_id: int) -> None:
        """It waits for a person again."""
        s = schema.submissions
        self._db.execute(update(s).where(s.c.id == submission_id).values(waiting=True))

    def evidence(self, ids: Iterable[int]) -> Mapping[int, Json]:
        """By id, what proves a reading: photo, readout, verification, decision; numbers with a fraction as text."""
        s, r = schema.submissions, schema.reviews
        query = (
            select(s.c.id, s.c.sha256, s.c.readout, s.c.verification, r.c.decision, r.c.value, r.c.by, r.c.at)
            .outerjoin_from(s, r)
            .where(s.c.id.in_(list(ids)))
        )
        return {row["id"]: _evidence(row) for row in self._db.execute(query).mappings()}


def _review(row: RowMapping, submission_id: int) -> Review:
    return Review(submission_id, Decision(row["decision"]), row["value"], row["note"], Act(row["by"], row["at"]))


def _evidence(row: RowMapping) -> Json:
    return {
        "photo": row["sha256"],
        "readout": read_json(row["readout"]),
        "verification": read_json(row["verification"]),
        "decision": row["decision"] and plain({name: row[name] for name in ("decision", "value", "by", "at")}),
    }


def _bands(perceptual_hash: int) -> dict[str, Any]:
    values: dict[str, int] = {}
    for band, bits in enumerate(_BAND_BITS):
        values[f"band_{band}"] = perceptual_hash & ((1 << bits) - 1)
        perceptual_hash >>= bits
    return values


def as_submission(row: RowMapping) -> StoredSubmission:
    """From a row of the table."""
    capture = restore(Capture, read_json(row["capture"]))
    made = Submission(
        row["key"],
        row["consumer_number"],
        capture,
        row["sha256"],
        row["readout"],
        row["verification"],
        Verdict(row["verdict"]),
        {language: tuple(sentences) for language, sentences in read_json(row["reasons"]).items()},
        row["text"],
        row["suggested"],
    )
    return StoredSubmission(row["id"], made, row["waiting"])
