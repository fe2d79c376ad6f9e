"""One body for every failure, with the right status and nothing of how it came about."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from meterocr import errors
from meterocr.errors import MeterOcrError, ServerError, StoreError, ThrottledError
from serving.errors import ApiError, refusal
from serving.logs import JsonFormatter
from tests.serving.conftest import App

PHOTO = {"photo": ("m.jpg", b"photo")}
FORM = {"content-type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="m.jpg"\r\n\r\nphoto\r\n--b--\r\n'


TEXT = PART.replace(b'; filename="m.jpg"', b"").replace(b"photo\r\n--b--", b"http://127.0.0.1:9/x.jpg\r\n--b--")
OTHER = PART.replace(b'name="photo"', b'name="image"')


def check_failure(got: httpx.Response, status: int, code: str) -> dict[str, Any]:
    failure: dict[str, Any] = got.json()["error"]
    assert (got.status_code, failure["code"]) == (status, code), got.text
    assert set(got.json()) == {"error"}
    assert set(failure) == {"code", "message", "details", "request_id"}
    assert failure["request_id"] == got.headers["x-request-id"]
    assert got.headers["content-type"] == "application/json"
    assert "Traceback" not in got.text
    return failure


@pytest.mark.parametrize(
    ("call", "options", "status", "code"),
    [
        ("GET /nothing", {}, 404, "not_found"),
        ("GET /v1/read/../../etc/passwd", {}, 404, "not_found"),
        ("GET /v1/read", {}, 405, "method_not_allowed"),
        ("DELETE /v1/read/batch", {}, 405, "method_not_allowed"),
        ("POST /v1/read", {"headers": {"authorization": ""}}, 401, "unauthorized"),
        ("POST /v1/read", {}, 415, "unsupported_media_type"),
        ("POST /v1/read", {"json": {"photo": "x"}}, 415, "unsupported_media_type"),
        ("POST /v1/read", {"data": {"photo": "http://127.0.0.1/x"}}, 415, "unsupported_media_type"),
        ("POST /v1/read", {"headers": {"content-type": "multipart/form-data"}}, 400, "bad_request"),
        ("POST /v1/read", {"content": b"rubbish", "headers": FORM}, 400, "bad_request"),
        ("POST /v1/read", {"content": PART[:60], "headers": FORM}, 422, "no_photo"),
        ("POST /v1/read", {"content": TEXT, "headers": FORM}, 422, "too_many_parts"),
        ("POST /v1/read", {"content": OTHER, "headers": FORM}, 422, "no_photo"),
        ("POST /v1/read", {"content": b"--b--\r\n", "headers": FORM}, 422, "no_photo"),
        ("POST /v1/read", {"files": [("photo", b"1"), ("photo", b"2")]}, 422, "too_many_parts"),
        ("POST /v1/read", {"files": {"photo": b"bad"}}, 422, "photo_error"),
        ("POST /v1/read/batch", {"files": [("photo", b"1")] * 9}, 422, "too_many_parts"),
    ],
)  # fmt: skip
def test_what_is_refused(app: App, call: str, options: dict[str, Any], status: int, code: str) -> None:
    check_failure(app.call(*call.split(), **options), status, code)


def test_a_mistake_of_ours_is_logged_and_not_told(app: App, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "meterocr.serving"):
        got = app.read(b"bug")
    failure = check_failure(got, 500, "internal_error")
    assert "RuntimeError" not in got.text
    assert "9812345678" not in got.text
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any('"error": "RuntimeError"' in line and "read" in line for line in lines)
    assert not any("9812345678" in line for line in lines)
    assert failure["message"].startswith("expected to answer")


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MeterOcrError)]
)
def test_every_error_of_the_library_has_an_answer(kind: type[MeterOcrError]) -> None:
    needed: dict[type[MeterOcrError], dict[str, Any]] = {
        ThrottledError: {"wait_s": 1, "recipient_only": False},
        ServerError: {"status": 500, "code": "x"},
    }
    answered = refusal(kind("expected this, got that", **needed.get(kind, {})))
    assert isinstance(answered, ApiError)
    assert 400 <= answered.status_code <= 503
    assert answered.code.replace("_", "").isalpha()


def test_what_a_database_says_is_not_told() -> None:
    told = refusal(StoreError("expected the database to do it, got: password=secret"))
    assert (told.status_code, told.code) == (HTTPStatus.SERVICE_UNAVAILABLE, "store_error")
    assert "secret" not in told.detail
    assert told.headers
    assert told.headers["Retry-After"] == "2"
