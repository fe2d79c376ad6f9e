"""The outbox is sent once: order, pace, every kind of refusal, what comes back, and what a lost answer leads to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from meterocr import errors
from meterocr.errors import ConflictError, DeliveryError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.workflow.deliveries import MOST_ATTEMPTS, record_status
from meterocr.workflow.messaging import Channel, Failure, FailureKind, Message, Status, StatusEvent
from meterocr.workflow.outbox import OutboxRow, OutboxState
from meterocr.workflow.pacing import Limits
from meterocr.workflow.phones import register_phone
from meterocr.workflow.sending import LONGEST_WAIT_S, PATIENCE, Sending, send_outbox
from meterocr.workflow.values.act import Act
from meterocr.workflow.wording import MessageKind
from tests.store.book import put_connection
from tests.workflow.letters import NOW, WIDE, Hands, Moved, compose, office, phone_of, put_rows, rows
from tests.workflow.people import registration

DOWN = errors.ChannelDownError("down", code=131016)
STOPPED = errors.ChannelStoppedError("token", code=190)


def last(store: SqlStore, main: Hands, sms: Hands | None = None, moved: Moved | None = None, **more: Limits) -> Sending:
    return list(send_outbox(office(store, main, sms, moved=moved or Moved(), **more)))[-1]


def states(store: SqlStore) -> dict[OutboxState, int]:
    with store.read() as uow:
        return dict(uow.outbox.counts())


def status_of(store: SqlStore, key: str, attempt: int = 1) -> Status:
    with store.read() as uow:
        return uow.outbox.get(key, attempt)[1].progress.status


def event(key: str, status: Status, *, message_id: str = "", kind: FailureKind | None = None) -> StatusEvent:
    failure = None if kind is None else Failure(kind, 1, "why")
    return StatusEvent(message_id or f"whatsapp-{key}", key, status, NOW + timedelta(minutes=1), failure)


def report(store: SqlStore, *events: StatusEvent) -> list[bool]:
    with store.write() as uow:
        return [record_status(uow, each, NOW + timedelta(minutes=1)) for each in events]


def test_everything_goes_once_and_in_order(store: SqlStore) -> None:
    put_rows(store, rows(9))
    main = Hands()
    steps = list(send_outbox(office(store, main, moved=Moved())))
    assert [step.left for step in steps] == [9, 5, 1, 0, 0]
    assert sorted(main.tried) == sorted(f"k-{n}" for n in range(9))
    assert set(main.tried[:4]) == {"k-0", "k-1", "k-2", "k-3"}
    assert states(store) == {OutboxState.SENT: 9}
    assert last(store, main).sent == 0
    assert len(main.tried) == 9


def test_the_limits_are_kept_and_the_finish_is_told(store: SqlStore) -> None:
    put_rows(store, rows(12))
    put_rows(store, [replace(row, key=f"again-{row.key}") for row in rows(1)])
    moved, limits = Moved(long_s=600), Limits(4, timedelta(seconds=6), 10)
    steps = list(send_outbox(office(store, Hands(), moved=moved, limits=limits)))
    assert steps[-1].sent == 13
    assert timedelta(hours=24) < steps[0].finish - NOW < timedelta(hours=24, minutes=1)
    assert steps[0].finish <= moved.time + timedelta(seconds=1)
    with store.read() as uow:
        handed = list(uow.outbox.handed(Channel.WHATSAPP, NOW))
    assert all(sum(at - timedelta(seconds=1) < h.at <= at for h in handed) <= 4 for at in {h.at for h in handed})
    first, again = (h.at for h in handed if h.recipient == phone_of(0))
    assert again - first >= timedelta(seconds=6)
    assert len({h.recipient for h in handed if h.at < NOW + timedelta(hours=24)}) == 10


def test_the_pace_survives_a_restart(store: SqlStore) -> None:
    limits = Limits(1000, timedelta(), 3)
    put_rows(store, rows(3))
    last(store, Hands(), limits=limits)
    put_rows(store, list(rows(4))[3:])
    moved = Moved(NOW + timedelta(minutes=5), long_s=600)
    assert last(store, Hands(), moved=moved, limits=limits).sent == 1
    assert NOW + timedelta(hours=24) <= moved.time <= NOW + timedelta(hours=24, minutes=10)
    assert max(moved.slept) == LONGEST_WAIT_S


@pytest.mark.parametrize(
    ("error", "state", "tries"),
    [
        (errors.RefusedError("no such template", code=132001), OutboxState.FAILED, 1),
        (errors.ThrottledError("second", code=130429, wait_s=1, recipient_only=False), OutboxState.SENT, 2),
        (errors.ThrottledError("recipient", code=131056, wait_s=6, recipient_only=True), OutboxState.SENT, 2),
        (errors.ThrottledError("calls", code=80007, wait_s=300, recipient_only=False), OutboxState.SENT, 2),
        (DOWN, OutboxState.SENT, 2),
        (errors.WindowClosedError("a template that is none", code=131047), OutboxState.FAILED, 1),
    ],
)
def test_what_a_refusal_leads_to(store: SqlStore, error: DeliveryError, state: OutboxState, tries: int) -> None:
    put_rows(store, rows(2))
    main = Hands(answers={"k-0": [error]})
    moved = Moved()
    done = last(store, main, moved=moved)
    assert Counter(main.tried) == {"k-0": tries, "k-1": 1}
    assert states(store).get(state, 0) == (1 if state is OutboxState.FAILED else 2)
    assert (done.failed, done.put_off) == ((1, 0) if state is OutboxState.FAILED else (0, 1))
    if isinstance(error, errors.ThrottledError):
        assert moved.time - NOW >= timedelta(seconds=error.wait_s)
    with store.read() as uow:
        failure = uow.outbox.get("k-0", 1)[1].progress.failure
    assert failure is not None
    assert (failure.code, failure.text) == (error.code, str(error))


def test_who_is_not_on_whatsapp_gets_an_sms(store: SqlStore) -> None:
    put_rows(store, rows(2))
    main, sms = Hands(answers={"k-0": [errors.NotReachableError("not there", code=131026)]}), Hands(Channel.SMS)
    done = last(store, main, sms)
    assert ([m.key for m in sms.sent], done.sent, done.by_sms) == (["k-0"], 2, 1)
    put_rows(store, list(rows(3))[2:])
    sms.answers["k-2"] = [errors.NotReachableError("not there either")]
    assert last(store, Hands(answers={"k-2": [errors.NotReachableError("x")]}), sms).failed == 1
    assert states(store) == {OutboxState.SENT: 2, OutboxState.FAILED: 1}


def test_the_window_is_used_and_a_closed_one_leads_to_the_template(store: SqlStore) -> None:
    put_rows(store, rows(2))
    code = OutboxRow("code", MessageKind.ONE_TIME_CODE, phone_of(5), "C-5", {})
    put_rows(store, [code])
    with store.write() as uow:
        for number in (0, 5):
            uow.phones.heard(phone_of(number), NOW - timedelta(hours=1))
            uow.phones.heard(phone_of(number), NOW - timedelta(hours=30))  # late webhooks change nothing
    main = Hands(answers={"k-0": [errors.WindowClosedError("closed", code=131047)]})
    last(store, main)
    assert main.tried.count("k-0") == 2
    assert {m.key: m.free_form for m in main.sent} == {"k-0": False, "k-1": False, "code": False}
    with store.read() as uow:
        assert uow.phones.last_heard([phone_of(0)]) == {}
        assert [uow.outbox.get("k-0", n)[1].free_form for n in (1, 2)] == [True, False]


def test_a_stopped_channel_stops_everything_and_loses_nothing(store: SqlStore) -> None:
    put_rows(store, rows(10))
    main = Hands(always=lambda _: STOPPED)
    done = last(store, main)
    assert (done.stopped, done.left, done.sent) == ("token", 10, 0)
    assert len(main.tried) == 4  # those that were on the way together
    assert last(store, Hands()).sent == 10


def test_a_channel_that_stays_down_is_left_alone(store: SqlStore) -> None:
    put_rows(store, rows(3))
    moved = Moved()
    done = last(store, Hands(always=lambda _: DOWN), moved=moved)
    assert done.stopped == "down"
    assert states(store) == {OutboxState.WAITING: 3}
    assert max(moved.slept) <= 3600


def test_a_message_is_given_up_after_many_attempts(store: SqlStore) -> None:
    put_rows(store, rows(2))
    main = Hands(always=lambda message: DOWN if message.key == "k-0" else None)
    done = last(store, main)  # first with the other one, then alone
    for later in range(1, MOST_ATTEMPTS):
        done = last(store, main, moved=Moved(NOW + timedelta(days=later)))
        if done.failed:
            break
    assert main.tried.count("k-0") == MOST_ATTEMPTS
    assert states(store) == {OutboxState.SENT: 1, OutboxState.FAILED: 1}


def test_a_lost_answer_waits_for_its_status(store: SqlStore) -> None:
    put_rows(store, rows(2))
    lost = errors.UncertainError("no answer")
    main = Hands(answers={"k-0": [lost], "k-1": [lost]})
    assert last(store, main).uncertain == 2
    assert last(store, main, moved=Moved(NOW + PATIENCE / 2)).sent == 0
    assert report(store, event("k-0", Status.SENT)) == [True]
    later = Moved(NOW + PATIENCE + timedelta(seconds=1))
    assert last(store, main, moved=later).sent == 1
    assert Counter(main.tried) == {"k-0": 1, "k-1": 2}
    assert states(store) == {OutboxState.SENT: 2}


def test_what_cannot_be_composed_is_for_a_person(store: SqlStore) -> None:
    put_rows(store, [replace(row, kind=MessageKind.RETAKE) for row in rows(1)])
    put_rows(store, list(rows(2))[1:])
    assert last(store, Hands()).failed == 1
    with store.read() as uow:
        failure = uow.outbox.get("k-0", 1)[1].progress.failure
    assert failure is not None
    assert failure.text.startswith("expected a row that can be composed, got: expected texts for consumer, advice")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.StoreError("the database is locked"), OutboxState.SENT),
        (NotFoundError("no such bill"), OutboxState.FAILED),
        (ConflictError("another one was first"), OutboxState.FAILED),
    ],
)
def test_a_store_that_is_away_for_a_moment_fails_no_message(
    store: SqlStore, error: errors.StoreError, state: OutboxState
) -> None:
    put_rows(store, rows(1))
    away = [error]

    def composed(row: OutboxRow) -> Message:
        if away:
            raise away.pop()
        return compose(row)

    main, moved = Hands(), Moved()
    list(send_outbox(replace(office(store, main, moved=moved), compose=composed)))
    assert states(store) == {state: 1}
    assert len(main.sent) == (state is OutboxState.SENT)


def test_what_is_of_no_use_any_more_is_dropped(store: SqlStore) -> None:
    put_rows(store, [replace(row, expires=NOW + timedelta(minutes=number)) for number, row in enumerate(rows(2))])
    done = last(store, Hands())
    assert (done.sent, done.dropped, done.left) == (1, 1, 0)


def test_dropped_and_redirected(store: SqlStore) -> None:
    put_rows(store, rows(4))
    with store.write() as uow:
        assert uow.outbox.drop(key="k-0") == 1
        assert uow.outbox.drop(key="k-0") == 0
        assert uow.outbox.drop(recipient=phone_of(1)) == 1
        uow.outbox.redirect("C-2", phone_of(9))
    main = Hands()
    assert last(store, main).sent == 2
    assert {message.to for message in main.sent} == {phone_of(9), phone_of(3)}
    with store.write() as uow:
        assert uow.outbox.drop(key="k-2") == 0  # it is sent


def test_statuses_twice_and_in_disorder(store: SqlStore) -> None:
    put_rows(store, rows(1))
    last(store, Hands())
    events = [event("k-0", s) for s in (Status.READ, Status.SENT, Status.DELIVERED)] * 2
    assert report(store, *events) == [True] * 6
    assert status_of(store, "k-0") is Status.READ
    assert report(store, event("other", Status.SENT)) == [False]


@pytest.mark.parametrize(
    ("kind", "state", "by_sms"),
    [
        (FailureKind.NOT_REACHABLE, OutboxState.WAITING, True),
        (FailureKind.CHANNEL_DOWN, OutboxState.WAITING, False),
        (FailureKind.CHANNEL_STOPPED, OutboxState.WAITING, False),
        (FailureKind.REFUSED, OutboxState.FAILED, False),
        (FailureKind.WINDOW_CLOSED, OutboxState.FAILED, False),
    ],
)
def test_a_failure_that_is_reported_later(store: SqlStore, kind: FailureKind, state: OutboxState, by_sms: bool) -> None:
    with store.write() as uow:
        put_connection(uow, "C-0")
        register_phone(uow, registration("C-0", phone_of(0)), Act("web", NOW))
    put_rows(store, rows(1))
    last(store, Hands())
    report(store, *[event("k-0", Status.FAILED, kind=kind)] * 2, event("k-0", Status.SENT))
    with store.read() as uow:
        entry, delivery = uow.outbox.get("k-0", 1)
    assert (entry.state, entry.by_sms, delivery.progress.status) == (state, by_sms, Status.FAILED)
    sms = Hands(Channel.SMS)
    last(store, Hands(mark="-2"), sms, moved=Moved(NOW + timedelta(hours=1)))
    assert len(sms.sent) == by_sms
    report(store, event("k-0", Status.FAILED, kind=kind))  # of the first attempt, and known
    assert states(store) == {OutboxState.FAILED if state is OutboxState.FAILED else OutboxState.SENT: 1}


def test_a_status_before_the_answer_stays(store: SqlStore) -> None:
    put_rows(store, rows(2))

    def early(message: Message) -> None:
        report(store, event(message.key, Status.DELIVERED) if message.key == "k-0" else failure)

    failure = event("k-1", Status.FAILED, kind=FailureKind.NOT_REACHABLE)
    sms = Hands(Channel.SMS)
    last(store, Hands(always=early), sms)
    assert status_of(store, "k-0") is Status.DELIVERED
    assert status_of(store, "k-1") is Status.FAILED
    assert [message.key for message in sms.sent] == ["k-1"]
    assert states(store) == {OutboxState.SENT: 2}


def test_the_same_attempt_twice_is_a_conflict(store: SqlStore) -> None:
    put_rows(store, rows(1))
    last(store, Hands())
    with store.read() as uow:
        entry, delivery = uow.outbox.get("k-0", 1)
    with pytest.raises(ConflictError), store.write() as uow:
        uow.outbox.claim([(entry, delivery)])
    with pytest.raises(NotFoundError, match="expected attempt 2 to send 'k-0', got none"), store.read() as uow:
        uow.outbox.get("k-0", 2)


def test_a_clock_that_is_behind(store: SqlStore) -> None:
    """Another machine sent last, and its clock is ahead."""
    put_rows(store, rows(1))
    last(store, Hands(), moved=Moved(NOW + timedelta(minutes=1)))
    put_rows(store, list(rows(2))[1:])
    assert last(store, Hands(), moved=Moved(NOW), limits=WIDE).sent == 1
