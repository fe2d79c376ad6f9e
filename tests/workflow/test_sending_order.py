"""What of the outbox goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from meterocr.store.database import SqlStore
from meterocr.workflow.messaging import WINDOW
from meterocr.workflow.outbox import OutboxRow
from meterocr.workflow.pacing import Limits
from meterocr.workflow.sending import LONGEST_WAIT_S, send_outbox
from meterocr.workflow.wording import MessageKind
from tests.workflow.letters import NOW, Hands, Moved, office, phone_of, put_rows, rows


def answer_to(store: SqlStore, number: int, at: datetime) -> OutboxRow:
    """Somebody wrote, and is answered."""
    with store.write() as uow:
        uow.phones.heard(phone_of(number), at)
    return OutboxRow(f"answer-{number}", MessageKind.ANSWER, phone_of(number), "", {}, expires=at + WINDOW)


def test_answers_go_while_others_wait_for_the_limit_of_the_day(store: SqlStore) -> None:
    """However many of them are ahead, for what is not urgent too, and also where somebody writes only later."""
    put_rows(store, rows(260))
    put_rows(store, [replace(answer_to(store, 777, NOW), expires=None)])
    later, limits = NOW + timedelta(minutes=5), Limits(1000, timedelta(), 3)
    moved, main, went = Moved(), Hands(), {}
    for sending in send_outbox(office(store, main, moved=moved, limits=limits)):
        went |= {message.key: moved.time - NOW for message in main.sent if message.key not in went}
        if sending.sent == 4:
            put_rows(store, [answer_to(store, 778, later)], later)
        if sending.sent == 5:
            break
    assert list(went) == ["k-0", "k-1", "k-2", "answer-777", "answer-778"]
    assert went["answer-777"] < timedelta(seconds=1)
    assert went["answer-778"] < timedelta(minutes=5, seconds=2 * LONGEST_WAIT_S)
    assert [message.free_form for message in main.sent] == [False] * 3 + [True] * 2
    assert len(moved.slept) < 70  # it does not look all the time


def test_codes_and_answers_do_not_wait_behind_bills(store: SqlStore) -> None:
    """A code is of use for ten minutes: behind a run of bills nobody could log in."""
    put_rows(store, rows(20))
    put_rows(store, [answer_to(store, 2000, NOW)])
    expires = NOW + timedelta(seconds=9)
    codes = [OutboxRow(f"code-{n}", MessageKind.ONE_TIME_CODE, phone_of(3000 + n), "", {}, expires) for n in range(2)]
    put_rows(store, codes)
    main = Hands()
    with store.write() as uow:
        due = [entry.row.key for entry in uow.outbox.due(NOW, 5)]
    assert due == ["code-0", "code-1", "answer-2000", "k-0", "k-1"]
    done = list(send_outbox(office(store, main, limits=Limits(1, timedelta(), None), moved=Moved())))[-1]
    assert (done.sent, done.dropped) == (23, 0)
