"""Where the patience with a connection ends, on a uvicorn in this process with less of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http import auto

from serving import protocol
from serving.protocol import BoundedProtocol, bound_protocol

PATIENCE_S = 0.3


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", PATIENCE_S)
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 2)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers without looking at the body; ``/slow`` takes longer than the patience with a client."""
    del receive
    if scope["path"] == "/slow":
        await asyncio.sleep(2 * PATIENCE_S)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def with_server(talk: Callable[[int], Awaitable[None]]) -> None:
    async def run() -> None:
        config = uvicorn.Config(app, http=BoundedProtocol, lifespan="off", log_config=None, timeout_keep_alive=5)
        server = uvicorn.Server(config)
        listening = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            await talk(listening.getsockname()[1])
        finally:
            server.should_exit = True
            await serving
            listening.close()

    asyncio.run(run())


async def until_closed(reader: asyncio.StreamReader) -> tuple[bytes, float]:
    """What comes, and the seconds until the connection ends."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        got = await asyncio.wait_for(reader.read(), 4)
    except ConnectionResetError:
        got = b""
    return got, loop.time() - start


async def pour(writer: asyncio.StreamWriter) -> None:
    for _ in range(200):
        writer.write(b"x" * 1000)
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nX-Slow: "])
def test_a_head_that_never_ends(sent: bytes) -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        got, seconds = await until_closed(reader)
        assert (got, seconds > PATIENCE_S / 2) == (b"", True)
        writer.close()

    with_server(talk)


def test_a_second_head_that_never_ends() -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET")
        assert (await until_closed(reader))[0] == b""
        writer.close()

    with_server(talk)


def test_a_slow_answer_is_waited_for() -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got, seconds = await until_closed(reader)
        assert got.endswith(b"ok")
        assert seconds > PATIENCE_S
        writer.close()

    with_server(talk)


def test_the_rest_of_an_answered_body_is_thrown_away_for_a_while() -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionError):
            await pour(writer)
        writer.close()

    with_server(talk)


def test_connections_are_bounded() -> None:
    async def talk(port: int) -> None:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        refused, last = await asyncio.open_connection("127.0.0.1", port)
        got, seconds = await until_closed(refused)
        assert (got, seconds < PATIENCE_S) == (b"", True)
        for writer in (last, *(writer for _, writer in kept)):
            writer.close()

    with_server(talk)


def test_bentoml_starts_uvicorn_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auto, "AutoHTTPProtocol", auto.AutoHTTPProtocol)
    bound_protocol()
    config = uvicorn.Config(app)
    config.load()
    assert config.http_protocol_class is BoundedProtocol
