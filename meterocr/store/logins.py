"""One-time codes by which people log in, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from meterocr.store import schema
from meterocr.workflow.values.phones import Login


class SqlLogins:
    """As :class:`~meterocr.workflow.ports.people.Logins`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, login: Login) -> int:
        """A code that is sent now; gives its id."""
        c = schema.login_codes
        values = {
            "phone": login.phone,
            "code_hash": login.code_hash,
            "sent_at": login.sent_at,
            "expires": login.expires,
            "wrong_codes": 0,
            "used": False,
        }
        return int(self._db.execute(insert(c).values(values).returning(c.c.id)).scalar_one())

    def latest(self, phone: str) -> tuple[int, Login] | None:
        """The last code that was sent to a phone; ``None`` where it was used."""
        c = schema.login_codes
        query = select(c).where(c.c.phone == phone).order_by(c.c.id.desc()).limit(1).with_for_update()
        row = self._db.execute(query).mappings().first()
        if row is None or row["used"]:
            return None
        return row["id"], Login(row["phone"], row["code_hash"], row["sent_at"], row["expires"])

    def count(self, phone: str, since: datetime) -> int:
        """How many codes were sent to a phone."""
        c = schema.login_codes
        query = select(func.count()).where(c.c.phone == phone, c.c.sent_at > since)
        return int(self._db.execute(query).scalar_one())

    def tried(self, login_id: int) -> int:
        """Count a wrong code; gives how many there were."""
        c = schema.login_codes
        counted = update(c).where(c.c.id == login_id).values(wrong_codes=c.c.wrong_codes + 1).returning(c.c.wrong_codes)
        return int(self._db.execute(counted).scalar_one())

    def use(self, login_id: int) -> None:
        """The code was right, and opens nothing any more."""
        c = schema.login_codes
        self._db.execute(update(c).where(c.c.id == login_id).values(used=True, code_hash=""))
