"""From the bytes of a photo to a reading or to a person, and what the person says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterocr.billing.tariff_file import load_tariff
from meterocr.errors import BillError, ConflictError, MeteringError, NotFoundError, StoreError
from meterocr.issue import Issue
from meterocr.metering.meter import Meter, Register
from meterocr.metering.reading import Source, Standing
from meterocr.metering.verification import Verdict
from meterocr.readout import Quantity
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.evidence import Sight, StoredSubmission
from meterocr.workflow.intake import LANGUAGES, Desk, Incoming, submit
from meterocr.workflow.register import exchange_meter
from meterocr.workflow.review import accept, advice, correct, reject
from meterocr.workflow.taking import take_in
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.values.connections import Installation
from meterocr.workflow.values.phones import PhoneEntry
from tests.billing.conftest import WITH_OPERATOR
from tests.metering.conftest import readout
from tests.store.book import MONTH, RATING, UNTIL, at, put_connection, put_reading
from tests.workflow.people import registration

PHOTO = b"a photo"


def look(text: str = "001350", hash_: int = 7, **changes: Any) -> Any:
    def seen(photo: bytes) -> Sight:
        made = readout(text, sha256=hashlib.sha256(photo).hexdigest(), **changes)
        return Sight(made, hash_)

    return seen


def incoming(key: str = "k-1", photo: bytes = PHOTO) -> Incoming:
    return Incoming(key, "C-1", photo, at(2).at - MONTH / 3, at(2).at + MONTH / 3)


@pytest.fixture
def desk(store: SqlStore, tmp_path: Path) -> Desk:
    """A connection that used 150 units in the first month; the photo shows 200 more in the second."""
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1150, 1)
    return Desk(store, PhotoFolder(tmp_path / "photos"), look(), WITH_OPERATOR)


def test_accepted(desk: Desk, store: SqlStore) -> None:
    stored = submit(desk, incoming(), at(2, "web"))
    assert (stored.submission.verdict, stored.submission.text, stored.waiting) == (Verdict.ACCEPTED, "001350", False)
    assert desk.photos.get(stored.submission.sha256) == PHOTO
    with store.read() as uow:
        last = uow.readings.of("C-1")[-1]
        assert uow.submissions.get(stored.id) == stored
    assert (last.reading.value, last.reading.source, last.submission) == (1350, Source.PHOTO, stored.id)
    assert last.reading.standing is Standing.QUARANTINED
    assert submit(desk, incoming(), at(3)) == stored  # sent again, it is the same


def test_the_next_reading_confirms_it(desk: Desk, store: SqlStore) -> None:
    submit(desk, incoming(), at(2))
    later = replace(incoming("k-2", b"next"), opens=at(2.5).at, closes=at(3.5).at)
    submit(replace(desk, look=look("001540", 2**60)), later, at(3))
    with store.read() as uow:
        standings = [stored.reading.standing for stored in uow.readings.of("C-1")]
    assert standings[-2:] == [Standing.TRUSTED, Standing.QUARANTINED]


def doubtful(desk: Desk) -> StoredSubmission:
    stored = submit(replace(desk, look=look("009350")), incoming(), at(2))
    assert (stored.submission.verdict, stored.waiting) == (Verdict.REVIEW, True)
    assert stored.submission.reasons.keys() == {"en", "hi"}
    assert "8200 units in 30 days" in stored.submission.reasons["en"][0]
    return stored


def test_corrected_billed_and_proven(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    with store.write() as uow:
        assert uow.submissions.waiting(5) == [stored]
        reading = correct(uow, stored.id, Decimal(1350), at(2, "asha"), note="3 not 9")
        assert (reading.source, reading.standing, reading.at) == (Source.REVIEWER, Standing.TRUSTED, at(2).at)
        assert uow.submissions.waiting(5) == []
        bill = issue_bill(uow, "C-1", UNTIL, RATING, at(2))
        assert bill.consumption.units == 350
    with store.read() as uow:
        assert uow.bills.get(bill.number).submissions == (stored.id,)
        assert audit_bill(uow, desk.photos, bill.number).proven
        elsewhere = audit_bill(uow, PhotoFolder(Path("/nowhere")), bill.number)
    assert elsewhere.differences == (f"expected a photo, got none of digest {stored.submission.sha256}",)


def test_accepted_by_a_person_and_only_once(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    with store.write() as uow:
        assert accept(uow, stored.id, at(2)).value == 9350
    with pytest.raises(ConflictError, match="expected a submission that waits"), store.write() as uow:
        reject(uow, stored.id, "no", at(2))
    with pytest.raises(NotFoundError, match="expected a submission, got 99"), store.write() as uow:
        accept(uow, 99, at(2))


def test_rejected_asks_for_another_photo(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    with store.write() as uow:
        uow.phones.add(PhoneEntry(registration("C-1")))
        reject(uow, stored.id, "another meter", at(2))
        (message,) = uow.outbox.waiting(5)
        assert len(uow.readings.of("C-1")) == 2
    assert (message.kind, message.recipient) == ("retake", "+919812345678")
    # What the bill is worth, and what other photos came, is for the office.
    assert message.payload == {
        "reasons": {language: list(advice(stored.submission)[language]) for language in LANGUAGES}
    }
    assert advice(stored.submission)["en"] == (
        "Photograph your own meter, with its whole display sharp and without glare.",
    )


def test_what_the_sender_can_do_better_is_told(desk: Desk) -> None:
    changes = {"issues": (Issue.SEVERAL_DISPLAYS,)}
    stored = submit(replace(desk, look=look("009350", **changes)), incoming(), at(2))
    assert len(stored.submission.reasons["hi"]) > 1
    for language in LANGUAGES:
        assert advice(stored.submission)[language] == (Issue.SEVERAL_DISPLAYS.advice(language),)


def test_what_a_person_cannot_say(desk: Desk, store: SqlStore) -> None:
    stored = doubtful(desk)
    for value in (Decimal(1_000_000), Decimal("1350.5")):
        with pytest.raises(MeteringError, match="expected a value below 1000000"), store.write() as uow:
            correct(uow, stored.id, value, at(2))
    unread = submit(replace(desk, look=look("0013?0", 2**50)), incoming("k-2", b"other"), at(2.1))
    assert unread.waiting
    with pytest.raises(MeteringError, match="expected a whole reading"), store.write() as uow:
        accept(uow, unread.id, at(2.1))


def test_the_same_photo_again(desk: Desk) -> None:
    submit(desk, incoming(), at(2))
    again = submit(desk, incoming("k-2"), at(2.1))
    assert again.submission.verdict is Verdict.RETAKE
    assert [photo.connection for photo in again.submission.capture.seen] == ["C-1"]
    alike = submit(
        replace(desk, look=look(hash_=7 ^ (1 << 3) ^ (1 << 20) ^ (1 << 40) ^ (1 << 63))),
        incoming("k-3", b"nearly the same"),
        at(2.2),
    )
    assert [photo.perceptual_hash for photo in alike.submission.capture.seen] == [7]
    assert "looks like" in " ".join(alike.submission.reasons["en"])


@pytest.mark.parametrize("other", [{"photo": b"another photo"}, {"consumer_number": "C-2"}])
def test_another_photo_under_a_key_that_was_used_is_refused_and_not_lost(
    desk: Desk, store: SqlStore, other: dict[str, Any]
) -> None:
    with store.write() as uow:
        put_connection(uow, "C-2")
        put_reading(uow, "C-2", 1150, 1)
    stored = submit(desk, incoming(), at(2))
    with pytest.raises(ConflictError, match="expected a new key for another photo, got k-1"):
        submit(desk, replace(incoming(), **other), at(2.1))
    assert submit(desk, incoming(), at(2.2)) == stored


def test_no_row_without_its_photo(desk: Desk, store: SqlStore, tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("in the way")
    with pytest.raises(StoreError, match="expected to write the photo"):
        submit(desk, incoming(), at(2))
    with store.read() as uow:
        assert uow.submissions.find("k-1") is None


def test_a_missing_rate_refuses_a_bill_and_no_photo(desk: Desk, store: SqlStore) -> None:
    late = Act("web", datetime(2026, 2, 1, tzinfo=UTC))
    office = replace(desk, tariff=load_tariff())  # the operator has not yet entered the duty since January 2026
    taken = take_in(office, replace(incoming(), closes=late.at), Rating(office.tariff), late)
    assert (taken.stored.waiting, taken.bill) == (True, None)
    assert "expected a rate duty" in taken.stored.submission.reasons["en"][-1]
    with store.write() as uow:
        assert accept(uow, taken.stored.id, late).value == 1350
    with pytest.raises(BillError, match="expected a rate duty"), store.write() as uow:
        issue_bill(uow, "C-1", late.at.date(), Rating(office.tariff), late)


def test_of_a_connection_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'C-9'"):
        submit(desk, replace(incoming(), consumer_number="C-9"), at(2))
    assert not (tmp_path / "photos").exists()


@pytest.mark.parametrize("text", ["001350", "001340"])
def test_two_photos_of_the_same_second_are_two_readings(desk: Desk, store: SqlStore, text: str) -> None:
    """Messengers tell whole seconds: a meter and its close-up, sent together, have the same time."""
    submit(desk, replace(incoming(), received=at(2).at), at(2))
    second = replace(incoming("k-2", b"close"), received=at(2).at)
    stored = submit(replace(desk, look=look(text, 2**60, confidence=0.6)), second, at(2))
    assert stored.waiting
    with store.write() as uow:
        correct(uow, stored.id, Decimal(1350), at(2.1))
        found = [reading.reading for reading in uow.readings.of("C-1")][-2:]
    assert [reading.value for reading in found] == [1350, 1350]
    assert (found[0].at, found[1].at - found[0].at) == (at(2).at, timedelta(microseconds=1))


def test_a_photo_of_a_meter_that_was_exchanged_since_gives_no_reading_of_the_new_one(
    desk: Desk, store: SqlStore
) -> None:
    stored = submit(replace(desk, look=look(confidence=0.6)), incoming(), at(2))
    assert stored.waiting
    new = Installation("C-1", Meter("N-1", (Register(Quantity.KWH, 6),)), at(2.1).at)
    with store.write() as uow:
        exchange_meter(uow, new, Decimal(1400), Decimal(5), at(2.1))
    with pytest.raises(MeteringError, match="expected a photo of meter N-1, got one from when M-C-1 hung there"):
        decide(store, stored)
    with store.write() as uow:
        reject(uow, stored.id, "exchanged since", at(2.2))
        assert [r.reading.serial_number for r in uow.readings.of("C-1")] == ["M-C-1", "M-C-1", "M-C-1", "N-1"]


def decide(store: SqlStore, stored: StoredSubmission) -> None:
    with store.write() as uow:
        accept(uow, stored.id, at(2.2))
