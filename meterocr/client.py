"""A client of the server (``serving/``), to be used as :class:`Client` or, with ``await``, :class:`AsyncClient`.

>>> from meterocr import Client
>>> with Client("http://127.0.0.1:3000", key="mo_...") as client:
...     readout = client.read("meter.jpg")

Both wait and try again where the server is busy or cannot be reached; that harms nothing, because what is created
is created once for each idempotency key.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar, cast

import httpx

from meterocr.calls import Call, Part, PhotoFile, photo_part
from meterocr.errors import PhotoError, PhotoTooLargeError, ServerError
from meterocr.readout import Readout
from meterocr.readout_json import readout_of

TIMEOUT_S = 60.0
RETRIES = 4
_BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})
_LONGEST_WAIT_S = 60.0
_NOT_THAT = "no_json"  # or not the JSON that was asked for: something else answers there
_PHOTO_ERRORS: Mapping[str, type[PhotoError]] = {"photo_error": PhotoError, "photo_too_large": PhotoTooLargeError}

_Parts = Sequence[Part]
T = TypeVar("T")


class Client:
    """One connection to a server. Close it, or use it in a ``with`` block. Safe from many threads.

    Args:
        url: such as ``https://meters.example.org``.
        key: as ``meterocr key create`` printed it.
        timeout_s: for one try.
        retries: further tries where the server is busy or out of reach.
        transport: of httpx, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def read(self, photo: PhotoFile, *, name: str | None = None) -> Readout:
        """What one photo shows.

        Raises:
            PhotoError: it is no photo.
            ServerError: the server refused, stayed busy, or cannot be reached.
        """
        return _readout(self._response("POST", "/v1/read", files=[photo_part(photo, name)]))

    def read_batch(self, photos: Iterable[PhotoFile]) -> list[Readout | PhotoError]:
        """What several photos show, in their order, or why one is none.

        Raises:
            ServerError: as :meth:`read`.
        """
        files = [photo_part(photo) for photo in photos]
        return _results(self._response("POST", "/v1/read/batch", files=files))

    def do(self, call: Call[T]) -> T:
        """The answer to a call, see :mod:`meterocr.calls`.

        Raises:
            PhotoError, ServerError: as :meth:`read`.
        """
        response = self._response(call.method, call.path, **_options(call))
        return cast("T", _binary(response) if call.binary else _json(response))

    def request(self, method: str, path: str, *, files: _Parts | None = None, **options: Any) -> Any:
        """The JSON of an answer; ``options`` as in :meth:`httpx.Client.request`.

        Raises:
            PhotoError, ServerError: as :meth:`read`.
        """
        return _json(self._response(method, path, files=files, **options))

    def _response(self, method: str, path: str, **options: Any) -> httpx.Response:
        for attempt in range(self._retries + 1):
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if attempt == self._retries:
                    raise _unreachable(error) from error
                time.sleep(_pause(attempt))
                continue
            if response.status_code not in _BUSY or attempt == self._retries:
                break
            time.sleep(_wait(response, attempt))
        return response


class AsyncClient:
    """As :class:`Client`, with ``await`` before each call and ``async with``."""

    def __init__(
        self,
        url: str,
        *,
        key: str,
        timeout_s: float = TIMEOUT_S,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.AsyncClient(base_url=url, headers=_headers(key), timeout=timeout_s, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def read(self, photo: PhotoFile, *, name: str | None = None) -> Readout:
        """As :meth:`Client.read`."""
        return _readout(await self._response("POST", "/v1/read", files=[photo_part(photo, name)]))

    async def read_batch(self, photos: Iterable[PhotoFile]) -> list[Readout | PhotoError]:
        """As :meth:`Client.read_batch`."""
        files = [photo_part(photo) for photo in photos]
        return _results(await self._response("POST", "/v1/read/batch", files=files))

    async def do(self, call: Call[T]) -> T:
        """As :meth:`Client.do`."""
        response = await self._response(call.method, call.path, **_options(call))
        return cast("T", _binary(response) if call.binary else _json(response))

    async def request(self, method: str, path: str, *, files: _Parts | None = None, **options: Any) -> Any:
        """As :meth:`Client.request`."""
        return _json(await self._response(method, path, files=files, **options))

    async def _response(self, method: str, path: str, **options: Any) -> httpx.Response:
        for attempt in range(self._retries + 1):
            try:
                response = await self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if attempt == self._retries:
                    raise _unreachable(error) from error
                await asyncio.sleep(_pause(attempt))
                continue
            if response.status_code not in _BUSY or attempt == self._retries:
                break
            await asyncio.sleep(_wait(response, attempt))
        return response


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _options(call: Call[Any]) -> dict[str, Any]:
    return {**call.options, "headers": {"Idempotency-Key": call.key}} if call.key else dict(call.options)


def _binary(response: httpx.Response) -> bytes:
    if not response.is_success:
        _json(response)
    return response.content


def _readout(response: httpx.Response) -> Readout:
    values = _json(response)
    try:
        return readout_of(values)
    except ValueError as error:
        raise ServerError(str(error), status=response.status_code, code=_NOT_THAT) from error


def _results(response: httpx.Response) -> list[Readout | PhotoError]:
    values = _json(response)
    try:
        return [PhotoError(v["error"]["message"]) if "error" in v else readout_of(v) for v in values["results"]]
    except (KeyError, TypeError, ValueError) as error:
        message = f"expected a readout for each photo, got {type(error).__name__}: {error}"
        raise ServerError(message, status=response.status_code, code=_NOT_THAT) from error


def _pause(attempt: int) -> float:
    """Seconds before the next try, longer each time, and not the same for all clients."""
    return min(_LONGEST_WAIT_S, 0.25 * 2.0**attempt) * random.uniform(0.5, 1)  # noqa: S311 - to spread, not to hide


def _wait(response: httpx.Response, attempt: int) -> float:
    told = response.headers.get("retry-after", "")
    least = min(_LONGEST_WAIT_S, float(told)) if told.isdecimal() else 0.0
    return least + _pause(attempt)


def _unreachable(error: httpx.TransportError) -> ServerError:
    return ServerError(f"expected the server to answer, got {type(error).__name__}", status=0, code="unreachable")


def _json(response: httpx.Response) -> Any:
    try:
        values = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        message = f"expected JSON from the server, got {response.headers.get('content-type', 'something else')}"
        raise ServerError(message, status=response.status_code, code=_NOT_THAT) from error
    if response.is_success:
        return values
    told = values.get("error") if isinstance(values, dict) else None
    failure = told if isinstance(told, dict) else {}  # proxies in front have errors of their own form
    code, message = str(failure.get("code", "")), str(failure.get("message", "expected another answer"))
    if code in _PHOTO_ERRORS:
        raise _PHOTO_ERRORS[code](message)
    request_id = str(failure.get("request_id", ""))
    raise ServerError(message, status=response.status_code, code=code, request_id=request_id)
