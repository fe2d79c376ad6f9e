"""What the desk works with: complaints, the queue, second readings, the figures of the board."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from meterocr.certificate import Certificate, KindCount
from meterocr.errors import ConflictError, MeteringError, NotFoundError
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.verification import Verdict
from meterocr.readout import DisplayKind
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.claims import dispute
from meterocr.workflow.evidence import Claim, Decision, Origin, StoredSubmission
from meterocr.workflow.intake import Desk, Incoming, submit
from meterocr.workflow.onward import bill_submission
from meterocr.workflow.overview import Fate, overview_of, used
from meterocr.workflow.queue import following, queue
from meterocr.workflow.register import withdraw_reading
from meterocr.workflow.review import accept, correct, reject
from meterocr.workflow.rounds import LATE, books, found, round_of
from meterocr.workflow.second_readings import Share, estimate, next_blind, read_again
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.visits import Finding
from tests.billing.conftest import WITH_OPERATOR
from tests.store.book import MONTH, RATING, START, UNTIL, at, put_connection, put_reading
from tests.workflow.test_intake import look

NOW = at(2, "web:C-1")
CLERK, OTHER = at(2.1, "key:clerk"), at(2.1, "key:other")

_STRICT = Policy(overload=Decimal(1))  # 2 kW come to 1440 units in 30 days


class Place:
    """A store with three connections that used 150 units in the first month, and a desk that reads what it is told."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store, self.folder = store, PhotoFolder(folder)
        with store.write() as uow:
            for number in ("C-1", "C-2", "C-3"):
                put_connection(uow, number, "B-2" if number == "C-3" else "B-1")
                put_reading(uow, number, 1150, 1)

    def send(self, number: str, text: str, hash_: int, act: Act = NOW) -> StoredSubmission:
        photo = f"{number} {text} {hash_}".encode()
        desk = Desk(self.store, self.folder, look(text, hash_ * 0x0101010101010101, retake=not text), WITH_OPERATOR)
        window = act.at - MONTH / 3, act.at + MONTH / 3
        return submit(desk, Incoming(photo.decode(), number, photo, *window), act)


@pytest.fixture
def place(store: SqlStore, tmp_path: Path) -> Place:
    return Place(store, tmp_path / "photos")


def test_a_complaint_takes_the_reading_back(place: Place) -> None:
    stored = place.send("C-1", "001350", 1)
    assert stored.submission.verdict is Verdict.ACCEPTED
    with place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
    with place.store.read() as uow:
        assert uow.submissions.get(stored.id).waiting
        assert uow.submissions.claimed(stored.id) == Claim(stored.id, "001360", NOW)
        assert stored.id not in [each.submission for each in uow.readings.of("C-1")]
    with pytest.raises(ConflictError), place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001370", NOW))
    with place.store.write() as uow:
        assert correct(uow, stored.id, Decimal(1360), CLERK).value == 1360
        review = uow.submissions.review(stored.id)
    assert review is not None
    assert (review.decision, review.value, review.act.by) == (Decision.CORRECT, 1360, "key:clerk")


@pytest.mark.parametrize(("policy", "standing"), [(DEFAULT_POLICY, "trusted"), (_STRICT, "quarantined")])
def test_a_decision_confirms_what_came_before_by_the_policy(place: Place, policy: Policy, standing: str) -> None:
    place.send("C-1", "001350", 1)
    second = place.send("C-1", "003050", 2, at(3))  # so much that a person looks
    with place.store.write() as uow:
        correct(uow, second.id, Decimal(3050), CLERK, policy=policy)
        (first,) = [each.reading for each in uow.readings.of("C-1") if each.reading.value == 1350]
    assert first.standing == standing


def test_what_is_billed_is_not_complained_of_here(place: Place) -> None:
    stored = place.send("C-1", "001350", 1)
    with place.store.write() as uow:
        bill_submission(uow, stored.id, RATING, NOW)
    with pytest.raises(ConflictError), place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
    with place.store.read() as uow:
        assert uow.submissions.claimed(stored.id) is None
    with pytest.raises(NotFoundError), place.store.write() as uow:
        dispute(uow, Claim(99, "1", NOW))


def test_what_a_person_decided_stands_against_a_complaint(place: Place) -> None:
    stored = place.send("C-1", "009350", 1)
    with place.store.write() as uow:
        decided = correct(uow, stored.id, Decimal(1350), CLERK)
    with pytest.raises(ConflictError, match="expected one that no person decided"), place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
    with place.store.read() as uow:
        assert uow.submissions.claimed(stored.id) is None
        assert not uow.submissions.get(stored.id).waiting
        assert [each.reading for each in uow.readings.of("C-1") if each.submission == stored.id] == [decided]
        assert overview_of(uow, "C-1", at(4).day).fate(uow.submissions.get(stored.id)) is Fate.CHECKED


