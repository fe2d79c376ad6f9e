"""The real server as an operator sees it: health, figures, logs, slow clients, and how it stops."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from meterocr import Client
from meterocr.composition import Settings, open_office, set_up
from serving.health import LEAST_FREE
from tests.serving.conftest import App, Server, Start, jpeg
from tests.serving.test_errors import check_failure

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def small(start: Start) -> Iterator[Server]:
    """One that is stopped by its last test."""
    return start(threads=1, queue=1)


def request_of(server: Server, photo: bytes) -> bytes:
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="m.png"\r\n\r\n' + photo + b"\r\n--b--\r\n"
    head = (
        f"POST /v1/read HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer_of(connection: socket.socket) -> bytes:
    connection.settimeout(30)
    got = b""
    while piece := connection.recv(65536):
        got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if length and len(body) >= int(length[0].partition(b":")[2]):
            break
    return got


def test_alive_and_ready(server: Server) -> None:
    assert httpx.get(f"{server.url}/livez").json() == {"status": "alive"}
    assert httpx.get(f"{server.url}/readyz").json() == {"status": "ready"}


def test_not_ready_without_disk_or_database(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, LEAST_FREE - 1))
    failure = check_failure(app.call("GET", "/readyz"), 503, "not_ready")
    assert failure["details"] == {"model": "ok", "database": "ok", "disk": "is full"}


def test_not_ready_without_a_database(app: App, tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    set_up(settings)
    with closing(open_office(settings)) as office:
        bare = replace(app, place=replace(app.place, office=office))
        assert bare.call("GET", "/readyz").json() == {"status": "ready"}
        office.close()
        for file in tmp_path.glob("meterocr.db*"):
            file.unlink()
        failure = check_failure(bare.call("GET", "/readyz"), 503, "not_ready")
        assert failure["details"] == {"model": "ok", "database": "does not answer", "disk": "ok"}
        assert bare.call("GET", "/livez").status_code == 200


def test_figures(server: Server) -> None:
    headers = {"authorization": f"Bearer {server.key}"}
    httpx.post(f"{server.url}/v1/read", files={"photo": jpeg()}, headers=headers)
    httpx.post(f"{server.url}/v1/read", files={"photo": b"no"}, headers=headers)
    told = httpx.get(f"{server.url}/metrics").text
    for line in (
        'meterocr_reads_total{verdict="not_a_photo"}',
        'meterocr_requests_total{method="POST",route="/v1/read",status="200"}',
        'meterocr_stage_seconds_bucket{le="0.1",stage="recognize"}',
        "meterocr_reading_queue 0.0",
        'meterocr_request_seconds_count{route="/v1/read"}',
    ):
        assert line in told, line


@pytest.mark.parametrize("path", ["/docs.json", "/schema.json", "/healthz", "/static_content/index.css", "/docs"])
def test_nothing_of_bentoml_is_shown(server: Server, path: str) -> None:
    check_failure(httpx.get(server.url + path), 404, "not_found")
    check_failure(httpx.post(server.url + path), 404, "not_found")


def test_logs_are_json(server: Server) -> None:
    httpx.get(f"{server.url}/nowhere", headers={"x-request-id": "find-me-again"})
    until = time.monotonic() + 5
    while "find-me-again" not in server.log.read_text() and time.monotonic() < until:
        time.sleep(0.05)
    lines = [line for line in server.log.read_text().splitlines() if "find-me-again" in line]
    assert json.loads(lines[0])["status"] == 404


def workers_of(server: Server) -> list[int]:
    return [
        int(pid) for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    ]


def test_a_worker_that_is_killed_comes_back(small: Server) -> None:
    (worker,) = workers_of(small)
    with socket.create_connection(("127.0.0.1", small.port)) as upload:
        upload.sendall(request_of(small, jpeg())[:-20])  # under way, and so in its figures
        time.sleep(0.3)
        os.kill(worker, signal.SIGKILL)
    with Client(small.url, key=small.key, retries=8) as client:
        assert client.read(jpeg()).text == "00482.1"
    assert workers_of(small) != [worker]
    told = httpx.get(f"{small.url}/metrics").text
    assert "meterocr_requests_under_way 1.0" in told  # only this one


def test_it_finishes_what_it_took(small: Server) -> None:
    """Last of this module: the server is stopped while a photo is on its way."""
    request = request_of(small, jpeg())
    with socket.create_connection(("127.0.0.1", small.port)) as upload:
        upload.sendall(request[:-20])
        time.sleep(0.3)
        small.process.terminate()
        time.sleep(0.5)
        upload.sendall(request[-20:])
        got = answer_of(upload)
    assert got.startswith(b"HTTP/1.1 200")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["text"] == "00482.1"
    assert small.process.wait(30) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(small.url)
    assert "Traceback" not in small.log.read_text()
