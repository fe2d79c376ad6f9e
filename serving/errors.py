"""One body for every failure: ``{"error": {"code", "message", "details", "request_id"}}``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from meterocr.errors import (
    BillError,
    ConflictError,
    LinkError,
    MeteringError,
    MeterOcrError,
    NotFoundError,
    PhotoError,
    PhotoTooLargeError,
    StoreError,
    TariffError,
    WebhookError,
)
from serving.logs import request_id

Lost = Callable[[Request], Response | None]
Details = Mapping[str, object] | Sequence[object] | None

RETRY_S = 2
"""Seconds after which a client that was answered 503 should come again."""


class ApiError(HTTPException):  # which FastAPI lets through where it receives a body
    """A request that is not done.

    Attributes:
        code: for programs, stable: ``snake_case``.
        detail: for people: what was expected and what came.
        details: more for programs, such as where in the body.
        headers: that go with it, such as ``Retry-After``.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        *,
        details: Details = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.code, self.details = code, details


def busy(message: str) -> ApiError:
    """Too much to do: come again."""
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", message, headers={"Retry-After": str(RETRY_S)})


def too_often(message: str, wait: int) -> ApiError:
    """More than one may ask for: come again after ``wait`` seconds."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    return ApiError(status, "too_many_requests", message, headers={"Retry-After": str(wait)})


def wrong(where: str, message: str) -> ApiError:
    """A value that has the right form and makes no sense."""
    details = [{"where": where, "message": message}]
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", f"{where}: {message}", details=details)


def mistake() -> ApiError:
    """What nobody foresaw; the guard logs it."""
    message = "expected to answer, got a mistake of the server; it is logged under the request's id"
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message)


def refusal(error: MeterOcrError) -> ApiError:
    """What the library refuses, as an answer. The first kind that fits counts."""
    for kind, status, code in _KINDS:
        if isinstance(error, kind):
            headers = {"Retry-After": str(RETRY_S)} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
            message = "expected the store to do it, got a failure" if code == "store_error" else str(error)
            return ApiError(status, code, message, headers=headers)
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "refused", str(error))


_KINDS: tuple[tuple[type[MeterOcrError], HTTPStatus, str], ...] = (
    (PhotoTooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "photo_too_large"),
    (PhotoError, HTTPStatus.UNPROCESSABLE_ENTITY, "photo_error"),
    (NotFoundError, HTTPStatus.NOT_FOUND, "not_found"),
    (ConflictError, HTTPStatus.CONFLICT, "conflict"),
    (LinkError, HTTPStatus.FORBIDDEN, "link_not_good"),
    (WebhookError, HTTPStatus.FORBIDDEN, "not_signed"),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE, "store_error"),
    (MeteringError, HTTPStatus.UNPROCESSABLE_ENTITY, "metering_error"),
    (TariffError, HTTPStatus.UNPROCESSABLE_ENTITY, "tariff_error"),
    (BillError, HTTPStatus.UNPROCESSABLE_ENTITY, "bill_error"),
)


def answer(error: ApiError) -> Response:
    """The response."""
    body = body_bytes(error.code, error.detail, request_id(), error.details)
    return Response(body, error.status_code, error.headers, "application/json")


def body_bytes(code: str, message: str, request: str, details: Details = None) -> bytes:
    """The one body."""
    values = {"code": code, "message": message, "details": details, "request_id": request}
    return json.dumps({"error": values}, ensure_ascii=False).encode("utf-8", "replace")


def add_handlers(app: FastAPI, lost: Lost) -> None:
    """Whatever a route raises becomes an answer; what nobody foresaw is left to the guard, which logs it.

    ``lost`` has the answer to an address that is none, where it is a page.
    """

    async def ours(_: Request, error: Exception) -> Response:
        if not isinstance(error, ApiError):
            raise error
        return answer(error)

    async def of_the_library(_: Request, error: Exception) -> Response:
        if not isinstance(error, MeterOcrError):
            raise error
        return answer(refusal(error))

    async def of_the_router(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        page = await run_in_threadpool(lost, request) if error.status_code == HTTPStatus.NOT_FOUND else None
        return page or _http(error)

    async def unforeseen(_: Request, _error: Exception) -> Response:
        return answer(mistake())

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(ApiError, ours)
    app.add_exception_handler(MeterOcrError, of_the_library)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, of_the_router)


async def _invalid(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Where and what, never the value: it may be a phone number.
    details = [{"where": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    first = details[0] if details else {"where": "request", "message": "expected another form"}
    message = f"{first['where']}: {first['message']}"
    return answer(ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message, details=details))


async def _gone(_: Request, _error: Exception) -> Response:
    return answer(ApiError(HTTPStatus.BAD_REQUEST, "client_gone", "expected the rest of the body, got the end"))


def _http(error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    message = _MESSAGES.get(status, status.phrase)
    return answer(ApiError(status, status.name.lower(), message, headers=error.headers))


_MESSAGES = {
    HTTPStatus.NOT_FOUND: "expected a path of the API, see /v1/openapi.json",
    HTTPStatus.METHOD_NOT_ALLOWED: "expected a method that this path has; the header Allow names them",
}
