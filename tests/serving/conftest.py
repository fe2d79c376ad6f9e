"""Two servers: the app in this process with a reader that knows its answers, and the real one with toy nets."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from meterocr.composition import Office, Settings, open_office, set_up
from meterocr.errors import PhotoError
from meterocr.readout import Readout
from meterocr.vision.zoo import VARIABLE
from meterocr.workflow.keys import Scope, make_key
from serving.app import make_api
from serving.desk import ReadingDesk
from serving.guard import Guard
from serving.place import Place
from serving.settings import ServeSettings
from tests.cli.conftest import readout
from tests.vision.conftest import paint, toy_models

__all__ = ["toy_models"]
ROOT = Path(__file__).parents[2]


class KnownReader:
    """Bytes that begin with ``bad`` are no photo, ``bug`` is a mistake of ours, the rest is clear."""

    def read(self, photo: bytes, *, name: str | None = None) -> Readout:
        if photo.startswith(b"bug"):
            raise RuntimeError("+919812345678 must not be seen")
        if photo.startswith(b"bad"):
            raise PhotoError(f"{name}: expected a photo, got 3 bytes of text")
        return readout(name or "photo")


def key_of(office: Office, *scopes: Scope, name: str = "test") -> str:
    with office.store.write() as uow:
        return make_key(uow, name, scopes, office.act("test"))[0]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = Settings(tmp_path_factory.mktemp("home"))
    set_up(settings)
    opened = open_office(settings)
    yield opened
    opened.close()


@dataclass(frozen=True)
class App:
    """The app in this process."""

    place: Place
    key: str

    def with_settings(self, **changes: Any) -> App:
        return replace(self, place=replace(self.place, settings=replace(self.place.settings, **changes)))

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        app = Guard(make_api(self.place), self.place.settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, **options)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self.send(method, path, **options))

    def read(self, photo: bytes = b"photo", name: str = "meter.jpg", **options: Any) -> httpx.Response:
        return self.call("POST", "/v1/read", files=[("photo", (name, photo))], **options)


@pytest.fixture
def app(office: Office) -> Iterator[App]:
    desk = ReadingDesk(KnownReader(), threads=2, queue=4)
    yield App(Place(office, desk, ServeSettings()), key_of(office, *Scope))
    desk.close()


def jpeg(text: str = "00482.1", **look: Any) -> bytes:
    """A photo of a toy display, in a format without loss."""
    file = BytesIO()
    Image.fromarray(paint(text, **look)).save(file, "PNG")
    return file.getvalue()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Server:
    """The real one."""

    url: str
    port: int
    office: Office
    key: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


Start = Callable[..., Server]


@pytest.fixture(scope="session")
def start(toy_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts servers with ``METEROCR_SERVE_...`` as given, and stops in the end what still runs."""
    started: list[Server] = []

    def start_one(**settings: object) -> Server:
        home, port = tmp_path_factory.mktemp("server"), free_port()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("METEROCR_")},
            "PYTHONPATH": str(ROOT),
            "METEROCR_HOME": str(home),
            VARIABLE: str(toy_models),
            "METEROCR_SERVE_PORT": str(port),
            **{f"METEROCR_SERVE_{name.upper()}": str(value) for name, value in settings.items()},
        }
        log = home / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "serving"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        _wait_for(f"http://127.0.0.1:{port}/readyz", process, log)
        own = open_office(Settings(home))
        server = Server(f"http://127.0.0.1:{port}", port, own, key_of(own, *Scope), process, log)
        started.append(server)
        return server

    yield start_one
    for server in started:
        if server.process.poll() is None:
            server.stop()
        server.office.close()


@pytest.fixture(scope="session")
def server(start: Start) -> Server:
    """One for the session, without a rate limit that tests could reach."""
    return start(per_minute=1_000_000)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(log.read_text())