def test_the_photo_that_a_bill_begins_with_is_billed(place: Place) -> None:
    with place.store.write() as uow:
        put_connection(uow, "C-4")
        withdraw_reading(uow, "C-4", uow.readings.of("C-4")[0].id, "the photo says it", at(0))
    first = place.send("C-4", "001000", 4, at(0.1, "web:C-4"))
    with place.store.write() as uow:
        accept(uow, first.id, at(0.2, "key:clerk"))
        put_reading(uow, "C-4", 1150, 1)
        bill = issue_bill(uow, "C-4", UNTIL, RATING, at(1))
        seen = overview_of(uow, "C-4", at(4).day)
        assert seen.fate(uow.submissions.get(first.id)) is Fate.BILLED
    opened = seen.bill_of(first.id)
    assert opened is not None
    assert opened.number == bill.number


def test_most_money_comes_first(place: Place) -> None:
    small = place.send("C-1", "001700", 1)
    large = place.send("C-2", "009350", 2)
    assert small.waiting
    assert large.waiting
    with place.store.read() as uow:
        tasks = queue(uow)
        assert [task.stored.id for task in tasks] == [large.id, small.id]
        assert tasks[0].at_risk_paise > tasks[1].at_risk_paise
        after = [following(uow, submission) for submission in (large.id, small.id, 99)]
    assert [task and task.stored.id for task in after] == [small.id, large.id, large.id]
    with place.store.write() as uow:
        for task in tasks:
            reject(uow, task.stored.id, "no", CLERK)
    with place.store.read() as uow:
        assert (queue(uow), following(uow, small.id)) == ((), None)


@pytest.mark.parametrize(("text", "agrees"), [("1350", True), ("001350.0", True), ("1351", False), ("", False)])
def test_a_second_reading_of_what_was_accepted(place: Place, text: str, agrees: bool) -> None:
    stored = place.send("C-1", "001350", 1)  # the first one: one of a hundred
    place.send("C-2", "001350", 2)
    with place.store.write() as uow:
        found = next_blind(uow, CLERK)
        assert found is not None
        assert found.id == stored.id
        assert read_again(uow, stored.id, text, CLERK) is agrees
    with place.store.read() as uow:
        assert next_blind(uow, CLERK) is None
        rate = estimate(uow, None, CLERK)
    assert (rate.accepted, rate.reviewed) == (Share(1, 0 if agrees else 1), Share(0, 0))
    with pytest.raises(ConflictError), place.store.write() as uow:
        read_again(uow, stored.id, text, OTHER)


def test_nobody_reads_again_what_they_decided(place: Place) -> None:
    stored = place.send("C-1", "001700", 1)
    with pytest.raises(ConflictError, match="decided"), place.store.write() as uow:
        read_again(uow, stored.id, "1700", CLERK)
    with place.store.write() as uow:
        assert next_blind(uow, CLERK) is None
        accept(uow, stored.id, CLERK)
    with place.store.write() as uow:
        assert next_blind(uow, CLERK) is None
        with pytest.raises(ConflictError, match="another person"):
            read_again(uow, stored.id, "1700", CLERK)
        with pytest.raises(MeteringError, match="as a number, got 'NaN'"):
            read_again(uow, stored.id, "NaN", OTHER)
        assert next_blind(uow, OTHER) is not None
        assert read_again(uow, stored.id, "1700", OTHER)
        assert uow.second_readings.counts(START) == {Origin.ACCEPTED: (0, 0), Origin.REVIEWED: (1, 0)}


def test_a_complaint_that_was_right_counts_against_the_machine(place: Place) -> None:
    stored = place.send("C-1", "001350", 1)
    with place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
        correct(uow, stored.id, Decimal(1360), CLERK)
        assert not read_again(uow, stored.id, "1360", OTHER)
        assert estimate(uow, None, OTHER).accepted == Share(1, 1)


def test_the_estimate_is_compared_with_the_certificate(place: Place) -> None:
    kinds = (KindCount(DisplayKind.LCD, 200, 190, 0),)
    certificate = Certificate(0.02, 0.9, kinds, "d", "display-a.v1")
    for i in range(1, 4):
        place.send(f"C-{i}", "001350", i)
    with place.store.write() as uow:
        read_again(uow, 1, "1350", CLERK)
        rate = estimate(uow, certificate, CLERK)
    assert rate.drift is not None
    assert (rate.drift.live_total, rate.drift.live_accepted, rate.drift.holds) == (3, 3, True)
    assert (rate.accepted.lower, rate.accepted.upper) == (0.0, pytest.approx(0.95))
    assert Share(0, 0).upper == 1.0


