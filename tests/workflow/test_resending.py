"""What was given up goes again, once, to the phone that is registered now; and to nobody who opted out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meterocr.errors import BillError, ConflictError, NotFoundError, RefusedError
from meterocr.store.database import SqlStore
from meterocr.workflow.bills import reverse_bill
from meterocr.workflow.outbox import OutboxRow, OutboxState
from meterocr.workflow.phones import opt_out, register_phone
from meterocr.workflow.resending import retry, retry_all, send_bill
from meterocr.workflow.sending import send_outbox
from meterocr.workflow.wording import MessageKind
from tests.delivery.conftest import PHONE, message
from tests.store.book import at, issue_one
from tests.workflow.letters import Hands, Moved, office
from tests.workflow.people import registration

OTHER = "+919898989898"


@pytest.fixture
def number(store: SqlStore) -> str:
    """A bill of a connection that has no phone."""
    return issue_one(store).number


def put_phone(store: SqlStore, phone: str = PHONE) -> None:
    with store.write() as uow:
        register_phone(uow, registration("C-1", phone), at(2))


def send(store: SqlStore, *, refuse: bool = False) -> Hands:
    hands = Hands(always=lambda _: RefusedError("no") if refuse else None)
    post = office(store, hands, moved=Moved(at(3).at))
    list(send_outbox(replace(post, compose=lambda row: message(key=row.key, to=row.recipient))))
    return hands


def standing(store: SqlStore, key: str) -> tuple[str, str]:
    with store.write() as uow:
        entry = uow.outbox.entry(key)
        assert entry is not None
        return entry.state.value, entry.row.recipient


def test_a_bill_for_a_phone_that_came_later_goes_once(store: SqlStore, number: str) -> None:
    with store.write() as uow, pytest.raises(NotFoundError, match="expected a phone of connection C-1"):
        send_bill(uow, number, at(2))
    put_phone(store, OTHER)
    with store.write() as uow:
        assert send_bill(uow, number, at(2)).row.recipient == OTHER
    with store.write() as uow, pytest.raises(ConflictError, match="whose is waiting"):
        send_bill(uow, number, at(2))
    assert send(store).tried == [f"bill:{number}"]
    with store.write() as uow, pytest.raises(ConflictError, match="whose is sent"):
        send_bill(uow, number, at(2))
    assert send(store).tried == []


def test_a_bill_that_does_not_count_is_not_sent(store: SqlStore, number: str) -> None:
    put_phone(store)
    with store.write() as uow:
        reverse_bill(uow, number, "wrong meter", at(2))
    with store.write() as uow, pytest.raises(BillError, match="which was reversed"):
        send_bill(uow, number, at(2))


def test_what_was_given_up_goes_to_the_phone_of_now(store: SqlStore, number: str) -> None:
    put_phone(store)
    key = f"bill:{number}"
    with store.write() as uow:
        send_bill(uow, number, at(2))
    assert send(store, refuse=True).sent == []
    put_phone(store, OTHER)
    with store.write() as uow:
        assert retry(uow, key, at(3)).row.recipient == OTHER
    with store.write() as uow, pytest.raises(ConflictError, match="which is waiting"):
        retry(uow, key, at(3))
    assert [sent.to for sent in send(store).sent] == [OTHER]


def test_who_opted_out_gets_nothing_until_there_is_a_phone_again(store: SqlStore, number: str) -> None:
    put_phone(store, OTHER)
    key = f"bill:{number}"
    with store.write() as uow:
        send_bill(uow, number, at(2))
    send(store, refuse=True)
    with store.write() as uow:
        opt_out(uow, OTHER, at(3))
    with store.write() as uow, pytest.raises(NotFoundError, match="register one first"):
        retry(uow, key, at(3))
    assert standing(store, key)[0] == OutboxState.FAILED
    put_phone(store)
    with store.write() as uow:
        send_bill(uow, number, at(3))
    assert standing(store, key) == ("waiting", PHONE)


def test_a_bill_that_an_opt_out_dropped_may_be_sent_later(store: SqlStore, number: str) -> None:
    put_phone(store, OTHER)
    with store.write() as uow:
        send_bill(uow, number, at(2))
        opt_out(uow, OTHER, at(2))
    assert standing(store, f"bill:{number}")[0] == OutboxState.DROPPED
    put_phone(store)
    with store.write() as uow:
        send_bill(uow, number, at(3))
    assert len(send(store).sent) == 1


def test_all_at_once_but_what_is_over(store: SqlStore, number: str) -> None:
    put_phone(store)
    with store.write() as uow:
        send_bill(uow, number, at(2))
        code = OutboxRow("code:1", MessageKind.ONE_TIME_CODE, OTHER, "C-1", {"code": "123456"})
        uow.outbox.add([code], at(2).at)
    send(store, refuse=True)
    with store.write() as uow:
        failed = [entry.row.key for entry, _ in uow.outbox.of_state(OutboxState.FAILED, 10)]
        done = retry_all(uow, [*failed, "none"], at(3))
    assert done.waiting == (f"bill:{number}",)
    assert [key for key, _ in done.refused] == ["code:1", "none"]
    assert "of use later" in done.refused[0][1]
