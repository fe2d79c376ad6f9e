"""The inbox in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from meterocr.billing.canonical import Json
from meterocr.store import schema
from meterocr.store.rows import insert_new, written
from meterocr.workflow.inbox import CLAIM, Item, ItemKind, ItemState, NewItem
from meterocr.workflow.wording import Language


class SqlInbox:
    """As :class:`~meterocr.workflow.ports.messages.Inbox`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, items: Iterable[NewItem], at: datetime) -> None:
        """What came in now; a key that is there is left as it is."""
        rows = (
            {
                "key": item.key,
                "kind": item.kind.value,
                "sender": item.sender,
                "language": item.language or "",
                "payload": written(item.payload),
                "state": ItemState.WAITING.value,
                "attempts": 0,
                "not_before": at,
                "created_at": at,
            }
            for item in items
        )
        insert_new(self._db, schema.inbox, rows)

    def claim(self, at: datetime) -> Item | None:
        """The oldest one that may be taken up; nobody else gets it for a while."""
        i = schema.inbox
        query = select(i).where(schema.INBOX_OPEN, i.c.not_before <= at).order_by(i.c.not_before, i.c.id).limit(1)
        row = self._db.execute(query.with_for_update(skip_locked=True)).mappings().first()
        if row is None:
            return None
        claimed = {"attempts": row["attempts"] + 1, "not_before": at + CLAIM}
        self._db.execute(update(i).where(i.c.id == row["id"]).values(claimed))
        return _item(row, row["attempts"] + 1)

    def put_off(self, item_id: int, until: datetime, attempts: int) -> None:
        """It is taken up again from then on, with so many attempts counted."""
        i = schema.inbox
        self._db.execute(update(i).where(i.c.id == item_id).values(not_before=until, attempts=attempts))

    def settle(self, item_id: int, state: ItemState) -> None:
        """Where it stands now. Of what is over, only its key and sender are kept."""
        i = schema.inbox
        over = {"payload": "null"} if state in {ItemState.DONE, ItemState.FAILED} else {}
        self._db.execute(update(i).where(i.c.id == item_id).values(state=state.value, **over))

    def asked(self, sender: str) -> list[Item]:
        """The photos whose sender is asked for which connection they are; others are kept from them."""
        i = schema.inbox
        query = select(i).where(i.c.sender == sender, i.c.state == ItemState.ASKED.value).order_by(i.c.id)
        return [_item(row, row["attempts"]) for row in self._db.execute(query.with_for_update()).mappings()]

    def resume(self, item_id: int, payload: Json, at: datetime) -> None:
        """It is worked on anew, with what is known of it by now."""
        i = schema.inbox
        anew = {"state": ItemState.WAITING.value, "payload": written(payload), "attempts": 0, "not_before": at}
        self._db.execute(update(i).where(i.c.id == item_id).values(anew))

    def language(self, sender: str) -> Language | None:
        """In which somebody wrote last."""
        i = schema.inbox
        query = select(i.c.language).where(i.c.sender == sender, i.c.language != "").order_by(i.c.id.desc()).limit(1)
        found = self._db.execute(query).scalar()
        return None if found is None else Language(found)


def _item(row: RowMapping, attempts: int) -> Item:
    language = Language(row["language"]) if row["language"] else None
    new = NewItem(row["key"], ItemKind(row["kind"]), row["sender"], language, json.loads(row["payload"]))
    return Item(row["id"], new, attempts)
