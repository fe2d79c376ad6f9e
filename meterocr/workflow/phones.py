"""Phones of connections: consent, one-time code, change, opt-out."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.errors import ConflictError
from meterocr.workflow.codes import is_code, new_code
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.phones import OPT_OUT, PhoneEntry
from meterocr.workflow.wording import MessageKind

CODE_VALID = timedelta(minutes=15)
MOST_WRONG_CODES = 5


class CodeCheck(StrEnum):
    """What came of a code that was sent in."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    EXPIRED = "expired"  # or too many wrong ones, or none asked for: register again


def register_phone(uow: UnitOfWork, registration: PhoneRegistration, act: Act) -> bool:
    """A phone for the bills of a connection, in place of the one before; says whether it is live at once.

    Who registers from home gets a one-time code by WhatsApp first; what the meter reader or the office enters holds.
    A consent that comes in late, from a round without network, does not undo what was said since.

    Raises:
        ConflictError: since the consent the phone has opted out, or one was registered for the connection.
        NotFoundError: there is no such connection.
    """
    number, agreed = registration.consumer_number, registration.consented_at
    uow.book.lock([number])
    said = uow.phones.last_word(number, registration.phone)
    if said is not None and agreed < said:
        raise ConflictError(f"expected a consent of {said.isoformat()} or later, got one of {agreed.isoformat()}")
    uow.log.write(act, "phone", number, {"how": registration.how.value})
    if registration.how is not Registrar.CONSUMER:
        uow.phones.add(PhoneEntry(registration))
        uow.outbox.redirect(number, registration.phone)
        return True
    expires = act.at + CODE_VALID
    code, code_hash = new_code()
    phone_id = uow.phones.add(PhoneEntry(registration, code_hash, expires))
    row = OutboxRow(
        f"code:{phone_id}", MessageKind.ONE_TIME_CODE, registration.phone, number, {"code": code}, expires=expires
    )
    uow.outbox.add([row], act.at)
    return False


def confirm_phone(uow: UnitOfWork, consumer_number: str, code: str, act: Act) -> CodeCheck:
    """The one-time code as it was sent in. A wrong one is counted, so end the unit of work without raising."""
    uow.book.lock([consumer_number])
    pending = uow.phones.pending(consumer_number)
    if pending is None:
        return CodeCheck.EXPIRED
    phone_id, entry = pending
    if entry.code_expires is None or act.at > entry.code_expires:
        return CodeCheck.EXPIRED
    if uow.phones.tried(phone_id) > MOST_WRONG_CODES:
        return CodeCheck.EXPIRED
    if not is_code(code, entry.code_hash):
        return CodeCheck.WRONG
    uow.phones.confirm(phone_id, act.at)
    uow.outbox.redirect(consumer_number, entry.registration.phone)
    uow.log.write(act, "phone_confirmed", consumer_number)
    return CodeCheck.CONFIRMED


def opt_out(uow: UnitOfWork, phone: str, act: Act) -> list[str]:
    """A phone gets nothing any more, nor what waits to be sent; gives the connections that it was for."""
    uow.outbox.drop(recipient=phone)
    connections = uow.phones.end(phone, act.at, OPT_OUT)
    for number in connections:
        uow.log.write(act, "opt_out", number)
    return connections
