"""Who has a phone that bills go to logs in with a one-time code."""

from __future__ import annotations

from datetime import timedelta

from meterocr.workflow.codes import is_code, new_code
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.phones import MOST_WRONG_CODES, CodeCheck
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.phones import Login
from meterocr.workflow.wording import MessageKind

VALID = timedelta(minutes=10)
MOST_AN_HOUR = 5
"""Codes that are sent to one phone."""


def send_code(uow: UnitOfWork, phone: str, act: Act) -> bool:
    """Send a code to a phone that is registered; says whether it was, which whoever asked must not be told."""
    code, code_hash = new_code()  # for every phone, so that the time it takes tells nothing
    connections = uow.phones.connections(phone)
    if not connections or uow.logins.count(phone, act.at - timedelta(hours=1)) >= MOST_AN_HOUR:
        return False
    login = uow.logins.add(Login(phone, code_hash, act.at, act.at + VALID))
    row = OutboxRow(
        f"login:{login}", MessageKind.ONE_TIME_CODE, phone, connections[0], {"code": code}, expires=act.at + VALID
    )
    uow.outbox.add([row], act.at)
    return True


def check_code(uow: UnitOfWork, phone: str, code: str, act: Act) -> CodeCheck:
    """The code as it was typed in. A wrong one is counted, so end the unit of work without raising."""
    found = uow.logins.latest(phone)
    if found is None or act.at > found[1].expires:
        return CodeCheck.EXPIRED
    login_id, login = found
    if uow.logins.tried(login_id) > MOST_WRONG_CODES:
        return CodeCheck.EXPIRED
    if not is_code(code, login.code_hash):
        return CodeCheck.WRONG
    uow.logins.use(login_id)
    return CodeCheck.CONFIRMED
