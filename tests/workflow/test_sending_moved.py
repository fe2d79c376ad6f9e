"""A phone opts out, or another one takes its place, while a message is on its way or after it was sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from meterocr import errors
from meterocr.errors import DeliveryError
from meterocr.store.database import SqlStore
from meterocr.workflow.messaging import Channel, FailureKind, Message, Status
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.phones import opt_out, register_phone
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.sending import PATIENCE
from meterocr.workflow.values.act import Act
from tests.store.book import put_connection
from tests.workflow.letters import NOW, Hands, Moved, phone_of, put_rows, rows
from tests.workflow.people import registration
from tests.workflow.test_sending import DOWN, event, last, report, states, status_of

ACT = Act("web", NOW)
LOST = errors.UncertainError("no answer")
THROTTLED = errors.ThrottledError("second", code=130429, wait_s=1, recipient_only=False)


def during(store: SqlStore, act: Callable[[UnitOfWork], object], outcome: DeliveryError | None) -> Hands:
    """A messenger: while it has the first message, something happens, and then its answer is ``outcome``."""

    def answer(_: Message) -> DeliveryError | None:
        if len(main.tried) > 1:
            return None
        with store.write() as uow:
            act(uow)
        return outcome

    main = Hands(always=answer)
    return main


def send_all(store: SqlStore, main: Hands) -> None:
    """Now, and again when a lost answer's time is over."""
    for moved in (Moved(), Moved(NOW + PATIENCE + timedelta(minutes=1))):
        last(store, main, moved=moved)


@pytest.mark.parametrize("outcome", [LOST, THROTTLED, DOWN, errors.NotReachableError("not there"), None])
def test_who_opts_out_while_a_message_is_on_its_way_gets_it_at_most_once(
    store: SqlStore, outcome: DeliveryError | None
) -> None:
    put_rows(store, rows(1))
    main = during(store, lambda uow: opt_out(uow, phone_of(0), ACT), outcome)
    send_all(store, main)
    assert main.tried == ["k-0"]
    assert states(store) == {OutboxState.DROPPED: 1}
    assert status_of(store, "k-0") in {Status.ACCEPTED, Status.CLAIMED, Status.FAILED}


@pytest.mark.parametrize(
    "outcome", [LOST, THROTTLED, DOWN, errors.NotReachableError("not there"), errors.RefusedError("no such phone")]
)
def test_a_message_that_failed_on_its_way_to_the_old_phone_goes_to_the_new_one(
    store: SqlStore, outcome: DeliveryError
) -> None:
    put_rows(store, rows(1))
    main = during(store, lambda uow: uow.outbox.redirect("C-0", phone_of(9)), outcome)
    send_all(store, main)
    assert main.tried == ["k-0"] * 2
    assert [message.to for message in main.sent] == [phone_of(9)]
    assert states(store) == {OutboxState.SENT: 1}


@pytest.mark.parametrize("outcome", [LOST, None])
def test_a_message_that_reached_the_old_phone_does_not_go_to_the_new_one_too(
    store: SqlStore, outcome: DeliveryError | None
) -> None:
    put_rows(store, rows(1))
    main = during(store, lambda uow: uow.outbox.redirect("C-0", phone_of(9)), outcome)
    last(store, main)
    report(store, event("k-0", Status.DELIVERED))
    last(store, main, moved=Moved(NOW + PATIENCE + timedelta(minutes=1)))
    assert main.tried == ["k-0"]
    assert states(store) == {OutboxState.SENT: 1}


@pytest.mark.parametrize("changed", [True, False])
def test_what_fails_after_it_was_sent_goes_to_whoever_is_registered_then(store: SqlStore, changed: bool) -> None:
    with store.write() as uow:
        put_connection(uow, "C-0")
        register_phone(uow, registration("C-0", phone_of(0)), ACT)
    put_rows(store, rows(1))
    main = Hands()
    last(store, main)
    with store.write() as uow:
        if changed:
            register_phone(uow, registration("C-0", phone_of(9)), ACT)
        else:
            opt_out(uow, phone_of(0), ACT)
    report(store, event("k-0", Status.FAILED, kind=FailureKind.NOT_REACHABLE))
    sms = Hands(Channel.SMS)
    last(store, main, sms)
    assert [message.to for message in main.sent] == [phone_of(0)] + [phone_of(9)] * changed
    assert sms.tried == []
    assert states(store) == {OutboxState.SENT if changed else OutboxState.DROPPED: 1}
