"""Photos from a phone with several connections: each goes to the connection that was named for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from meterocr.metering.consumption import IST
from meterocr.workflow.inbox import MOST_ATTEMPTS
from meterocr.workflow.replies import Reply, reply
from meterocr.workflow.taking import WANTED
from meterocr.workflow.wording import Language
from tests.serving.office import Clock as OfficeClock
from tests.serving.office import photo
from tests.serving.routes.chat import PHONE, Chat, text
from tests.store.book import put_connection, put_reading

BOTH = "C-1, C-2001"


@pytest.fixture
def two(chat: Chat) -> Chat:
    """A phone with two connections, whose meters showed 1150 last."""
    with chat.desk.office.store.write() as uow:
        put_connection(uow, "C-2001")
        put_reading(uow, "C-2001", 1150, 1)
    chat.register("C-1", "C-2001")
    return chat


def send_photo(chat: Chat, value: str) -> str:
    """Gives the id of the message."""
    chat.standin.now += 1
    clock_of(chat).now += timedelta(seconds=1)
    chat.standin.write_photo(PHONE, photo(value))
    chat.arrive()
    return f"wamid.in{chat.standin.written}"


def answers(chat: Chat, word: str, reply_to: str = "") -> list[str]:
    """What is sent after somebody wrote."""
    chat.standin.write(PHONE, **text(word), **({"context": {"id": reply_to}} if reply_to else {}))
    chat.arrive()
    return chat.said(chat.send())


def clock_of(chat: Chat) -> OfficeClock:
    clock = chat.desk.office.clock
    assert isinstance(clock, OfficeClock)
    return clock


def read(chat: Chat) -> dict[str, list[str]]:
    with chat.desk.office.store.read() as uow:
        return {n: [s.submission.text for s in uow.submissions.of(n, 9)] for n in ("C-1", "C-2001")}


def asked(which: Reply, chat: Chat, **ago: Any) -> str:
    when = f"{(clock_of(chat).now - timedelta(**ago)).astimezone(IST):%d-%m-%Y, %H:%M}"
    return reply(which, Language.HI, BOTH, when=when)


def test_each_answer_is_for_the_photo_that_was_asked_about(two: Chat) -> None:
    send_photo(two, "001350")
    send_photo(two, "001360")
    alone, first = two.said(two.send())
    assert asked(Reply.WHICH, two) in alone
    assert asked(Reply.WHICH_FIRST, two) in first
    following, bill = answers(two, "C-1")  # a question is more urgent
    assert "C-1" in bill
    assert asked(Reply.WHICH_NEXT, two) in following
    assert read(two) == {"C-1": ["001350"], "C-2001": []}
    (bill,) = answers(two, "C-2001")
    assert "C-2001" in bill
    assert read(two) == {"C-1": ["001350"], "C-2001": ["001360"]}
    assert reply(Reply.HELP, Language.HI) in answers(two, "C-1")[0]


def test_both_answers_at_once(two: Chat) -> None:
    send_photo(two, "001350")
    send_photo(two, "001360")
    for word in ("C-1", "C-2001"):
        two.standin.write(PHONE, **text(word))
        two.arrive()
    assert read(two) == {"C-1": ["001350"], "C-2001": ["001360"]}


def test_an_answer_stays_with_its_photo_while_that_cannot_be_fetched(two: Chat) -> None:
    send_photo(two, "001350")
    send_photo(two, "001360")
    two.standin.faults.extend(["busy"])
    for word in ("C-1", "C-2001"):
        two.standin.write(PHONE, **text(word))
        two.arrive()
    assert read(two) == {"C-1": [], "C-2001": ["001360"]}
    clock_of(two).now += timedelta(minutes=1)
    two.work()
    assert read(two) == {"C-1": ["001350"], "C-2001": ["001360"]}


def test_after_one_that_is_given_up_the_next_is_asked_about(two: Chat) -> None:
    send_photo(two, "001350")
    send_photo(two, "001360")
    two.send()
    two.standin.faults.extend(["busy"] * MOST_ATTEMPTS)
    assert answers(two, "C-1") == []
    for _ in range(MOST_ATTEMPTS):
        clock_of(two).now += timedelta(hours=1)
        two.work()
    trouble, following = two.said(two.send())
    assert reply(Reply.TROUBLE, Language.HI) in trouble
    assert asked(Reply.WHICH_NEXT, two, hours=MOST_ATTEMPTS) in following


def test_a_reply_to_a_photo_or_to_its_question_is_for_that_photo(two: Chat) -> None:
    send_photo(two, "001350")
    question = two.send()[0]["id"]
    second = send_photo(two, "001360")
    two.send()
    following, bill = answers(two, "C-2001", second)
    assert "C-2001" in bill
    assert asked(Reply.WHICH_NEXT, two, seconds=1) in following
    assert "C-1" in answers(two, "C-1", question)[0]
    assert read(two) == {"C-1": ["001350"], "C-2001": ["001360"]}


@pytest.mark.parametrize("to_the_photo", [False, True])
def test_a_reply_about_a_photo_that_is_dealt_with_is_for_no_other(two: Chat, to_the_photo: bool) -> None:
    first = send_photo(two, "001350")
    question = two.send()[0]["id"]
    send_photo(two, "001360")
    answers(two, "C-1")
    (again,) = answers(two, "C-2001", first if to_the_photo else question)
    assert asked(Reply.WHICH, two) in again
    assert read(two) == {"C-1": ["001350"], "C-2001": []}
    assert "C-2001" in answers(two, "C-2001")[0]


def test_a_caption_says_which_while_others_wait(two: Chat) -> None:
    send_photo(two, "001350")
    two.standin.write_photo(PHONE, photo("001360"), "C-2001")
    two.arrive()
    answers(two, "C-1")
    assert read(two) == {"C-1": ["001350"], "C-2001": ["001360"]}


def test_who_was_asked_a_week_ago_is_not_any_more(two: Chat) -> None:
    """What they write then is meant for another photo."""
    send_photo(two, "001350")
    two.send()
    clock_of(two).now += WANTED
    two.standin.now += WANTED.total_seconds()
    send_photo(two, "001360")
    (question,) = two.said(two.send())
    assert asked(Reply.WHICH, two) in question
    answers(two, "C-2001")
    assert read(two) == {"C-1": [], "C-2001": ["001360"]}


def test_a_photo_that_was_asked_about_before_there_were_replies(two: Chat) -> None:
    send_photo(two, "001350")
    with two.desk.office.store.write() as uow:
        (item,) = uow.inbox.asked(PHONE)
        assert isinstance(item.new.payload, dict)
        before = {name: value for name, value in item.new.payload.items() if name != "reply_to"}
        uow.inbox.resume(item.id, before, clock_of(two).now)
    two.work()
    answers(two, "C-1")
    assert read(two)["C-1"] == ["001350"]


def test_of_many_connections_the_first_ones_are_listed(chat: Chat) -> None:
    numbers = [f"DHN{number:08}" for number in range(400)]
    with chat.desk.office.store.write() as uow:
        for number in numbers:
            put_connection(uow, number)
    chat.register(*numbers)
    chat.standin.write_photo(PHONE, photo())
    chat.arrive()
    (said,) = chat.said(chat.send())
    assert reply(Reply.WHICH, Language.HI, ", ".join(numbers[:20])) in said
    assert reply(Reply.OTHERS, Language.HI, "380") in said
    chat.standin.write(PHONE, **text(numbers[399]))
    chat.arrive()
    with chat.desk.office.store.read() as uow:
        assert len(uow.submissions.of(numbers[399], 9)) == 1
