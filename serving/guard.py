"""What stands before all routes: ids, limits, headers, counts, logs. Plain ASGI, so that nothing is buffered."""

from __future__ import annotations

import asyncio
import re
import secrets
from http import HTTPStatus
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.body import Body
from serving.errors import ApiError, answer, busy, mistake
from serving.logs import fields, log, set_request_id
from serving.metrics import LATENCY, REQUESTS, UNDER_WAY
from serving.settings import ServeSettings

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_MOST_HEADER_BYTES = 16 * 2**10
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})  # asked every few seconds: counted, not logged
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""Set where a route has not set its own: pages say what they need."""


class Guard:
    """The app behind its guard.

    A request keeps the id it comes with in ``X-Request-ID`` where that is of a harmless form, or gets one.
    """

    def __init__(self, app: ASGIApp, settings: ServeSettings) -> None:
        self._app = app
        self._settings = settings
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":  # what GET answers, less its body
            scope = {**scope, "method": "GET"}
        given = Headers(scope=scope).get("x-request-id", "")
        exchange = _Exchange(scope, method, send, given if _ID.fullmatch(given) else secrets.token_hex(8))
        set_request_id(exchange.id)
        self._under_way += 1
        UNDER_WAY.inc()
        try:
            await self._answered(exchange, Body.of(scope, receive, self._settings.upload_s))
        finally:
            self._under_way -= 1
            UNDER_WAY.dec()
            exchange.close()

    async def _answered(self, exchange: _Exchange, body: Body) -> None:
        try:
            self._check(exchange.scope)
            await self._app(exchange.scope, body.receive, exchange.send)
        except ApiError as error:
            await exchange.refuse(error)
        except asyncio.CancelledError:
            raise
        except Exception:  # a mistake of ours: logged without what it was about, and told without how
            log.exception("unexpected", extra=fields(route=exchange.route))
            await exchange.refuse(mistake())

    def _check(self, scope: Scope) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _MOST_HEADER_BYTES:
            message = f"expected headers of at most {_MOST_HEADER_BYTES:,} bytes, got more"
            raise ApiError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", message)
        if self._under_way > self._settings.requests and scope["path"] not in _QUIET:
            raise busy(f"expected at most {self._settings.requests} requests under way, got more")


class _Exchange:
    """One request and its answer, for headers, counts and the log."""

    def __init__(self, scope: Scope, method: str, send: Send, request_id: str) -> None:
        self.scope = scope
        self._method = method
        self.id = request_id
        self._send = send
        self._status = 0
        self._start = perf_counter()

    @property
    def route(self) -> str:
        """Template of the path; empty where there is no such route."""
        return str(getattr(self.scope.get("route"), "path", ""))

    async def send(self, message: Message) -> None:
        """Pass a piece of the answer on, with our headers."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        elif self._method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(self, error: ApiError) -> None:
        """Answer with an error, unless an answer is on its way already."""
        if not self._status:
            await answer(error)(self.scope, _nothing_more, self.send)

    def close(self) -> None:
        """Count and log."""
        seconds = perf_counter() - self._start
        method = self._method if self._method in _METHODS else "OTHER"
        REQUESTS.labels(method, self.route, str(self._status)).inc()
        LATENCY.labels(self.route).observe(seconds)
        if self.scope["path"] not in _QUIET:
            key = getattr(self.scope.get("state", {}).get("key"), "key_id", "")
            line = {"method": method, "route": self.route, "status": self._status, "ms": round(seconds * 1e3, 1)}
            log.info("request", extra=fields(**line, key=key))


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}
