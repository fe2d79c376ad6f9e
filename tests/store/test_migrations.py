"""Databases of earlier versions: what is in them is there afterwards."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from meterocr.store import database
from meterocr.store.database import migrate, open_store

_ROW = (
    "INSERT INTO outbox (key, kind, recipient, consumer_number, payload, expires_at, state, by_sms, attempts, "
    "not_before, created_at) VALUES (:key, :kind, '+919812345678', '', '{}', :expires, 'waiting', false, 0, :at, :at)"
)


def test_messages_that_wait_get_their_urgency(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(database.command, "upgrade", lambda config, _revision: upgrade(config, "0005"))
        migrate(url)
    engine = create_engine(url)
    at = "2024-09-01T00:00:00.000000Z"
    with engine.begin() as connection:
        for key, kind, expires in [("a", "bill", None), ("b", "answer", at), ("c", "one_time_code", at)]:
            connection.execute(text(_ROW), {"key": key, "kind": kind, "expires": expires, "at": at})
    engine.dispose()
    migrate(url)
    store = open_store(url)
    with store.read() as uow:
        assert [(row.key, row.urgency) for row in uow.outbox.waiting(9)] == [("a", 2), ("b", 1), ("c", 0)]
        assert uow.connection.execute(text("SELECT key, urgency FROM outbox ORDER BY urgency")).all() == [
            ("c", 0),
            ("b", 1),
            ("a", 2),
        ]
    store.close()
