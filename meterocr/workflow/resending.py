"""Messages that were given up, or never written, go into the outbox again: once a person has put right what was wrong.

They go to the phone that is registered now, and to nobody who opted out in the meantime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from meterocr.billing.bill import State
from meterocr.errors import BillError, ConflictError, NotFoundError
from meterocr.workflow.bills import bill_row, locked_bill, message_key
from meterocr.workflow.outbox import Entry, OutboxState
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.wording import MessageKind

_LASTING = frozenset(
    {MessageKind.BILL, MessageKind.PHOTO_REQUEST, MessageKind.RETAKE}
)  # codes and answers are over soon


@dataclass(frozen=True, slots=True)
class Resent:
    """Keys of what waits again, and why the others do not."""

    waiting: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def retry(uow: UnitOfWork, key: str, act: Act) -> Entry:
    """A message that was given up waits again. Attempts are counted on, so it gets one more before it is given up.

    Raises:
        NotFoundError: there is no such message, or its connection has no phone any more.
        ConflictError: it was not given up, or is a code or an answer, which is of no use later.
    """
    entry = _found(uow, key)
    if entry.state is not OutboxState.FAILED:
        raise ConflictError(f"expected a message that was given up, got {key}, which is {entry.state}")
    return _wait_again(uow, entry, act)


def retry_all(uow: UnitOfWork, keys: Sequence[str], act: Act) -> Resent:
    """The same for many: what cannot go again does not stop the others."""
    waiting: list[str] = []
    refused: list[tuple[str, str]] = []
    for key in sorted(keys):  # in the order of keys, as senders go, so that nobody waits for each other
        try:
            waiting.append(retry(uow, key, act).row.key)
        except (ConflictError, NotFoundError) as error:
            refused.append((key, str(error)))
    return Resent(tuple(waiting), tuple(refused))


def send_bill(uow: UnitOfWork, number: str, act: Act) -> Entry:
    """The message about a bill, for whoever registered a phone after it was issued, or again after an opt-out.

    Raises:
        BillError: it was reversed.
        ConflictError: its message waits or went already.
        NotFoundError: there is no such bill, or its connection has no phone.
    """
    bill, _ = locked_bill(uow, number)
    if bill.state is State.REVERSED:
        raise BillError(f"expected a bill that counts, got {number}, which was reversed")
    key, consumer_number = message_key(number), bill.connection.consumer_number
    entry = uow.outbox.entry(key)
    if entry is not None:
        if entry.state not in {OutboxState.FAILED, OutboxState.DROPPED}:
            raise ConflictError(f"expected a bill whose message did not go, got {number}, whose is {entry.state}")
        return _wait_again(uow, entry, act)
    uow.outbox.add([bill_row(bill, _phone(uow, consumer_number))], act.at)
    uow.log.write(act, "send_bill", number)
    return _found(uow, key)


def _wait_again(uow: UnitOfWork, entry: Entry, act: Act) -> Entry:
    row = entry.row
    if row.kind not in _LASTING:
        raise ConflictError(f"expected a message that is of use later, got {row.key}, which is a {row.kind} message")
    phone = _phone(uow, row.consumer_number)
    uow.outbox.save(replace(entry, state=OutboxState.WAITING, by_sms=False, not_before=act.at), None)
    uow.outbox.redirect(row.consumer_number, phone)
    uow.log.write(act, "retry", row.key)
    return _found(uow, row.key)


def _phone(uow: UnitOfWork, consumer_number: str) -> str:
    live = uow.phones.live(consumer_number)
    if live is None:
        raise NotFoundError(f"expected a phone of connection {consumer_number}, got none: register one first")
    return live.registration.phone


def _found(uow: UnitOfWork, key: str) -> Entry:
    entry = uow.outbox.entry(key)
    if entry is None:
        raise NotFoundError(f"expected a message in the outbox, got {key!r}")
    return entry
