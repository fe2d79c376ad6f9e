"""From a row of the outbox to the message: names, dates and amounts as people read them, and the bill as a PDF."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from meterocr.billing.bill import State
from meterocr.billing.money import NOTHING
from meterocr.errors import BillError, NotFoundError, PhotoError
from meterocr.metering.consumption import IST
from meterocr.workflow.messaging import Document, Message, Picture
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.ports import Store
from meterocr.workflow.wording import Language, MessageKind

Press = Callable[[str, Language], bytes]
"""From the number of a bill to its PDF."""

Mark = Callable[[int], bytes]
"""From the id of a submission to its photo, marked, as JPEG."""


@dataclass(frozen=True, slots=True)
class Composer:
    """A :data:`~meterocr.workflow.sending.Compose`. Safe from many threads.

    Attributes:
        language: of those who did not write in one themselves.
        mark: ``None`` where advice goes without a picture.
    """

    store: Store
    press: Press
    language: Language
    mark: Mark | None = None

    def __call__(self, row: OutboxRow) -> Message:
        """The message of a row.

        Raises:
            BillError: its bill was reversed.
            NotFoundError: what it is about is not there.
            ValueError: the payload of the row is not that of its kind.
        """
        payload = row.payload if isinstance(row.payload, dict) else {}
        return replace(self, language=self._spoken(row, payload)).written(row, payload)

    def _spoken(self, row: OutboxRow, payload: Mapping[str, object]) -> Language:
        """In which language somebody is written to: that of what is answered, or the one they wrote in last."""
        if "language" in payload:
            return Language(_text(payload, "language"))
        with self.store.read() as uow:
            return uow.inbox.language(row.recipient) or self.language

    def written(self, row: OutboxRow, payload: Mapping[str, object]) -> Message:
        """The message of a row in ``language``."""
        if row.kind is MessageKind.BILL:
            return self._bill(row, _text(payload, "bill"))
        if row.kind is MessageKind.PHOTO_REQUEST:
            until = datetime.fromisoformat(_text(payload, "closes")).astimezone(IST)
            return self._message(row, (self._name(row), row.consumer_number, f"{_day(until.date())}, {until:%H:%M}"))
        if row.kind is MessageKind.RETAKE:
            return self._retake(row, payload)
        return self._message(row, (_text(payload, "answer" if row.kind is MessageKind.ANSWER else "code"),))

    def _retake(self, row: OutboxRow, payload: Mapping[str, object]) -> Message:
        reasons = payload.get("reasons")
        advice = reasons.get(self.language.value) if isinstance(reasons, dict) else None
        told = advice if isinstance(advice, list) else []
        made = self._message(row, (row.consumer_number, " ".join(str(sentence) for sentence in told) or _BLANK))
        submission = payload.get("submission")
        if self.mark is None or not isinstance(submission, int):
            return made
        try:
            return replace(made, picture=Picture(self.mark(submission)))
        except (NotFoundError, PhotoError):  # erased since; the advice is worth sending without it
            return made

    def _bill(self, row: OutboxRow, number: str) -> Message:
        with self.store.read() as uow:
            stored = uow.bills.get(number)
        bill = stored.bill
        if bill.state is State.REVERSED:
            raise BillError(f"expected a bill that counts, got {number}, which was reversed")
        parameters = (
            bill.connection.consumer.name,
            bill.connection.consumer_number,
            f"{_day(bill.period.start)} – {_day(bill.period.end)}",
            str(max(bill.total, NOTHING)),
            _day(stored.due),
        )
        document = Document(f"bill-{number}.pdf", self.press(number, self.language))
        return self._message(row, parameters, document)

    def _message(self, row: OutboxRow, parameters: tuple[str, ...], document: Document | None = None) -> Message:
        return Message(row.key, row.recipient, self.language, row.kind, parameters, document)

    def _name(self, row: OutboxRow) -> str:
        with self.store.read() as uow:
            return uow.book.connection(row.consumer_number).consumer.name


_BLANK = "–"  # a field of a template may not be empty


def _day(day: date) -> str:
    """As dates are written in India, in both languages."""
    return f"{day:%d-%m-%Y}"


def _text(payload: Mapping[str, object], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected {name} in the row, got {sorted(payload)}")
    return value
