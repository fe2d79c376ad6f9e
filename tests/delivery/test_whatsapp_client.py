"""The client against the stand-in, over real connections."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from meterocr import errors
from meterocr.delivery.whatsapp import client as client_module
from meterocr.delivery.whatsapp.client import WhatsApp, sha256_hex
from meterocr.workflow.messaging import Message, Photo
from meterocr.workflow.wording import Language, MessageKind
from tests.delivery.conftest import PDF, PHONE, SETTINGS, message
from tests.whatsapp_standin import PHONE_NUMBER_ID, StandIn

Connect = Callable[..., WhatsApp]
DIGITS = PHONE.removeprefix("+")
POST = f"POST /v26.0/{PHONE_NUMBER_ID}/messages"
UPLOAD = f"POST /v26.0/{PHONE_NUMBER_ID}/media"
PATIENCE_S = defaultdict(lambda: 30.0, slow=1.5)  # also on a machine that is busy with other things
RETAKE = message(MessageKind.RETAKE)


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", Language)
def test_templates_are_accepted(standin: StandIn, connect: Connect, kind: MessageKind, language: Language) -> None:
    given = message(kind, language=language)
    accepted = connect().send(given)
    (came,) = standin.messages
    assert accepted.message_id == came["id"]
    assert came["to"] == PHONE
    assert came["biz_opaque_callback_data"] == given.key
    assert came["template"]["language"]["code"] == language
    texts = [p["text"] for part in came["template"]["components"] if part["type"] == "body" for p in part["parameters"]]
    assert texts == list(given.parameters)
    assert list(standin.media.values()) == ([PDF] if kind is MessageKind.BILL else [])


def test_line_ends_and_rows_of_spaces_do_not_make_a_template_refused(standin: StandIn, connect: Connect) -> None:
    connect().send(replace(RETAKE, parameters=("C-1", "Step\nback.\t      Then again. ")))
    body = standin.messages[0]["template"]["components"][0]["parameters"]
    assert body[1]["text"] == "Step back. Then again."


@pytest.mark.parametrize("kind", [MessageKind.RETAKE, MessageKind.BILL])
def test_free_form_within_the_window(standin: StandIn, connect: Connect, kind: MessageKind) -> None:
    given = message(kind, free_form=True)
    standin.write(PHONE, type="text", text={"body": "hello"})
    connect().send(given)
    came = standin.messages[0]
    assert came.get("text", {}).get("body", came.get("document", {}).get("caption")) == given.text


def test_free_form_outside_the_window_can_go_as_a_template(standin: StandIn, connect: Connect) -> None:
    given = replace(RETAKE, free_form=True)
    standin.write(PHONE, type="text", text={"body": "hello"})
    standin.now += 24 * 3600
    with pytest.raises(errors.WindowClosedError) as refused:
        connect().send(given)
    assert refused.value.code == 131047
    connect().send(replace(given, free_form=False))
    assert [m["type"] for m in standin.messages] == ["template"]


def _not_on_whatsapp(standin: StandIn) -> None:
    standin.unreachable.add(DIGITS)


def _token_expired(standin: StandIn) -> None:
    standin.token_valid = False


def _no_template(standin: StandIn) -> None:
    standin.templates.clear()


def _just_sent(standin: StandIn) -> None:
    standin.sent_at.append((DIGITS, standin.now - 5.9))


def _all_of_a_second(standin: StandIn) -> None:
    standin.sent_at += [(str(i), standin.now - 0.5) for i in range(80)]


@pytest.mark.parametrize(
    ("prepare", "error", "code"),
    [
        (_not_on_whatsapp, errors.NotReachableError, 131026),
        (_token_expired, errors.ChannelStoppedError, 190),
        (_no_template, errors.RefusedError, 132001),
        (_just_sent, errors.ThrottledError, 131056),
        (_all_of_a_second, errors.ThrottledError, 130429),
    ],
)
def test_a_refusal_is_told_once_and_not_repeated(
    standin: StandIn,
    connect: Connect,
    prepare: Callable[[StandIn], None],
    error: type[errors.DeliveryError],
    code: int,
) -> None:
    prepare(standin)
    with pytest.raises(error, match=f"WhatsApp answered {code}: ") as refused:
        connect().send(RETAKE)
    assert refused.value.code == code
    assert standin.requests == [POST]
    assert standin.messages == []
    assert DIGITS not in str(refused.value)


def test_a_throttled_message_goes_after_the_wait_that_it_was_told(standin: StandIn, connect: Connect) -> None:
    client = connect()
    client.send(RETAKE)
    with pytest.raises(errors.ThrottledError) as throttled:
        client.send(replace(RETAKE, key="key-2"))
    assert (throttled.value.wait_s, throttled.value.recipient_only) == (6, True)
    standin.now += throttled.value.wait_s
    client.send(replace(RETAKE, key="key-2"))
    assert [m["biz_opaque_callback_data"] for m in standin.messages] == ["key-1", "key-2"]


def test_a_document_that_is_too_large_is_refused(standin: StandIn, connect: Connect) -> None:
    standin.max_document_bytes = len(PDF) - 1
    with pytest.raises(errors.RefusedError, match="131053"):
        connect().send(message())
    assert standin.requests == [UPLOAD]


@pytest.mark.parametrize("faults", [["busy"], ["busy", "busy", "busy"]])
def test_what_was_surely_not_taken_is_repeated(standin: StandIn, connect: Connect, faults: list[str]) -> None:
    standin.faults += faults
    waits: list[float] = []
    connect(waits=waits).send(RETAKE)
    assert len(standin.messages) == 1
    assert waits == [0.5, 1.0, 2.0][: len(faults)]


def test_it_gives_up_after_four_attempts(standin: StandIn, connect: Connect) -> None:
    standin.faults += ["busy"] * 4
    with pytest.raises(errors.ChannelDownError, match="131016"):
        connect().send(RETAKE)
    assert standin.requests == [POST] * 4


@pytest.mark.parametrize(
    ("fault", "accepted"), [("drop", 0), ("accept_and_drop", 1), ("slow", 1), ("gateway", 0), ("garbage", 0)]
)
def test_a_lost_answer_is_never_repeated(standin: StandIn, connect: Connect, fault: str, accepted: int) -> None:
    standin.faults += [fault]
    with pytest.raises(errors.UncertainError):
        connect(timeout_s=PATIENCE_S[fault]).send(RETAKE)
    assert standin.requests == [POST]
    assert len(standin.messages) == accepted


@pytest.mark.parametrize("fault", ["drop", "accept_and_drop", "slow", "gateway", "garbage", "busy"])
def test_an_upload_is_repeated_as_it_does_no_harm(standin: StandIn, connect: Connect, fault: str) -> None:
    standin.faults += [fault]
    connect(timeout_s=PATIENCE_S[fault]).send(message())
    assert standin.requests == [UPLOAD, UPLOAD, POST]
    assert len(standin.messages) == 1


def test_no_connection_is_a_channel_that_is_down(connect: Connect, standin: StandIn) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        waits: list[float] = []
        client = connect(waits=waits)
        client._settings = replace(SETTINGS, url=f"http://127.0.0.1:{taken.getsockname()[1]}/v26.0")
        with pytest.raises(errors.ChannelDownError, match="ConnectError"):
            client.send(RETAKE)
    assert len(waits) == 3
    assert standin.requests == []


def test_a_wrong_token_in_the_settings_is_seen_by_the_other_side(standin: StandIn) -> None:
    wrong = replace(SETTINGS, url=standin.url, token="another-token-0123456789")
    with WhatsApp(wrong) as client, pytest.raises(errors.ChannelStoppedError, match="190"):
        client.send(RETAKE)


def test_nothing_secret_is_in_a_representation() -> None:
    shown = repr(SETTINGS) + repr(message(MessageKind.ONE_TIME_CODE))
    assert not [s for s in (SETTINGS.token, SETTINGS.app_secret, SETTINGS.verify_token, PHONE, "<code>") if s in shown]


def test_a_photo_is_fetched(standin: StandIn, connect: Connect) -> None:
    standin.write_photo(PHONE, b"\xff\xd8 photo")
    standin.faults += ["drop", "ok", "gateway"]
    assert connect().fetch(photo_of(b"\xff\xd8 photo")) == b"\xff\xd8 photo"


def photo_of(content: bytes) -> Photo:
    return Photo("photo-1", "image/jpeg", hashlib.sha256(content).hexdigest())


def test_another_photo_than_announced_is_refused(standin: StandIn, connect: Connect) -> None:
    standin.write_photo(PHONE, b"\xff\xd8 photo")
    with pytest.raises(errors.ChannelDownError, match="expected a photo with SHA-256"):
        connect().fetch(photo_of(b"another"))


def test_a_photo_that_is_gone_or_too_large_is_refused(
    standin: StandIn, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(errors.RefusedError, match="no such media"):
        connect().fetch(photo_of(b"x"))
    standin.write_photo(PHONE, b"x" * 2000)
    monkeypatch.setattr(client_module, "MAX_PHOTO_BYTES", 1999)
    with pytest.raises(errors.RefusedError, match="at most 1999 bytes"):
        connect().fetch(photo_of(b"x" * 2000))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/photo",
        "https://evil.example/x",
        "http://lookaside.fbsbx.com/x",
        "https://notfbsbx.com/x",
        "x",
    ],
)
def test_the_token_goes_to_no_other_host(standin: StandIn, connect: Connect, address: str) -> None:
    standin.write_photo(PHONE, b"photo")
    standin.photo_url = address
    with pytest.raises(errors.RefusedError, match="expected a media address of WhatsApp"):
        connect().fetch(photo_of(b"photo"))


def test_media_of_whatsapp_is_at_one_of_its_hosts() -> None:
    with WhatsApp(SETTINGS) as client:
        client._check_host("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1")


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, "!" * 44, "é" * 64])
def test_other_than_a_sha256_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a SHA-256"):
        sha256_hex(text)


def test_many_threads_share_a_client(standin: StandIn, connect: Connect) -> None:
    client = connect()
    results: list[str] = []

    def send(i: int) -> None:
        results.append(client.send(replace(RETAKE, key=f"key-{i}", to=f"+9198123{i:05}")).message_id)

    threads = [threading.Thread(target=send, args=(i,)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 40
    by_key = {m["biz_opaque_callback_data"]: m["to"] for m in standin.messages}
    assert by_key == {f"key-{i}": f"+9198123{i:05}" for i in range(40)}


def test_bodies_are_json_of_reasonable_size(standin: StandIn, connect: Connect) -> None:
    long: Message = replace(RETAKE, parameters=("C-1", "कृपया " * 100))
    connect().send(long)
    assert len(json.dumps(standin.messages[0])) < 10_000


def test_waits_grow() -> None:
    waits: list[float] = []
    retries = client_module.Retries(attempts=5, sleep=waits.append, chance=lambda: 0.99)

    def down() -> None:
        raise errors.ChannelDownError("down")

    with pytest.raises(errors.ChannelDownError):
        retries.of(down)
    assert len(waits) == 4
    assert all(later == pytest.approx(2 * earlier) for earlier, later in pairwise(waits))
