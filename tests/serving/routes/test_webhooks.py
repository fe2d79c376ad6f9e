"""WhatsApp comes in: signed, kept once, worked on after the answer, and answered over the stand-in."""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.delivery.whatsapp.client import Retries, WhatsApp
from meterocr.store import schema
from meterocr.workflow.composing import Composer
from meterocr.workflow.inbox import MOST_ATTEMPTS
from meterocr.workflow.listening import Listener
from meterocr.workflow.messaging import Channel
from meterocr.workflow.pacing import Limits
from meterocr.workflow.phones import register_phone
from meterocr.workflow.replies import Reply, language_of, reply
from meterocr.workflow.review import advice
from meterocr.workflow.sending import Clock, PostOffice, Route, send_outbox
from meterocr.workflow.wording import Language
from serving import inbox
from serving.desk import ReadingDesk
from serving.inbox import InboxWorker, WhatsAppDoor
from serving.logs import JsonFormatter
from serving.place import Place
from serving.settings import ServeSettings
from tests.delivery.conftest import SETTINGS
from tests.serving.conftest import KnownReader
from tests.serving.office import Clock as OfficeClock
from tests.serving.office import Desk, make_office, photo
from tests.serving.test_errors import check_failure
from tests.store.book import put_connection, put_reading
from tests.whatsapp_standin import VERIFY_TOKEN, StandIn, sign, webhook_body
from tests.workflow.letters import Hands

PATH = "/v1/webhooks/whatsapp"
NOT_UNDERSTOOD: dict[str, Any] = {"messages": [{"type": "text"}, 3, None], "statuses": [{"status": "eaten"}]}
PHONE = "+919812345678"
HEAD = {"authorization": "", "content-type": "application/json"}


@dataclass(frozen=True)
class Chat:
    """An office that is reached over the stand-in of WhatsApp."""

    desk: Desk
    standin: StandIn
    client: WhatsApp
    worker: InboxWorker

    def post(self, body: bytes, signature: str) -> httpx.Response:
        headers = HEAD | {"x-hub-signature-256": signature}
        return self.desk.app.call("POST", PATH, content=body, headers=headers)

    def arrive(self, seed: int = 0) -> None:
        """All webhooks, twice and in disorder; then what they brought is worked on."""
        calls = self.standin.webhooks * 2
        self.standin.webhooks = []
        random.Random(seed).shuffle(calls)
        for value in calls:
            body = webhook_body(value)
            assert self.post(body, sign(body)).status_code == 200
        self.work()

    def work(self) -> None:
        for _ in range(50):
            if not self.worker.work():
                return

    def send(self) -> list[dict[str, Any]]:
        """Send what is in the outbox; gives what the stand-in took."""
        office, limits = self.desk.office, Limits(80, timedelta(), None)
        before = len(self.standin.messages)
        compose = Composer(office.store, office.press, Language.HI, office.marked)
        clock = Clock(office.clock, lambda _: None)
        sms = Route(Hands(Channel.SMS), limits)
        list(send_outbox(PostOffice(office.store, compose, Route(self.client, limits), sms, at_once=1, clock=clock)))
        return self.standin.messages[before:]

    def said(self, sent: list[dict[str, Any]]) -> list[str]:
        kinds = {"text": "body", "image": "caption", "document": "caption"}
        return [message[message["type"]][kinds[message["type"]]] for message in sent]

    def register(self, *numbers: str) -> None:
        with self.desk.office.store.write() as uow:
            act = self.desk.office.act("mitra-7")
            for number in numbers:
                entry = PhoneRegistration(PHONE, number, act.at, act.by, Registrar.URJA_MITRA)
                register_phone(uow, entry, act)


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    office = make_office(tmp_path)
    monkeypatch.setattr(inbox, "A_MINUTE", 1000)
    reading = ReadingDesk(KnownReader(), threads=2, queue=4)
    assert isinstance(office.clock, OfficeClock)
    with StandIn(now=office.clock.now.timestamp(), gap_s=0) as standin:
        settings = replace(SETTINGS, url=standin.url)
        with WhatsApp(settings, retries=Retries(attempts=1)) as client:
            worker = InboxWorker(Listener(office.desk, client, office.rating, Language.HI), office.act)
            place = Place(office, reading, ServeSettings(), whatsapp=WhatsAppDoor(settings, worker))
            yield Chat(Desk.of(place), standin, client, worker)
    reading.close()
    office.close()


def text(body: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}}


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


