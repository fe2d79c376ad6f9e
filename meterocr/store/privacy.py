"""What is known of a person leaves the database; what was billed stays."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select, update

from meterocr.errors import NotFoundError
from meterocr.store import schema
from meterocr.store.rows import read_json
from meterocr.workflow.inbox import ItemKind, ItemState
from meterocr.workflow.intake import FROM_WHATSAPP
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.values.connections import ERASED


class SqlPrivacy:
    """As :class:`~meterocr.workflow.ports.people.Privacy`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def loose_photos(self, consumer_id: str) -> list[str]:
        """Digests of a consumer's photos from which nothing was or will be billed."""
        s = schema.submissions
        loose = self._loose(consumer_id)
        mine = set(self._db.execute(select(s.c.sha256).where(s.c.id.in_(loose))).scalars())
        others = select(s.c.sha256).where(s.c.sha256.in_(mine), s.c.id.not_in(loose))
        return sorted(mine - set(self._db.execute(others).scalars()))

    def erase(self, consumer_id: str) -> None:
        """Name, address, phones, messages and answers about a consumer; what will not be billed, waits no more."""
        k, s = schema.consumers, schema.submissions
        done = self._db.execute(update(k).where(k.c.consumer_id == consumer_id).values(name=ERASED, address=""))
        if done.rowcount != 1:
            raise NotFoundError(f"expected a consumer that is registered, got {consumer_id!r}")
        self._db.execute(update(s).where(s.c.id.in_(self._loose(consumer_id))).values(waiting=False))
        numbers = list(self._db.execute(_numbers(consumer_id)).scalars())
        gone = self._erase_phones(numbers)
        o = schema.outbox
        theirs = update(o).where(o.c.consumer_number.in_(numbers) | o.c.recipient.in_(gone))
        self._db.execute(theirs.where(schema.OPEN).values(state=OutboxState.DROPPED.value))
        self._db.execute(theirs.values(recipient="", payload="{}"))
        self._erase_message_ids(numbers)
        self._erase_answers([consumer_id, *numbers])

    def _erase_phones(self, numbers: list[str]) -> set[str]:
        """Gives the phones that are of no other consumer."""
        p, h, i = schema.phones, schema.heard, schema.inbox
        own = set(self._db.execute(select(p.c.phone).where(p.c.consumer_number.in_(numbers))).scalars())
        self._db.execute(delete(p).where(p.c.consumer_number.in_(numbers)))
        gone = own - set(self._db.execute(select(p.c.phone).where(p.c.phone.in_(own))).scalars())
        self._db.execute(delete(h).where(h.c.phone.in_(gone)))
        self._db.execute(delete(i).where(i.c.sender.in_(gone)))
        self._db.execute(delete(schema.login_codes).where(schema.login_codes.c.phone.in_(gone)))
        return gone

    def _erase_message_ids(self, numbers: list[str]) -> None:
        """WhatsApp's name of a message is Base64 with the phone in it."""
        o, d, i, s = schema.outbox, schema.deliveries, schema.inbox, schema.submissions
        erased = d.c.key.in_(select(o.c.key).where(o.c.recipient == ""))
        self._db.execute(update(d).where(erased, d.c.message_id != "").values(message_id=""))
        # Reports of earlier versions have it in their keys; those that are done only say that they came before.
        done = i.c.kind == ItemKind.STATUS.value, i.c.state == ItemState.DONE.value
        self._db.execute(delete(i).where(*done, i.c.key.contains(":wamid.")))
        keys = select(s.c.id, s.c.key).where(s.c.consumer_number.in_(numbers), s.c.key.startswith(FROM_WHATSAPP))
        for number, key in self._db.execute(keys).all():
            digest = hashlib.sha256(key.encode()).hexdigest()
            self._db.execute(update(s).where(s.c.id == number).values(key=f"erased:{digest}"))

    def _erase_answers(self, names: list[str]) -> None:
        """What was answered about any of these is not told again; its digest goes too, as phones can be guessed by it.

        The name of the answer stays, so that a request that is sent once more is refused and not done anew.
        """
        a = schema.answers
        told = or_(*(a.c.body.contains(json.dumps(name, ensure_ascii=False), autoescape=True) for name in names))
        self._db.execute(update(a).where(told).values(body="", digest=""))

    def _loose(self, consumer_id: str) -> list[int]:
        """Submissions without a reading that counts, and that no bill names."""
        s, r, b = schema.submissions, schema.readings, schema.bills
        numbers = _numbers(consumer_id)
        lists = self._db.execute(select(b.c.submissions).where(b.c.consumer_number.in_(numbers))).scalars()
        billed = {number for text in lists for number in read_json(text)}
        counted = select(r.c.submission_id).where(
            r.c.consumer_number.in_(numbers), r.c.submission_id.is_not(None), r.c.withdrawn_at.is_(None)
        )
        query = select(s.c.id).where(s.c.consumer_number.in_(numbers), s.c.id.not_in(counted))
        return [number for number in self._db.execute(query).scalars() if number not in billed]


def _numbers(consumer_id: str) -> Select[Any]:
    c = schema.connections
    return select(c.c.consumer_number).where(c.c.consumer_id == consumer_id)
