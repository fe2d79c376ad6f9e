"""Nothing of a person comes back after the erasure, whatever a channel reports of messages that went before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from meterocr.store import schema
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.erasure import erase_consumer
from meterocr.workflow.messaging import FailureKind, Message, Status
from meterocr.workflow.outbox import OutboxRow, OutboxState
from meterocr.workflow.phones import register_phone
from meterocr.workflow.wording import MessageKind
from tests.store.book import at, put_connection
from tests.workflow.letters import Hands, put_rows
from tests.workflow.people import registration
from tests.workflow.test_sending import event, last, report, states, status_of

PHONE = "+919812345678"
ROWS = [
    OutboxRow("k-1", MessageKind.PHOTO_REQUEST, PHONE, "C-1", {}),
    OutboxRow("k-2", MessageKind.ANSWER, PHONE, "", {}),
]


@pytest.fixture
def person(store: SqlStore, tmp_path: Path) -> PhotoFolder:
    with store.write() as uow:
        put_connection(uow, "C-1")
        register_phone(uow, registration("C-1", PHONE), at(1))
    put_rows(store, ROWS[:1])
    return PhotoFolder(tmp_path / "photos")


def message_ids(store: SqlStore) -> set[str]:
    with store.read() as uow:
        return set(uow.connection.execute(select(schema.deliveries.c.message_id)).scalars())


def test_reports_that_come_later_are_counted_and_name_nobody(store: SqlStore, person: PhotoFolder) -> None:
    last(store, Hands())
    assert message_ids(store) == {"whatsapp-k-1"}
    erase_consumer(store, person, "K-C-1", at(3))
    assert message_ids(store) == {""}
    assert report(store, event("k-1", Status.READ), event("", Status.READ, message_id="whatsapp-k-1")) == [True, False]
    assert (message_ids(store), status_of(store, "k-1")) == ({""}, Status.READ)


@pytest.mark.parametrize("number", [0, 1])
def test_what_fails_later_does_not_go_again(store: SqlStore, person: PhotoFolder, number: int) -> None:
    put_rows(store, ROWS[1:])
    last(store, Hands())
    erase_consumer(store, person, "K-C-1", at(3))
    with store.write() as uow:
        register_phone(uow, registration("C-1", "+919812345679"), at(3))
    key = ROWS[number].key
    assert report(store, event(key, Status.FAILED, kind=FailureKind.THROTTLED)) == [True]
    assert states(store) == {OutboxState.SENT: 1, OutboxState.DROPPED: 1}
    again = Hands()
    last(store, again)
    assert (again.tried, message_ids(store)) == ([], {""})


def test_a_message_that_is_on_its_way(store: SqlStore, person: PhotoFolder) -> None:
    def erased(_: Message) -> None:
        erase_consumer(store, person, "K-C-1", at(3))

    last(store, Hands(always=erased))
    assert (message_ids(store), states(store)) == ({""}, {OutboxState.DROPPED: 1})


def test_reports_that_an_earlier_version_kept(store: SqlStore, person: PhotoFolder) -> None:
    i = schema.inbox
    row = {"kind": "status", "sender": "", "language": "", "payload": "null", "attempts": 1}
    times = {"not_before": at(1).at, "created_at": at(1).at}
    with store.write() as uow:
        for state in ("done", "waiting"):
            uow.connection.execute(insert(i).values(key=f"read:2024:wamid.{state}", state=state, **row, **times))
    erase_consumer(store, person, "K-C-1", at(3))
    with store.read() as uow:
        assert list(uow.connection.execute(select(i.c.state)).scalars()) == ["waiting"]