@pytest.mark.parametrize(
    ("body", "signature", "status"),
    [
        (b"{}", "", 403),
        (b"{}", "sha256=" + "0" * 64, 403),
        (b"{}", sign(b"{} "), 403),
        (b"{}", sign(b"{}", "another-secret-0123456"), 403),
        (b"{}", sign(b"{}").upper(), 403),
        (b"{}", sign(b"{}").removeprefix("sha256="), 403),
        (b"{}", sign(b"{}"), 403),  # signed, and not of WhatsApp
        (b"[" * 100_000, sign(b"[" * 100_000), 403),
        (b"x" * (3 * 2**20 + 1), "", 413),
        (webhook_body({}), sign(webhook_body({})), 200),
        (webhook_body({}, phone_number_id="1"), sign(webhook_body({}, phone_number_id="1")), 200),
        (webhook_body(NOT_UNDERSTOOD), sign(webhook_body(NOT_UNDERSTOOD)), 200),
    ],
)  # fmt: skip
def test_what_is_not_signed_is_not_kept(chat: Chat, body: bytes, signature: str, status: int) -> None:
    got = chat.post(body, signature)
    assert got.status_code == status
    if status != 200:
        check_failure(got, status, {403: "not_signed", 413: "too_large"}[status])
    assert chat.worker.work() is False


def test_a_surrogate_is_no_trouble(chat: Chat) -> None:
    chat.standin.write(PHONE, **text("?"))
    body = webhook_body(chat.standin.webhooks.pop()).replace(b'"?"', b'"\\ud800\\u0000 abc"')
    assert chat.post(body, sign(body)).json() == {"kept": 1, "ignored": 0}
    chat.work()
    assert len(chat.send()) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 200), ({"hub.verify_token": "wrong"}, 403), ({"hub.mode": "x"}, 403), ({"hub.challenge": None}, 422)],
)
def test_the_challenge(chat: Chat, changes: dict[str, Any], status: int) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "<b>1158201444"} | changes
    given = {name: value for name, value in query.items() if value is not None}
    got = chat.desk.app.call("GET", PATH, params=given, headers=HEAD)
    assert got.status_code == status
    if status == 200:
        assert (got.text, got.headers["content-type"]) == ("<b>1158201444", "text/plain; charset=utf-8")


def test_a_server_without_whatsapp(desk: Desk) -> None:
    check_failure(desk.app.call("POST", PATH, content=b"{}", headers=HEAD), 404, "not_found")


def test_nothing_private_in_the_log(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    chat.register("C-1")
    content = photo()
    chat.standin.write_photo(PHONE, content, "call +919812345678")
    chat.standin.faults.append("garbage")
    with caplog.at_level(logging.DEBUG, "meterocr"):
        chat.arrive()
        clock = chat.desk.office.clock
        assert isinstance(clock, OfficeClock)
        clock.now += timedelta(minutes=1)
        chat.work()
    lines = "\n".join(JsonFormatter().format(record) for record in caplog.records)
    assert json.loads(lines.splitlines()[0])
    for private in (
        "9812345678",
        hashlib.sha256(content).hexdigest(),
        VERIFY_TOKEN,
        chat.desk.app.key,
    ):
        assert private not in lines


def test_what_was_written_is_erased(chat: Chat) -> None:
    chat.register("C-1")
    chat.standin.write(PHONE, **text("hello there"))
    chat.arrive()
    chat.desk.app.call("DELETE", "/v1/consumers/K-C-1/personal-data")
    with chat.desk.office.store.read() as uow:
        tables = schema.metadata.sorted_tables
        rows = "".join(str(row) for table in tables for row in uow.connection.execute(select(table)))
    assert "9812345678" not in rows
    assert "hello there" not in rows


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("", None),
        ("C-1", None),
        ("451278", None),
        ("DHN00451278", None),
        ("yes please", Language.EN),
        ("हाँ C-1", Language.HI),
    ],
)
def test_the_language_of_a_text(written: str, language: Language | None) -> None:
    assert language_of(written) is language


@pytest.mark.parametrize("which", Reply)
@pytest.mark.parametrize("language", Language)
def test_every_reply_has_its_words(which: Reply, language: Language) -> None:
    told = reply(which, language, "{x}")
    assert told.endswith((".", "।"))
    assert any("\u0900" <= c <= "\u097f" for c in told) == (language is Language.HI)
    assert ("{x}" in told) == (which in {Reply.WHICH, Reply.NOTED})
