"""The client against answers that a test makes; against the real server in serving/test_read.py."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from meterocr import AsyncClient, Client, PhotoError, PhotoTooLargeError, ServerError
from meterocr import client as module
from tests.cli.conftest import readout

GOOD = httpx.Response(200, json=readout("m.jpg").to_dict())
BUSY = httpx.Response(503, json={"error": {"code": "busy", "message": "expected less"}}, headers={"retry-after": "3"})


def failure(status: int, code: str) -> httpx.Response:
    error = {"code": code, "message": "expected this, got that", "details": None, "request_id": "r1"}
    return httpx.Response(status, json={"error": error})


class Answers(httpx.MockTransport):
    """One after the other, for both clients; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: Iterator[httpx.Response | Exception] = iter(answers)
        super().__init__(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        given = next(self._answers)
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(module.time, "sleep", waited.append)
    monkeypatch.setattr(module.asyncio, "sleep", sleep)
    return waited


def read(answers: Answers, *, kind: str, retries: int = 4) -> str:
    if kind == "sync":
        with Client("http://test", key="mo_k", retries=retries, transport=answers) as client:
            return client.read(b"photo").text

    async def run() -> str:
        async with AsyncClient("http://test", key="mo_k", retries=retries, transport=answers) as client:
            return (await client.read(b"photo")).text

    return asyncio.run(run())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_busy_server_is_asked_again(kind: str, waits: list[float]) -> None:
    answers = Answers(BUSY, httpx.ConnectError("gone"), GOOD)
    assert read(answers, kind=kind) == "00482.1"
    assert [request.headers["authorization"] for request in answers.requests] == ["Bearer mo_k"] * 3
    assert b'name="photo"' in answers.requests[2].content
    assert 3 <= waits[0] <= 3.25
    assert 0.25 <= waits[1] <= 0.5


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("answer", "error", "status", "code"),
    [
        (BUSY, ServerError, 503, "busy"),
        (httpx.ReadTimeout("slow"), ServerError, 0, "unreachable"),
        (failure(403, "forbidden"), ServerError, 403, "forbidden"),
        (httpx.Response(502, text="<html>"), ServerError, 502, "no_json"),
        (httpx.Response(500, json=[]), ServerError, 500, ""),
        (httpx.Response(502, json={"error": "Bad Gateway"}), ServerError, 502, ""),
        (httpx.Response(404, json={"error": None}), ServerError, 404, ""),
        (httpx.Response(200, json=[]), ServerError, 200, "no_json"),
        (httpx.Response(200, json={"schema": 2}), ServerError, 200, "no_json"),
        (httpx.Response(200, json={"schema": 1, "models": "none"}), ServerError, 200, "no_json"),
        (failure(422, "photo_error"), PhotoError, None, None),
        (failure(413, "photo_too_large"), PhotoTooLargeError, None, None),
    ],
)
def test_what_it_raises(
    kind: str, answer: httpx.Response | Exception, error: type[Exception], status: int | None, code: str | None
) -> None:
    with pytest.raises(error, match="expected") as caught:
        read(Answers(*[answer] * 2), kind=kind, retries=1)
    if isinstance(caught.value, ServerError):
        assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize(
    "values",
    [[], {"schema": 2}, {"results": None}, {"results": [None]}, {"results": ["error"]}, {"results": [{"error": None}]}],
)
def test_what_is_no_batch(values: object) -> None:
    with (
        Client("http://test", key="mo_k", transport=Answers(httpx.Response(200, json=values))) as client,
        pytest.raises(ServerError, match="expected a readout for each photo") as caught,
    ):
        client.read_batch([b"photo"])
    assert (caught.value.status, caught.value.code) == (200, "no_json")
