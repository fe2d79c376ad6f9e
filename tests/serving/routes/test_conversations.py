"""What people write by WhatsApp is worked on after the answer, and answered over the stand-in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meterocr.metering.consumption import IST
from meterocr.workflow.inbox import MOST_ATTEMPTS
from meterocr.workflow.replies import Reply, reply
from meterocr.workflow.review import advice
from meterocr.workflow.taking import WANTED
from meterocr.workflow.wording import Language
from serving import inbox
from tests.serving.office import Clock as OfficeClock
from tests.serving.office import photo
from tests.serving.routes.chat import PHONE, Chat, text
from tests.store.book import put_connection, put_reading


def test_a_photo_is_answered_with_the_bill(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo())
    chat.arrive()
    (sent,) = chat.send()
    assert sent["type"] == "document"
    assert "C-1" in sent["document"]["caption"]
    with chat.desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 3
        assert uow.submissions.get(1).submission.key.startswith("whatsapp:wamid.")
    chat.arrive()  # the statuses
    (told,) = chat.desk.get("/v1/deliveries?consumer_number=C-1").json()["deliveries"]
    assert (told["state"], told["attempts"][0]["status"]) == ("sent", "read")
    assert chat.send() == []


@pytest.mark.parametrize(
    ("caption", "language"), [("", Language.HI), ("my meter", Language.EN), ("मेरा मीटर", Language.HI)]
)
def test_a_bad_photo_comes_back_marked_with_one_reason(chat: Chat, caption: str, language: Language) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo(""), caption)
    chat.arrive()
    (sent,) = chat.send()
    assert sent["type"] == "image"
    with chat.desk.office.store.read() as uow:
        reasons = advice(uow.submissions.get(1).submission)[language.value]
    assert [reason in sent["image"]["caption"] for reason in reasons] == [True] + [False] * (len(reasons) - 1)
    assert chat.standin.media[sent["image"]["id"]].startswith(b"\xff\xd8\xff")


def test_a_doubtful_photo_waits_for_a_person(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo("009350"))
    chat.arrive()
    (said,) = chat.said(chat.send())
    assert reply(Reply.LOOKED_AT, Language.HI) in said
    assert len(chat.desk.get("/v1/reviews").json()["reviews"]) == 1


def test_of_several_connections_it_is_asked_which(chat: Chat) -> None:
    with chat.desk.office.store.write() as uow:
        put_connection(uow, "C-2001")
        put_reading(uow, "C-2001", 1150, 1)
    chat.register("C-1", "C-2001")
    chat.standin.write_photo(PHONE, photo())
    chat.arrive()
    (said,) = chat.said(chat.send())
    assert reply(Reply.WHICH, Language.HI, "C-1, C-2001") in said
    chat.standin.write(PHONE, **text("what?"))
    chat.arrive()
    assert "C-1, C-2001" in chat.said(chat.send())[0]
    chat.standin.write(PHONE, **text("it is 2001 please"))
    chat.arrive()
    (sent,) = chat.send()
    assert sent["type"] == "document"
    assert "C-2001" in sent["document"]["caption"]
    assert "Dear" in sent["document"]["caption"]  # the language that they wrote in
    chat.standin.write(PHONE, **text("C-1"))  # nothing is asked any more
    chat.arrive()
    assert reply(Reply.HELP, Language.EN) in chat.said(chat.send())[0]


@pytest.mark.parametrize("asked", [False, True])
def test_a_reading_is_of_when_its_photo_was_sent(chat: Chat, asked: bool) -> None:
    """WhatsApp takes out when a photo was taken: the worker was down, or the connection was named days later."""
    office, clock = chat.desk.office, chat.desk.office.clock
    assert isinstance(clock, OfficeClock)
    chat.register("C-1")
    if asked:
        with office.store.write() as uow:
            put_connection(uow, "C-2")
        chat.register("C-2")
    sent = clock.now
    chat.standin.write_photo(PHONE, photo())
    if asked:
        chat.arrive()
    clock.now += timedelta(days=5)
    chat.standin.now += timedelta(days=5).total_seconds()
    if asked:
        chat.standin.write(PHONE, **text("C-1"))
    chat.arrive()
    with office.store.read() as uow:
        capture = uow.submissions.get(1).submission.capture
        assert uow.readings.of("C-1")[-1].reading.at == capture.received == sent.replace(microsecond=0)
        (bill,) = uow.bills.positions(["C-1"])["C-1"].bills
        assert (capture.closes, capture.closes - capture.opens) == (capture.received, WANTED)
        assert bill.period.end == sent.astimezone(IST).date()
        assert uow.bills.get(bill.number).bill.history[0].on == clock.now.astimezone(IST).date()


def test_a_clock_that_is_ahead_dates_no_reading_into_the_future(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.now += 3600
    chat.standin.write_photo(PHONE, photo())
    chat.arrive()
    with chat.desk.office.store.read() as uow:
        assert uow.readings.of("C-1")[-1].reading.at <= chat.desk.office.clock()


def test_the_caption_may_say_which(chat: Chat) -> None:
    with chat.desk.office.store.write() as uow:
        put_connection(uow, "C-2")
    chat.register("C-1", "C-2")
    chat.standin.write_photo(PHONE, photo(), "c-1")
    chat.arrive()
    assert "C-1" in chat.send()[0]["document"]["caption"]


def test_the_photo_of_a_stranger_is_for_no_connection(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo("+919800000001", photo(), "C-1")
    chat.arrive()
    (said,) = chat.said(chat.send())
    assert reply(Reply.UNKNOWN, Language.HI) in said
    with chat.desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 2


def test_who_says_stop_hears_nothing_more(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write(PHONE, **text(" Stop "))
    chat.arrive()
    assert chat.send() == []
    with chat.desk.office.store.read() as uow:
        assert uow.phones.connections(PHONE) == []


def test_what_is_no_photo(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, b"no photo at all", "hello there")
    chat.arrive()
    assert reply(Reply.NO_PHOTO, Language.EN) in chat.said(chat.send())[0]


def test_a_photo_that_cannot_be_fetched_is_tried_again(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo())
    chat.standin.faults.extend(["busy"])
    chat.arrive()
    assert chat.send() == []
    clock = chat.desk.office.clock
    assert isinstance(clock, OfficeClock)
    clock.now += timedelta(minutes=1)
    chat.work()
    assert chat.send()[0]["type"] == "document"


def test_given_up_in_the_end(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo())
    chat.standin.faults.extend(["busy"] * MOST_ATTEMPTS)
    chat.arrive()
    clock = chat.desk.office.clock
    assert isinstance(clock, OfficeClock)
    for _ in range(MOST_ATTEMPTS):
        clock.now += timedelta(hours=1)
        chat.work()
    assert reply(Reply.TROUBLE, Language.HI) in chat.said(chat.send())[0]


@pytest.mark.parametrize(
    "step",
    ["serving.inbox.work_on", "meterocr.workflow.listening.take_in", "meterocr.workflow.taking.bill_submission"],
)
def test_killed_and_begun_again(chat: Chat, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Killed before, within and after taking the photo in: one reading, one bill, one message."""
    chat.register("C-1")
    chat.standin.write_photo(PHONE, photo())

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(step, killed)
        with pytest.raises(Killed):
            chat.arrive()
    chat.arrive()
    assert chat.send() == []  # nobody else takes it up at once
    clock = chat.desk.office.clock
    assert isinstance(clock, OfficeClock)
    clock.now += timedelta(minutes=6)
    chat.work()
    assert [sent["type"] for sent in chat.send()] == ["document"]
    with chat.desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 3


def test_too_many_messages_of_one_phone_wait(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "A_MINUTE", 2)
    for _ in range(5):
        chat.standin.write(PHONE, **text("hello"))
    chat.standin.write("+919800000001", **text("hello"))
    chat.arrive()
    assert sorted(sent["to"] for sent in chat.send()) == ["+919800000001", PHONE, PHONE]
