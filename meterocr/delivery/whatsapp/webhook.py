"""What WhatsApp posts to us: statuses of messages, and messages that people wrote.

Webhooks come more than once and in any order. What is not ours or not understood is counted and left out: an answer
other than 200 would only make WhatsApp send the same again for days.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from meterocr.delivery.whatsapp.client import sha256_hex
from meterocr.delivery.whatsapp.codes import failure
from meterocr.delivery.whatsapp.settings import WhatsAppSettings
from meterocr.errors import WebhookError
from meterocr.workflow.messaging import Incoming, Photo, Status, StatusEvent

MAX_BODY_BYTES = 3 * 2**20  # what WhatsApp sends at most
_SHAPE_ERRORS = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, OSError)


@dataclass(frozen=True, slots=True)
class Webhook:
    """What one call brought; ``ignored``: how many things in it are not for this number or not understood."""

    statuses: tuple[StatusEvent, ...]
    incoming: tuple[Incoming, ...]
    ignored: int


def challenge(query: Mapping[str, str], settings: WhatsAppSettings) -> str:
    """What to answer to the GET with which WhatsApp makes sure that the webhook is ours.

    Raises:
        WebhookError: not such a query, or the wrong verify token.
    """
    given = query.get("hub.verify_token", "").encode(errors="replace")
    if query.get("hub.mode") != "subscribe" or "hub.challenge" not in query:
        raise WebhookError(
            f"expected hub.mode=subscribe and hub.challenge, got {', '.join(sorted(query)) or 'nothing'}"
        )
    if not hmac.compare_digest(given, settings.verify_token.encode()):
        raise WebhookError("expected our verify token, got another one")
    return query["hub.challenge"]


def read_webhook(body: bytes, signature: str, settings: WhatsAppSettings) -> Webhook:
    """What a POST brought.

    Args:
        body: exactly the bytes that came; a parsed and rewritten body has another signature.
        signature: the header ``X-Hub-Signature-256``; empty where there is none.

    Raises:
        WebhookError: not signed with the app secret, too large, or not JSON of WhatsApp.
    """
    if len(body) > MAX_BODY_BYTES:
        raise WebhookError(f"expected a webhook of at most {MAX_BODY_BYTES} bytes, got {len(body)}")
    expected = "sha256=" + hmac.new(settings.app_secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise WebhookError("expected X-Hub-Signature-256 made with our app secret, got another one or none")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookError("expected JSON, got something else") from None
    if not isinstance(content, dict) or content.get("object") != "whatsapp_business_account":
        raise WebhookError("expected an object of whatsapp_business_account, got something else")
    return _read(content, settings.phone_number_id)


def _read(content: dict[str, Any], phone_number_id: str) -> Webhook:
    statuses: list[StatusEvent] = []
    incoming: list[Incoming] = []
    ignored = 0
    for value in _values(content):
        if _at(value, "metadata", "phone_number_id") != phone_number_id:
            ignored += 1
            continue
        ignored += _collect(value.get("statuses"), _status, statuses)
        ignored += _collect(value.get("messages"), _incoming, incoming)
    return Webhook(tuple(statuses), tuple(incoming), ignored)


def _values(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _list(content.get("entry")):
        for change in _list(_at(entry, "changes")):
            value = _at(change, "value")
            if _at(change, "field") == "messages" and isinstance(value, dict):
                yield value


def _collect(items: object, make: Callable[[Any], Any], found: list[Any]) -> int:
    """Add what ``make`` makes of the items; how many it could not make anything of."""
    ignored = 0
    for item in _list(items):
        try:
            found.append(make(item))
        except _SHAPE_ERRORS:
            ignored += 1
    return ignored


def _status(item: dict[str, Any]) -> StatusEvent:
    status = Status(item["status"])
    why = None
    if status is Status.FAILED:
        first = (item.get("errors") or [{"code": 131000}])[0]
        details = _at(first, "error_data", "details") or first.get("title") or ""
        why = failure(int(first["code"]), str(details))
    key = item.get("biz_opaque_callback_data") or ""
    return StatusEvent(_word(item["id"]), str(key), status, _time(item["timestamp"]), why)


def _incoming(item: dict[str, Any]) -> Incoming:
    kind = _word(item["type"])
    text, photo = "", None
    if kind == "text":
        text = str(item["text"]["body"])
    elif kind == "image":
        image = item["image"]
        text = str(image.get("caption") or "")
        photo = Photo(_word(image["id"]), _word(image["mime_type"]), sha256_hex(image["sha256"]))
    sender = f"+{int(item['from'])}"  # WhatsApp leaves the plus out
    reply_to = str(_at(item, "context", "id") or "")
    return Incoming(_word(item["id"]), sender, _time(item["timestamp"]), text, photo, reply_to)


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _word(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected text, got {value!r}")
    return value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(value: object, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
