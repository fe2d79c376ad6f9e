"""Signatures, the challenge, and what is made of webhooks of every shape."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.delivery.whatsapp import webhook as webhook_module
from meterocr.delivery.whatsapp.webhook import Webhook, challenge, read_webhook
from meterocr.errors import WebhookError
from meterocr.workflow.messaging import Failure, FailureKind, Incoming, Photo, Status, StatusEvent
from tests.delivery.conftest import SETTINGS
from tests.whatsapp_standin import VERIFY_TOKEN, sign, webhook_body

AT = datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC)
STAMP = str(int(AT.timestamp()))
DIGEST = hashlib.sha256(b"photo")


def read(value: dict[str, Any]) -> Webhook:
    body = webhook_body(value)
    return read_webhook(body, sign(body), SETTINGS)


def status(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "status": "sent", "timestamp": STAMP, "recipient_id": "919812345678", **changes}


def incoming(**changes: Any) -> dict[str, Any]:
    return {"from": "919812345678", "id": "wamid.2", "timestamp": STAMP, **changes}


def test_statuses() -> None:
    failed = status(status="failed", errors=[{"code": 131047, "title": "t", "error_data": {"details": "d"}}])
    found = read({"statuses": [status(biz_opaque_callback_data="key-1"), status(status="read"), failed]})
    assert found.statuses == (
        StatusEvent("wamid.1", "key-1", Status.SENT, AT),
        StatusEvent("wamid.1", "", Status.READ, AT),
        StatusEvent("wamid.1", "", Status.FAILED, AT, Failure(FailureKind.WINDOW_CLOSED, 131047, "d")),
    )


@pytest.mark.parametrize("digest", [DIGEST.hexdigest(), base64.b64encode(DIGEST.digest()).decode()])
def test_incoming(digest: str) -> None:
    image = {"id": "photo-1", "mime_type": "image/jpeg", "sha256": digest}
    messages = [
        incoming(type="text", text={"body": "नमस्ते"}),
        incoming(type="image", image=image | {"caption": "meter"}),
        incoming(type="image", image=image),
        incoming(type="sticker", sticker={}),
        incoming(type="text", text={"body": "C-1"}, context={"from": "911", "id": "wamid.1"}),
        incoming(type="text", text={"body": "x"}, context={"forwarded": True}),
    ]
    photo = Photo("photo-1", "image/jpeg", DIGEST.hexdigest())
    assert read({"messages": messages}).incoming == (
        Incoming("wamid.2", "+919812345678", AT, "नमस्ते"),
        Incoming("wamid.2", "+919812345678", AT, "meter", photo),
        Incoming("wamid.2", "+919812345678", AT, "", photo),
        Incoming("wamid.2", "+919812345678", AT, ""),
        Incoming("wamid.2", "+919812345678", AT, "C-1", reply_to="wamid.1"),
        Incoming("wamid.2", "+919812345678", AT, "x"),
    )


@pytest.mark.parametrize(
    ("errors", "kind", "code"),
    [
        ([{"code": 131026}], FailureKind.NOT_REACHABLE, 131026),
        ([{"code": 4}], FailureKind.THROTTLED, 4),
        ([{"code": 80007, "title": "t"}], FailureKind.THROTTLED, 80007),
        ([{"code": 130429}], FailureKind.THROTTLED, 130429),
        ([{"code": 131056}], FailureKind.THROTTLED, 131056),
        ([{"code": 190}], FailureKind.CHANNEL_STOPPED, 190),
        ([{"code": 230}], FailureKind.CHANNEL_STOPPED, 230),
        ([{"code": 131042}], FailureKind.CHANNEL_STOPPED, 131042),
        ([{"code": 999}], FailureKind.REFUSED, 999),
        ([], FailureKind.CHANNEL_DOWN, 131000),
        (None, FailureKind.CHANNEL_DOWN, 131000),
    ],
)
def test_failures(errors: object, kind: FailureKind, code: int) -> None:
    (event,) = read({"statuses": [status(status="failed", errors=errors)]}).statuses
    assert event.failure is not None
    assert (event.failure.kind, event.failure.code) == (kind, code)


@pytest.mark.parametrize(
    "value",
    [
        {"statuses": [status(status="played")]},
        {"statuses": [status(timestamp="soon")]},
        {"statuses": [status(timestamp="9" * 30)]},
        {"statuses": [status(id="")]},
        {"statuses": [status(status="failed", errors=[{"title": "no code"}])]},
        {"statuses": [status(status="failed", errors="x")]},
        {"statuses": ["x"]},
        {"messages": [None]},
        {"messages": [incoming()]},
        {"messages": [incoming(type="text")]},
        {"messages": [incoming(type="image", image={"id": "1", "mime_type": "image/png", "sha256": "?"})]},
        {"messages": [incoming(type="text", text={"body": "x"}, **{"from": "IN.a-user-without-number"})]},
    ],
)
def test_what_is_not_understood_is_counted_and_the_rest_is_read(value: dict[str, Any]) -> None:
    found = read({name: [*items, *good(name)] for name, items in value.items()})
    assert found.ignored == 1
    assert len(found.statuses + found.incoming) == 1


def good(name: str) -> list[dict[str, Any]]:
    return [status()] if name == "statuses" else [incoming(type="text", text={"body": "x"})]


def test_another_number_of_the_same_account_is_left_out() -> None:
    body = webhook_body({"statuses": [status()]}, phone_number_id="99999")
    assert read_webhook(body, sign(body), SETTINGS) == Webhook((), (), 1)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"entry": None},
        {"entry": [1, {"changes": {}}, {"changes": [2, {"field": "messages", "value": 3}]}]},
        {"entry": [{"changes": [{"field": "account_update", "value": {}}]}]},
    ],
)
def test_other_webhooks_of_whatsapp_bring_nothing(content: dict[str, Any]) -> None:
    body = json.dumps({"object": "whatsapp_business_account", **content}).encode()
    assert read_webhook(body, sign(body), SETTINGS) == Webhook((), (), 0)


BODY = webhook_body({"statuses": [status()]})


@pytest.mark.parametrize(
    ("body", "signature", "message"),
    [
        (BODY, "", "expected X-Hub-Signature-256"),
        (BODY, sign(BODY).removeprefix("sha256="), "expected X-Hub-Signature-256"),
        (BODY, sign(BODY).upper(), "expected X-Hub-Signature-256"),
        (BODY, sign(BODY, "another-app-secret"), "expected X-Hub-Signature-256"),
        (BODY, "sha256=é\udc80", "expected X-Hub-Signature-256"),
        (BODY + b" ", sign(BODY), "expected X-Hub-Signature-256"),
        (json.dumps(json.loads(BODY), indent=1).encode(), sign(BODY), "expected X-Hub-Signature-256"),
        (b"no json", sign(b"no json"), "expected JSON"),
        (b"\xff", sign(b"\xff"), "expected JSON"),
        (b"[" * 100_000, sign(b"[" * 100_000), "expected JSON"),
        (b"[]", sign(b"[]"), "whatsapp_business_account"),
        (b'{"object": "page"}', sign(b'{"object": "page"}'), "whatsapp_business_account"),
    ],
)
def test_refused_webhooks(body: bytes, signature: str, message: str) -> None:
    with pytest.raises(WebhookError, match=message):
        read_webhook(body, signature, SETTINGS)


def test_a_body_that_is_too_large_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_module, "MAX_BODY_BYTES", len(BODY) - 1)
    with pytest.raises(WebhookError, match="expected a webhook of at most"):
        read_webhook(BODY, sign(BODY), SETTINGS)


JSON = st.recursive(
    st.sampled_from([None, True, -1, 131026, 10**30, "", "1", "sent", "failed", "image", "text", "\u0915"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "status", "timestamp", "errors", "code", "type", "image", "text", "from", "sha256"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["statuses", "messages"]), JSON))
def test_no_signed_webhook_breaks_it(value: dict[str, Any]) -> None:
    found = read(value)
    asked = sum(len(items) for items in value.values() if isinstance(items, list))
    assert len(found.statuses) + len(found.incoming) + found.ignored == asked


def test_the_challenge_is_answered() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    assert challenge(query, SETTINGS) == "1158201444"
    for wrong in ({**query, "hub.verify_token": "x"}, {**query, "hub.mode": "x"}, {"hub.mode": "subscribe"}, {}):
        with pytest.raises(WebhookError, match="expected"):
            challenge(wrong, SETTINGS)
