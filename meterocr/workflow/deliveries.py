"""What follows from the outcome of an attempt to send: pure functions, and what channels report later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from meterocr.errors import (
    ChannelDownError,
    ChannelStoppedError,
    DeliveryError,
    NotReachableError,
    ThrottledError,
    WindowClosedError,
)
from meterocr.workflow.messaging import Accepted, Failure, FailureKind, Incoming, Status, StatusEvent, advance
from meterocr.workflow.outbox import Delivery, Entry, OutboxRow, OutboxState
from meterocr.workflow.phones import opt_out
from meterocr.workflow.ports import Store, UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.wording import MessageKind

MOST_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
_KINDS: Mapping[type[DeliveryError], FailureKind] = {
    NotReachableError: FailureKind.NOT_REACHABLE,
    WindowClosedError: FailureKind.WINDOW_CLOSED,
    ThrottledError: FailureKind.THROTTLED,
    ChannelDownError: FailureKind.CHANNEL_DOWN,
    ChannelStoppedError: FailureKind.CHANNEL_STOPPED,
}
STOP_WORDS = frozenset({"stop", "unsubscribe", "बंद", "बंद करें", "रोकें"})
"""Who writes one of these gets nothing any more."""


def failure_of(error: DeliveryError) -> Failure:
    """A refusal as the ledger keeps it; of a kind that is not known, the message is refused."""
    return Failure(_KINDS.get(type(error), FailureKind.REFUSED), error.code or 0, str(error))


def accepted(entry: Entry, delivery: Delivery, answer: Accepted, now: datetime) -> tuple[Entry, Delivery]:
    """A channel has the message. A status that came before the answer stays."""
    event = StatusEvent(answer.message_id, delivery.key, Status.ACCEPTED, now)
    message_id = _message_id(entry, delivery, answer.message_id)
    claimed = entry.state is OutboxState.CLAIMED and _is_latest(entry, delivery)
    sent = replace(entry, state=OutboxState.SENT) if claimed else entry
    return sent, replace(delivery, message_id=message_id, progress=advance(delivery.progress, event))


def failed(
    entry: Entry, delivery: Delivery, failure: Failure, now: datetime, *, moved: bool = False
) -> tuple[Entry, Delivery]:
    """The attempt failed, and the entry waits for the next one, or is given up.

    Not on WhatsApp: by SMS. Window closed: once more, which is a template then. Too fast, or out of order: again after
    a pause that doubles, at most :data:`MOST_ATTEMPTS` times. Stopped: it waits for a person to put that right.
    ``moved``: it was tried at another phone than it goes to now, of which the failure says nothing.
    """
    progress = advance(delivery.progress, StatusEvent(delivery.message_id, delivery.key, Status.FAILED, now, failure))
    after = replace(delivery, progress=progress)
    if progress.status is not Status.FAILED or not _is_latest(entry, delivery) or entry.state is OutboxState.DROPPED:
        return entry, after
    if moved:
        return replace(entry, state=OutboxState.WAITING, not_before=now), after
    return _next(entry, delivery, failure.kind, now), after


def _next(entry: Entry, delivery: Delivery, kind: FailureKind, now: datetime) -> Entry:
    waiting = replace(entry, state=OutboxState.WAITING, not_before=now)
    if kind is FailureKind.NOT_REACHABLE and not entry.by_sms:
        return replace(waiting, by_sms=True)
    if kind is FailureKind.CHANNEL_STOPPED or (kind is FailureKind.WINDOW_CLOSED and delivery.free_form):
        return waiting
    if kind in {FailureKind.THROTTLED, FailureKind.CHANNEL_DOWN} and entry.attempts < MOST_ATTEMPTS:
        return replace(waiting, not_before=now + pause(entry.attempts))
    return replace(entry, state=OutboxState.FAILED)


def pause(attempts: int) -> timedelta:
    """How long a message waits after so many attempts."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 7)), _LONGEST_PAUSE)


def take_reports(store: Store, statuses: Iterable[StatusEvent], incoming: Iterable[Incoming], act: Act) -> int:
    """All that one webhook brought, in one transaction; gives how many statuses are of messages of ours.

    Photos among what came in are for :func:`~meterocr.workflow.intake.submit`.
    """
    with store.write() as uow:
        # In the order of keys, as senders go, so that nobody waits for each other.
        ours = sum([record_status(uow, event, act.at) for event in sorted(statuses, key=lambda event: event.key)])
        for message in incoming:
            hear(uow, message, act)
    return ours


def record_status(uow: UnitOfWork, event: StatusEvent, now: datetime) -> bool:
    """What a channel reports of a message, in whatever order and however often; says whether it is one of ours."""
    found = uow.outbox.find(event.key, event.message_id)
    if found is None:
        return False
    entry, delivery = found
    was_sent = entry.state is OutboxState.SENT
    delivery = replace(delivery, message_id=_message_id(entry, delivery, event.message_id))
    if event.failure is not None:
        if delivery.progress.status is not Status.FAILED:  # the second report of a failure asks for nothing new
            entry, delivery = failed(entry, delivery, event.failure, now)
            _forget_window(uow, entry, delivery)
    else:
        delivery = replace(delivery, progress=advance(delivery.progress, event))
        if delivery.progress.status not in {Status.CLAIMED, Status.FAILED}:  # it went, whatever was thought of it
            entry = replace(entry, state=OutboxState.SENT)
    uow.outbox.save(entry, delivery)
    if was_sent and entry.state is OutboxState.WAITING:
        _readdress(uow, entry.row)
    return True


def _readdress(uow: UnitOfWork, row: OutboxRow) -> None:
    """What was sent and has to go again goes to the phone that is registered by now, or to nobody any more."""
    if not row.recipient:  # whose it was has been erased, and what it said
        uow.outbox.drop(key=row.key)
        return
    if not row.consumer_number or row.kind is MessageKind.ONE_TIME_CODE:
        return
    live = uow.phones.live(row.consumer_number)
    if live is None:
        uow.outbox.drop(key=row.key)
    elif live.registration.phone != row.recipient:
        uow.outbox.redirect(row.consumer_number, live.registration.phone)


def hear(uow: UnitOfWork, incoming: Incoming, act: Act) -> list[str]:
    """Somebody wrote: free answers may go for a while. One of :data:`STOP_WORDS` is an opt-out.

    Gives the connections whose phone it was, where it was an opt-out.
    """
    uow.phones.heard(incoming.sender, incoming.at)
    if incoming.photo is None and incoming.text.strip().casefold() in STOP_WORDS:
        return opt_out(uow, incoming.sender, act)
    return []


def _forget_window(uow: UnitOfWork, entry: Entry, delivery: Delivery) -> None:
    failure = delivery.progress.failure
    if failure is not None and failure.kind is FailureKind.WINDOW_CLOSED:
        uow.phones.heard(entry.row.recipient, None)


def _message_id(entry: Entry, delivery: Delivery, told: str) -> str:
    """What the channel calls an attempt; not of somebody who was erased, as WhatsApp's ids have the phone in them."""
    return delivery.message_id or (told if entry.row.recipient else "")


def _is_latest(entry: Entry, delivery: Delivery) -> bool:
    return entry.attempts == delivery.attempt
