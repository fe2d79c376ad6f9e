"""A stand-in for the WhatsApp Cloud API on the loopback interface: it refuses what the real one refuses.

It checks the token, media, templates, sizes, the 24-hour window and the pace, by a clock that tests move. ``faults``
says what goes wrong with the next requests. :meth:`StandIn.deliver` posts the signed webhooks, twice and in disorder.
"""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import random
import threading
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = "test-token-0123456789abcdef"
APP_SECRET = "test-app-secret-0123456789"
VERIFY_TOKEN = "test-verify-token"
PHONE_NUMBER_ID = "106540352242922"
TEMPLATE_PARAMETERS = {
    "meterocr_bill": 5,
    "meterocr_photo_again": 2,
    "meterocr_photo_request": 3,
    "meterocr_one_time_code": 1,
    "meterocr_answer": 1,
}


class AnswerError(Exception):
    """An answer with an error code."""

    def __init__(self, code: int, details: str, status: int = 400) -> None:
        super().__init__(details)
        self.code, self.details, self.status = code, details, status


@dataclass
class StandIn:
    """The account, its one number, and everything that happened to it."""

    max_document_bytes: int = 100 * 2**20
    per_second: int = 80
    gap_s: float = 6
    daily: int | None = None  # recipients a template may go to in 24 hours: the account's tier
    calls_an_hour: int | None = None  # of the app; above it, code 4
    account_calls: int | None = None  # of the business account, an hour; above it, code 80007
    token_valid: bool = True
    templates: set[tuple[str, str]] = field(
        default_factory=lambda: {(name, code) for name in TEMPLATE_PARAMETERS for code in ("en", "hi")}
    )
    unreachable: set[str] = field(default_factory=set)  # refused at once
    unreachable_later: set[str] = field(default_factory=set)  # accepted, then failed
    wrote_at: dict[str, float] = field(default_factory=dict)  # by number, when they wrote last
    written: int = 0  # messages of people
    now: float = 1_750_000_000.0
    faults: deque[str] = field(default_factory=deque)  # drop, accept_and_drop, busy, gateway, slow, garbage, ok
    requests: list[str] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    sent_at: list[tuple[str, float]] = field(default_factory=list)
    begun_at: list[tuple[str, float]] = field(default_factory=list)  # templates, by recipient
    called_at: list[float] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)
    photo_url: str = ""  # where it says a photo is; empty for its own
    webhooks: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Handler(_Handler):
            standin = outer

        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v26.0"

    def upload(self, content: bytes, media_type: str) -> dict[str, Any]:
        starts = {"application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff"}
        if media_type not in starts or not content.startswith(starts[media_type]):
            raise AnswerError(131053, f"unsupported type {media_type}")
        if len(content) > self.max_document_bytes:
            raise AnswerError(131053, f"{len(content)} bytes are too many")
        media_id = f"media-{len(self.media) + 1}"
        self.media[media_id] = content
        return {"id": media_id}

    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        to = body["to"].removeprefix("+")
        if body.get("messaging_product") != "whatsapp" or body.get("recipient_type") != "individual":
            raise AnswerError(100, "messaging_product and recipient_type")
        self._check_content(body, to)
        if to in self.unreachable:
            raise AnswerError(131026, "Message undeliverable")
        self._check_pace(to)
        if body["type"] == "template":  # what is free-form answers somebody who wrote, and does not count
            self._check_tier(to)
        message_id = f"wamid.{len(self.messages) + 1}"
        self.messages.append({"id": message_id, **body})
        self._statuses(message_id, to, body.get("biz_opaque_callback_data"))
        return {"messaging_product": "whatsapp", "contacts": [{"wa_id": to}], "messages": [{"id": message_id}]}

    def write(self, sender: str, **content: Any) -> None:
        """Somebody writes to the business."""
        sender = sender.removeprefix("+")
        self.wrote_at[sender] = self.now
        self.written += 1
        message = {"from": sender, "id": f"wamid.in{self.written}", "timestamp": str(int(self.now)), **content}
        self.webhooks.append({"messages": [message], "contacts": [{"wa_id": sender}]})

    def write_photo(self, sender: str, photo: bytes, caption: str = "") -> None:
        media_id = f"photo-{len(self.photos) + 1}"
        self.photos[media_id] = photo
        digest = base64.b64encode(hashlib.sha256(photo).digest()).decode()
        image = {"id": media_id, "mime_type": "image/jpeg", "sha256": digest, "caption": caption}
        self.write(sender, type="image", image=image)

    def deliver(self, url: str, *, seed: int = 0) -> None:
        """Post all webhooks to ``url``, each of them twice, in disorder, signed."""
        calls = self.webhooks * 2
        self.webhooks = []
        random.Random(seed).shuffle(calls)
        for value in calls:
            body = webhook_body(value)
            request = urllib.request.Request(url, body, {"X-Hub-Signature-256": sign(body)})  # noqa: S310
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                assert response.status == 200

    def _check_content(self, body: dict[str, Any], to: str) -> None:
        kind, content = body["type"], body[body["type"]]
        if kind == "template":
            self._check_template(content)
            return
        if self.now - self.wrote_at.get(to, 0) >= 24 * 3600:
            raise AnswerError(131047, "Message failed to send because more than 24 hours have passed")
        if kind == "document":
            self._check_media(content)
        elif kind == "image":
            self._check_picture(content)
        elif not 1 <= len(content["body"]) <= 4096:
            raise AnswerError(100, "text.body")

    def _check_template(self, template: dict[str, Any]) -> None:
        name, code = template["name"], template["language"]["code"]
        if (name, code) not in self.templates:
            raise AnswerError(132001, f"template {name} ({code}) does not exist", 404)
        parts = {part["type"]: part["parameters"] for part in template["components"]}
        if len(parts["body"]) != TEMPLATE_PARAMETERS[name]:
            raise AnswerError(132000, f"expected {TEMPLATE_PARAMETERS[name]} parameters, got {len(parts['body'])}")
        if any("\n" in p["text"] or "\t" in p["text"] or "     " in p["text"] for p in parts["body"]):
            raise AnswerError(132012, "a parameter has line ends, tabs or more than 4 spaces in a row")
        if ("header" in parts) != (name == "meterocr_bill") or ("button" in parts) != (
            name == "meterocr_one_time_code"
        ):
            raise AnswerError(132012, "components are not those of the template")
        for header in parts.get("header", []):
            self._check_media(header["document"])

    def _check_media(self, document: dict[str, Any]) -> None:
        if document["id"] not in self.media or not document["filename"].endswith(".pdf"):
            raise AnswerError(131053, f"no such media: {document['id']}")

    def _check_picture(self, image: dict[str, Any]) -> None:
        if not self.media.get(image["id"], b"").startswith(b"\xff\xd8\xff"):
            raise AnswerError(131053, f"no such image: {image['id']}")
        if len(image["caption"]) > 1024:
            raise AnswerError(100, "image.caption")

    def _check_pace(self, to: str) -> None:
        if sum(at > self.now - 1 for _, at in self.sent_at) >= self.per_second:
            raise AnswerError(130429, "Rate limit hit", 429)
        if any(other == to and at > self.now - self.gap_s for other, at in self.sent_at):
            raise AnswerError(131056, "Too many messages to this recipient", 429)
        self.sent_at.append((to, self.now))

    def _check_tier(self, to: str) -> None:
        begun = {other for other, at in self.begun_at if at > self.now - 24 * 3600}
        if self.daily is not None and to not in begun and len(begun) >= self.daily:
            raise AnswerError(80007, "the messaging limit of the account is reached", 429)
        self.begun_at.append((to, self.now))

    def count_call(self) -> None:
        """Every call counts, also one that is refused."""
        self.called_at.append(self.now)
        recent = sum(at > self.now - 3600 for at in self.called_at)
        if self.calls_an_hour is not None and recent > self.calls_an_hour:
            raise AnswerError(4, "(#4) Application request limit reached", 400)
        if self.account_calls is not None and recent > self.account_calls:
            raise AnswerError(80007, "the account has reached its rate limit", 400)

    def _statuses(self, message_id: str, to: str, key: str | None) -> None:
        lives = ["sent", "failed"] if to in self.unreachable_later else ["sent", "delivered", "read"]
        for later, status in enumerate(lives):
            stamp = str(int(self.now) + later)
            item = {"id": message_id, "status": status, "timestamp": stamp, "recipient_id": to}
            if key is not None:
                item["biz_opaque_callback_data"] = key
            if status == "failed":
                item["errors"] = [{"code": 131026, "title": "t", "error_data": {"details": "Message undeliverable"}}]
            self.webhooks.append({"statuses": [item]})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    standin: StandIn

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(lambda: self._posted(content))

    def do_GET(self) -> None:
        self._answer(self._got)

    def _answer(self, act: Any) -> None:
        standin = self.standin
        with standin._lock:
            standin.requests.append(f"{self.command} {self.path}")
            fault = standin.faults.popleft() if standin.faults else "ok"
            if fault == "drop":
                self.close_connection = True
                return
            if fault == "busy":
                self._error(AnswerError(131016, "Service unavailable", 503))
                return
            if fault in {"gateway", "garbage"}:
                self._write(502 if fault == "gateway" else 200, b"<html>Bad gateway</html>", "text/html")
                return
            try:
                self._authorize()
                standin.count_call()
                found = act()
            except AnswerError as refused:
                self._error(refused)
                return
        if fault == "slow":
            standin._closing.wait(60)  # longer than anybody waits
        if fault == "accept_and_drop":
            self.close_connection = True
        elif isinstance(found, bytes):
            self._write(200, found, "image/jpeg")
        else:
            self._write(200, json.dumps(found).encode(), "application/json")

    def _authorize(self) -> None:
        if not self.standin.token_valid or self.headers["Authorization"] != f"Bearer {TOKEN}":
            raise AnswerError(190, "Access token has expired", 401)

    def _posted(self, content: bytes) -> dict[str, Any]:
        if self.path == f"/v26.0/{PHONE_NUMBER_ID}/messages":
            return self.standin.post(json.loads(content))
        if self.path == f"/v26.0/{PHONE_NUMBER_ID}/media":
            return self.standin.upload(*self._file(content))
        raise AnswerError(100, f"no such path {self.path}")

    def _file(self, content: bytes) -> tuple[bytes, str]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + content, policy=email.policy.HTTP)
        assert isinstance(form, EmailMessage)
        parts = {p.get_param("name", header="Content-Disposition"): p for p in form.iter_parts()}
        if parts["messaging_product"].get_content().strip() != "whatsapp":
            raise AnswerError(100, "messaging_product")
        payload = parts["file"].get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload, parts["file"].get_content_type()

    def _got(self) -> dict[str, Any] | bytes:
        standin, name = self.standin, self.path.rpartition("/")[2]
        if name not in standin.photos:
            raise AnswerError(100, f"no such media {name}")
        if self.path.startswith("/photo/"):
            return standin.photos[name]
        here = f"http://127.0.0.1:{standin._server.server_port}/photo/{name}"
        return {"id": name, "url": standin.photo_url or here, "messaging_product": "whatsapp"}

    def _error(self, refused: AnswerError) -> None:
        found = {"message": "title", "code": refused.code, "error_data": {"details": refused.details}}
        self._write(refused.status, json.dumps({"error": found}).encode(), "application/json")

    def _write(self, status: int, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def webhook_body(value: dict[str, Any], *, phone_number_id: str = PHONE_NUMBER_ID) -> bytes:
    """The body of a webhook that brings ``value``; not ASCII, as the real ones escape nothing."""
    metadata = {"display_phone_number": "15550783881", "phone_number_id": phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    content = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}
    return json.dumps(content, ensure_ascii=False).encode()


def sign(body: bytes, secret: str = APP_SECRET) -> str:
    """The header X-Hub-Signature-256 for ``body``."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
