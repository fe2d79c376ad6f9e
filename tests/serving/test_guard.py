"""What stands before all routes, in this process."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from serving import body
from serving.logs import JsonFormatter, redacted
from tests.serving.conftest import App
from tests.serving.test_errors import FORM, PART, check_failure


def test_headers_of_every_answer(app: App) -> None:
    for got in (app.read(), app.call("GET", "/nowhere"), app.call("GET", "/livez")):
        assert got.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"] == "no-store"
        assert "server" not in got.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-DEF_12345678", True),
        ("short", False),
        ("x" * 65, False),
        ("with space 123", False),
        ('"}{injected', False),
    ],
)
def test_request_ids(app: App, given: str, kept: bool) -> None:
    got = app.read(headers={"x-request-id": given}).headers["x-request-id"]
    assert (got == given) is kept
    assert len(got) == 16


def test_bodies_are_bounded_with_and_without_a_length(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    small = app.with_settings(photo_bytes=1024)
    assert small.read(b"x" * 1024).status_code == 200
    check_failure(small.read(b"x" * 1025), 413, "photo_too_large")
    check_failure(small.read(b"x" * 100_000), 413, "too_large")
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        yield PART[:80]
        for _ in range(10_000):
            sent += 1024
            yield b"x" * 1024

    check_failure(small.call("POST", "/v1/read", content=pieces(), headers=FORM), 413, "too_large")
    assert sent < 80_000
    monkeypatch.setattr(body, "MOST_BYTES", 10)  # of what no route takes more of
    check_failure(app.call("POST", "/v1/read", content=b"x" * 11), 415, "unsupported_media_type")


def test_a_body_of_a_wrong_length_is_not_believed(app: App) -> None:
    small = app.with_settings(photo_bytes=1024)
    check_failure(small.read(headers={"content-length": "9" * 30}), 413, "too_large")
    assert small.read(headers={"content-length": "-1"}).status_code == 200


def test_a_slow_client(app: App) -> None:
    async def drops() -> AsyncIterator[bytes]:
        yield PART[:80]
        await asyncio.sleep(3)
        yield PART[80:]

    check_failure(
        app.with_settings(upload_s=1).call("POST", "/v1/read", content=drops(), headers=FORM), 408, "too_slow"
    )


def test_headers_are_bounded(app: App) -> None:
    check_failure(app.read(headers={"x-many": "x" * 20_000}), 431, "headers_too_large")


def test_more_requests_than_may_be_under_way(app: App) -> None:
    one = app.with_settings(requests=0)
    got = one.read()
    check_failure(got, 503, "busy")
    assert got.headers["retry-after"] == "2"
    assert one.call("GET", "/livez").status_code == 200  # or it would be taken for dead


def test_nothing_private_is_logged(app: App, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "meterocr.serving"):
        app.read(name="+919812345678.jpg")
        app.call("GET", "/v1/phones/+919812345678?phone=9812345678")
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert len(lines) == 2
    assert not any("98123" in line or app.key[16:] in line for line in lines)
    read, lost = map(json.loads, lines)
    assert {k: read[k] for k in ("event", "method", "route", "status", "key")} == {
        "event": "request", "method": "POST", "route": "/v1/read", "status": 200, "key": app.key.split("_")[1],
    }  # fmt: skip
    assert (lost["route"], lost["status"]) == ("", 404)


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("sent to +919812345678", True),
        ("98123 45678 called", True),
        ("mo_0123456789ab_" + "f" * 64, True),
        ("2,048 bytes in 12.5 ms", False),
        ("2026-11-25", False),
    ],
)
def test_what_is_struck_out(text: str, private: bool) -> None:
    assert ("[private]" in redacted(text)) is private


@pytest.mark.parametrize("path", ["/livez", "/v1/openapi.json", "/v1/reviews", "/nowhere", "/staff"])
def test_head_is_get_without_its_body(app: App, path: str) -> None:
    got, head = app.call("GET", path), app.call("HEAD", path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    same = ("content-type", "content-length", "content-security-policy")
    assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same]


def test_head_is_not_for_what_only_takes_posts(app: App) -> None:
    head = app.call("HEAD", "/v1/read")
    assert (head.status_code, head.content) == (405, b"")


def test_a_browser_that_is_lost_gets_a_page_in_both_languages(app: App) -> None:
    got = app.call("GET", "/no/such/page", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (got.status_code, got.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<span lang="en">There is no such page.</span>' in got.text
    assert '<span lang="hi">यह पेज नहीं मिला।</span>' in got.text
    assert "no/such" not in got.text.replace('value="/no/such/page"', "")
    for options in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
        check_failure(app.call("GET", "/no/such/page", headers=options), 404, "not_found")
    check_failure(app.call("POST", "/no/such/page", headers={"accept": "text/html"}), 404, "not_found")
