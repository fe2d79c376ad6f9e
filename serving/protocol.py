"""HTTP/1.1 as uvicorn speaks it, with an end to the patience: BentoML starts uvicorn without a way to set these."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import h11
from uvicorn.protocols.http import auto
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.errors import body_bytes

HEAD_S = 10
"""Seconds for the head of a request, and for the rest of one that has been answered already."""

MOST_CONNECTIONS = 512
"""Open connections of one worker; more are closed at once. Below the 1,024 files that a process may mostly open."""


class BoundedProtocol(H11Protocol):
    """One connection: closed when a head takes too long, when there are too many, and never a WebSocket."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._timer = self.loop.call_later(HEAD_S, self._give_up)

    def data_received(self, data: bytes) -> None:
        """The time for a head runs from its first byte; while an answer is made, the guard counts the time."""
        super().data_received(data)
        if not self._is_waiting:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP: our body, and the end of the connection."""
        body = body_bytes("bad_request", "expected HTTP/1.1, got what is none", secrets.token_hex(8))
        headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            parts = (h11.Response(status_code=400, headers=headers, reason=msg), h11.Data(body), h11.EndOfMessage())
            self.transport.write(b"".join(self.conn.send(part) or b"" for part in parts))
        self.transport.close()

    @property
    def _is_waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _should_upgrade(self) -> bool:
        return False

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self._is_waiting:
            self.transport.abort()


def bound_protocol() -> None:
    """From now on uvicorn speaks so in this process; before its server is made."""
    auto.AutoHTTPProtocol = BoundedProtocol
