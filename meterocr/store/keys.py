"""Keys of programs in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from meterocr.store import schema
from meterocr.workflow.keys import KeyEntry, Scope


class SqlKeys:
    """As :class:`~meterocr.workflow.ports.people.Keys`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, entry: KeyEntry) -> None:
        """A new one."""
        values = {
            "key_id": entry.key_id,
            "name": entry.name,
            "scopes": " ".join(entry.scopes),
            "secret_hash": entry.secret_hash,
            "made_at": entry.made_at,
            "revoked_at": entry.revoked_at,
        }
        self._db.execute(insert(schema.api_keys).values(values))

    def find(self, key_id: str) -> KeyEntry | None:
        """By id, revoked ones too."""
        k = schema.api_keys
        row = self._db.execute(select(k).where(k.c.key_id == key_id)).mappings().first()
        return None if row is None else _entry(row)

    def all(self) -> list[KeyEntry]:
        """All of them, oldest first."""
        k = schema.api_keys
        return [_entry(row) for row in self._db.execute(select(k).order_by(k.c.made_at, k.c.key_id)).mappings()]

    def revoke(self, key_id: str, at: datetime) -> None:
        """It opens nothing any more."""
        k = schema.api_keys
        self._db.execute(update(k).where(k.c.key_id == key_id).values(revoked_at=at))


def _entry(row: RowMapping) -> KeyEntry:
    scopes = tuple(Scope(scope) for scope in row["scopes"].split())
    return KeyEntry(row["key_id"], row["name"], scopes, row["secret_hash"], row["made_at"], row["revoked_at"])
