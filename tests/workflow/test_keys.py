"""Keys of programs: made, known again, revoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from meterocr.errors import ConflictError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.workflow.keys import KeyEntry, Scope, known_key, make_key, revoke_key
from tests.store.book import at


def made(store: SqlStore, *scopes: Scope, month: float = 0) -> tuple[str, KeyEntry]:
    with store.write() as uow:
        return make_key(uow, "app", scopes, at(month))


def known(store: SqlStore, key: str) -> KeyEntry | None:
    with store.read() as uow:
        return known_key(uow, key)


def test_made_and_known_again(store: SqlStore) -> None:
    key, entry = made(store, Scope.SUBMIT, Scope.READ, Scope.READ)
    assert entry.scopes == (Scope.READ, Scope.SUBMIT)
    assert known(store, key) == entry
    assert made(store, Scope.READ)[0] != key


def test_the_key_itself_is_nowhere(store: SqlStore) -> None:
    key, entry = made(store, Scope.READ)
    secret = key.split("_")[2]
    assert secret not in repr(entry)
    with store.read() as uow:
        for table in ("api_keys", "audit"):
            rows = str(uow.connection.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608
            assert entry.key_id in rows
            assert secret not in rows


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:0],
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.upper(),
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace(key[3:15], "0" * 12),
        lambda key: key + "\n",
        lambda key: f"{key}' OR 1=1 --",
    ],
)
def test_another_key_is_not_known(store: SqlStore, change: Callable[[str], str]) -> None:
    key, _ = made(store, Scope.READ)
    assert known(store, change(key)) is None


def test_revoked_once(store: SqlStore) -> None:
    key, entry = made(store, Scope.READ)
    with store.write() as uow:
        revoke_key(uow, entry.key_id, at(1))
    assert known(store, key) is None
    with store.read() as uow:
        (kept,) = uow.keys.all()
    assert kept.revoked_at == at(1).at
    with pytest.raises(ConflictError, match="expected a key that opens something"), store.write() as uow:
        revoke_key(uow, entry.key_id, at(2))
    with pytest.raises(NotFoundError, match="expected the id of a key"), store.write() as uow:
        revoke_key(uow, "0" * 12, at(2))


def test_all_of_them_oldest_first(store: SqlStore) -> None:
    later, sooner = made(store, Scope.READ, month=2)[1], made(store, Scope.ADMIN, month=1)[1]
    with store.read() as uow:
        assert uow.keys.all() == [sooner, later]


@pytest.mark.parametrize(("name", "scopes", "expected"), [(" ", (Scope.READ,), "whose key"), ("a", (), "one scope")])
def test_what_is_no_entry(name: str, scopes: tuple[Scope, ...], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        KeyEntry("0" * 12, name, scopes, "", at(0).at)
