"""Messages over the WhatsApp Cloud API, and photos that people sent there.

The API has no idempotency key. So a request is repeated only when the other side surely did not take the message: no
connection, or an error that says so. A lost answer is an :class:`~meterocr.errors.UncertainError`: the message's key
comes back in its status webhook, and whoever sends waits for that before trying again.
"""

from __future__ import annotations

import base64
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from meterocr.delivery.whatsapp.codes import error, failure
from meterocr.delivery.whatsapp.forms import body
from meterocr.delivery.whatsapp.settings import WhatsAppSettings
from meterocr.errors import ChannelDownError, DeliveryError, RefusedError, UncertainError
from meterocr.workflow.messaging import Accepted, Channel, Message, Photo

MAX_PHOTO_BYTES = 16 * 2**20  # WhatsApp itself stops at 5 MB for an image
_MEDIA_HOSTS = (".fbsbx.com", ".facebook.com", ".whatsapp.net")  # the token goes nowhere else
_TIMEOUT = httpx.Timeout(connect=5, read=20, write=30, pool=5)
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and after what pauses a request is repeated: random, up to ``first_s`` doubled each time.

    Attributes:
        attempts: the first one counted.
        sleep, chance: seconds to wait; a number in [0, 1).
    """

    attempts: int = 4
    first_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def of(self, attempt: Callable[[], T]) -> T:
        """The outcome of ``attempt``, repeated while the other side is down."""
        for earlier in range(self.attempts - 1):
            try:
                return attempt()
            except ChannelDownError:
                self.sleep(self.first_s * 2**earlier * self.chance())
        return attempt()


class WhatsApp:
    """A :class:`~meterocr.workflow.messaging.Messenger` and :class:`~meterocr.workflow.messaging.PhotoSource`.

    Keeps connections open: use it as a context manager, or :meth:`close` it. Safe from several threads.
    """

    def __init__(
        self, settings: WhatsAppSettings, *, timeout: httpx.Timeout = _TIMEOUT, retries: Retries | None = None
    ) -> None:
        self._settings = settings
        self._retries = retries or Retries()
        headers = {"Authorization": f"Bearer {settings.token}"}
        self._http = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False)

    @property
    def channel(self) -> Channel:
        """WhatsApp."""
        return Channel.WHATSAPP

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, message: Message) -> Accepted:
        """Hand over one message; a document or picture is uploaded first.

        Raises:
            DeliveryError: as :class:`~meterocr.workflow.messaging.Messenger` says.
        """
        media_id = ""
        file = _file(message)
        if file is not None:
            media_id = self._retries.of(lambda: _harmless(lambda: self._upload(file)))
        return self._retries.of(lambda: self._post(message, media_id))

    def fetch(self, photo: Photo) -> bytes:
        """The bytes of a photo that came in; its address is good for five minutes, so it is asked for each time.

        Raises:
            DeliveryError: not fetched, larger than :data:`MAX_PHOTO_BYTES`, or not the SHA-256 that was announced.
        """
        return self._retries.of(lambda: _harmless(lambda: self._fetch(photo)))

    def _post(self, message: Message, media_id: str) -> Accepted:
        answer = self._call("POST", self._url("messages"), json=body(message, media_id))
        return Accepted(Channel.WHATSAPP, _text(lambda: answer["messages"][0]["id"], "messages[0].id"))

    def _upload(self, file: _File) -> str:
        form = {"messaging_product": "whatsapp", "type": file[2]}
        answer = self._call("POST", self._url("media"), data=form, files={"file": file})
        return _text(lambda: answer["id"], "id")

    def _fetch(self, photo: Photo) -> bytes:
        about = self._call("GET", f"{self._settings.url}/{quote(photo.media_id, safe='')}")
        address = _text(lambda: about["url"], "url")
        self._check_host(address)
        content = bytearray()
        try:
            with self._http.stream("GET", address) as response:
                if response.status_code != httpx.codes.OK:
                    raise _broken(response)
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MAX_PHOTO_BYTES:
                        raise RefusedError(f"expected a photo of at most {MAX_PHOTO_BYTES} bytes, got more")
        except httpx.HTTPError as broken:
            raise _lost(broken) from broken
        came = hashlib.sha256(content).hexdigest()
        if came != photo.sha256:
            raise ChannelDownError(f"expected a photo with SHA-256 {photo.sha256}, got {came}")
        return bytes(content)

    def _check_host(self, address: str) -> None:
        parts, ours = urlsplit(address), urlsplit(self._settings.url)
        same = (parts.scheme, parts.hostname, parts.port) == (ours.scheme, ours.hostname, ours.port)
        if not same and not (parts.scheme == "https" and f".{parts.hostname}".endswith(_MEDIA_HOSTS)):
            raise RefusedError(f"expected a media address of WhatsApp, got one of {parts.scheme}://{parts.hostname}")

    def _url(self, what: str) -> str:
        return f"{self._settings.url}/{self._settings.phone_number_id}/{what}"

    def _call(self, method: str, url: str, **request: Any) -> Any:
        """The JSON of a successful answer."""
        try:
            response = self._http.request(method, url, **request)
        except httpx.HTTPError as broken:
            raise _lost(broken) from broken
        if not response.is_success:
            raise _broken(response)
        return _json(response)


_File = tuple[str, bytes, str]  # name, content, media type


def _file(message: Message) -> _File | None:
    """What goes with a message."""
    if message.document is not None:
        return message.document.file_name, message.document.content, "application/pdf"
    if message.picture is not None and message.free_form:
        return "photo.jpg", message.picture.content, "image/jpeg"
    return None


def sha256_hex(text: str) -> str:
    """A SHA-256 as hex: the API writes it in Base64 in webhooks and in hex elsewhere.

    Raises:
        ValueError: neither.
    """
    try:
        digest = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise ValueError(f"expected a SHA-256 as hex or Base64, got {text!r}")
    return digest.hex()


def _harmless(attempt: Callable[[], T]) -> T:
    """For what may well be done twice: a lost answer means no more than that it must be done again."""
    try:
        return attempt()
    except UncertainError as lost:
        raise ChannelDownError(str(lost), code=lost.code) from lost


def _lost(broken: httpx.HTTPError) -> DeliveryError:
    """What a request that got no answer means; what httpx says may hold an address, so only its kind is told."""
    if isinstance(broken, _NOT_SENT):
        return ChannelDownError(f"expected a connection to WhatsApp, got {type(broken).__name__}")
    return UncertainError(f"expected an answer from WhatsApp, got {type(broken).__name__}")


def _broken(response: httpx.Response) -> DeliveryError:
    """What an answer that is no success means."""
    if not response.is_closed:
        response.read()
    try:
        found = response.json()["error"]
        code, details = int(found["code"]), found.get("error_data", {}).get("details") or found.get("message", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        if response.is_server_error:  # of a gateway on the way, which does not know what became of the message
            return UncertainError(f"expected an answer of the API, got HTTP {response.status_code}")
        return RefusedError(f"expected an answer of the API, got HTTP {response.status_code}")
    return error(failure(code, str(details)))


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise UncertainError(f"expected JSON with HTTP {response.status_code}, got something else") from None


def _text(find: Callable[[], object], name: str) -> str:
    try:
        found = find()
    except (KeyError, IndexError, TypeError):
        found = None
    if not isinstance(found, str) or not found:
        raise UncertainError(f"expected {name} in the answer of WhatsApp, got none")
    return found