def test_what_became_of_each_photo(place: Place) -> None:
    billed = place.send("C-1", "001350", 1)
    with place.store.write() as uow:
        bill = bill_submission(uow, billed.id, RATING, NOW)
    again = place.send("C-1", "001500", 2, at(3, "web:C-1"))
    unread = place.send("C-1", "", 3, at(3.1, "web:C-1"))
    with place.store.read() as uow:
        seen = overview_of(uow, "C-1", at(4).day)
        reading = seen.reading_of(again.id)
        assert reading is not None
        gone = used(uow, "C-1", reading)
    assert [seen.fate(photo) for photo in seen.photos] == [Fate.RETAKE, Fate.ACCEPTED, Fate.BILLED]
    assert [photo.id for photo in seen.photos] == [unread.id, again.id, billed.id]
    made = seen.bill_of(billed.id)
    assert made is not None
    assert made.number == bill.number
    assert gone is not None
    assert gone.units == 150
    assert [month.units for month in seen.months][-1] == 350  # the first bill takes all since the meter was hung up
    disputed = Claim(again.id, "001510", at(3.2))
    with place.store.write() as uow:
        dispute(uow, disputed)
    with place.store.read() as uow:
        assert overview_of(uow, "C-1", at(4).day).fate(uow.submissions.get(again.id)) is Fate.REVIEW
    with place.store.write() as uow:
        reject(uow, again.id, "no", at(3.3))
    with place.store.read() as uow:
        assert overview_of(uow, "C-1", at(4).day).fate(uow.submissions.get(again.id)) is Fate.REJECTED


def test_the_figures_of_the_board(place: Place) -> None:
    place.send("C-1", "001350", 1)
    place.send("C-2", "009350", 2)
    place.send("C-3", "", 3)
    with place.store.write() as uow:
        bill_submission(uow, 1, RATING, NOW)
    with place.store.read() as uow:
        since = NOW.at - timedelta(1)
        photos = {(c.verdict, c.kind, c.read): (c.count, c.day) for c in uow.figures.photos(since)}
        assert uow.figures.models(since) == [("counter-a.v1", 3)]
        assert uow.figures.bills(NOW.day) == (1, 0)
        assert uow.figures.photos(NOW.at + timedelta(1)) == []
        assert uow.figures.messages(since) == []
    assert photos == {
        ("accepted", "lcd", True): (1, NOW.at.date()),
        ("review", "lcd", True): (1, NOW.at.date()),
        ("retake", "lcd", False): (1, NOW.at.date()),
    }


def test_decisions_are_streamed(place: Place) -> None:
    stored = place.send("C-1", "001700", 1)
    with place.store.write() as uow:
        accept(uow, stored.id, CLERK, note="clear")
    with place.store.read() as uow:
        ((found, review),) = uow.submissions.decided(CLERK.at)
        assert list(uow.submissions.decided(CLERK.at + timedelta(1))) == []
    assert (found.id, review.decision, review.note) == (stored.id, Decision.ACCEPT, "clear")


def test_a_round(place: Place) -> None:
    mitra = at(2, "key:mitra")
    with place.store.read() as uow:
        assert books(uow) == ["B-1", "B-2"]
        doors = round_of(uow, "B-1", mitra)
    assert [(d.consumer_number, d.serial_number, d.done, d.phone) for d in doors] == [
        ("C-1", "M-C-1", False, False),
        ("C-2", "M-C-2", False, False),
    ]
    place.send("C-1", "001350", 1, mitra)
    with place.store.write() as uow:
        assert found(uow, "C-2", Finding.LOCKED, mitra.at - timedelta(hours=3), mitra)
        assert not found(uow, "C-2", Finding.LOCKED, mitra.at - timedelta(hours=3), mitra)
        assert [door.done for door in round_of(uow, "B-1", mitra)] == [True, True]
        assert [door.done for door in round_of(uow, "B-1", at(3, "key:mitra"))] == [False, False]


@pytest.mark.parametrize("days", [-LATE.days - 1, 1])
def test_a_visit_of_another_time_is_refused(place: Place, days: int) -> None:
    with pytest.raises(ConflictError, match="expected a visit of the last 7 days"), place.store.write() as uow:
        found(uow, "C-1", Finding.LOCKED, NOW.at + timedelta(days), NOW)
