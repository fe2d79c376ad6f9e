"""What a client sends, as far as it may and as fast as it has to."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from time import monotonic
from typing import Self

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from serving.errors import ApiError

MOST_BYTES = 256 * 2**10
"""Of a body, where a route does not :meth:`Body.allow` more."""


class Body:
    """The body of one request; :meth:`receive` is what the app behind the guard receives it with."""

    def __init__(self, receive: Receive, *, length: int, seconds: float) -> None:
        self._receive = receive
        self._length = length
        self._most = MOST_BYTES
        self._received = 0
        self._until = monotonic() + seconds
        self._ended = False

    @classmethod
    def of(cls, scope: Scope, receive: Receive, seconds: float) -> Self:
        """The body of the request that begins; :func:`body_of` finds it again."""
        length = Headers(scope=scope).get("content-length", "")
        body = cls(receive, length=int(length[:20]) if length.isdecimal() else 0, seconds=seconds)
        scope.setdefault("state", {})["body"] = body
        return body

    def allow(self, most: int) -> None:
        """A route takes as many bytes."""
        self._most = most

    async def receive(self) -> Message:
        """The next piece.

        Raises:
            ApiError: 413 or 408. What else comes is thrown away, and the connection ends when that takes long
                (:mod:`serving.protocol`).
        """
        if self._ended:  # only the end of the connection is waited for, as long as it takes
            return await self._receive()
        self._check(self._length)
        try:
            async with asyncio.timeout(max(0.0, self._until - monotonic())):
                message = await self._receive()
        except TimeoutError as error:
            raise ApiError(HTTPStatus.REQUEST_TIMEOUT, "too_slow", "expected the request faster") from error
        self._received += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        self._check(self._received)
        return message

    def _check(self, length: int) -> None:
        if length > self._most:
            message = f"expected a body of at most {self._most:,} bytes, got more"
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)


def body_of(request: Request) -> Body:
    """The body of a request."""
    body = request.state.body
    assert isinstance(body, Body)  # noqa: S101 - the guard has made it
    return body
