"""Photos to digits over HTTP, with the real server: BentoML in production mode, toy nets."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from meterocr import AsyncClient, Client, PhotoError, Readout, ServerError
from meterocr.vision.zoo import VARIABLE
from tests.serving.conftest import ROOT, App, Server, jpeg


@pytest.fixture
def client(server: Server) -> Any:
    with Client(server.url, key=server.key) as opened:
        yield opened


def without_timings(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "timings_ms": sorted(told["timings_ms"])}


def test_the_same_as_the_command_line(server: Server, toy_models: Path, tmp_path: Path) -> None:
    photo = tmp_path / "meter.png"
    photo.write_bytes(jpeg())
    sent = {"photo": (photo.name, photo.read_bytes())}
    got = httpx.post(f"{server.url}/v1/read", files=sent, headers={"authorization": f"Bearer {server.key}"})
    environment = {**os.environ, VARIABLE: str(toy_models), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "meterocr", "read", "--json", photo.name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert without_timings(got.json()) == without_timings(json.loads(done.stdout))
    assert (got.json()["text"], got.json()["schema"], got.json()["photo"]) == ("00482.1", 1, "meter.png")


def test_the_client_gives_readouts(client: Client, tmp_path: Path) -> None:
    photo = tmp_path / "मीटर.png"
    photo.write_bytes(jpeg("71234"))
    got = client.read(photo)
    assert isinstance(got, Readout)
    assert (got.photo, got.text, got.width, got.height) == ("मीटर.png", "71234", 600, 450)


def test_no_counter_is_a_result(client: Client) -> None:
    got = client.read(jpeg(""), name="wall")
    assert (got.photo, got.text, got.retake) == ("wall", "", True)


def test_no_photo_is_an_error(client: Client) -> None:
    with pytest.raises(PhotoError, match="expected a photo"):
        client.read(b"%PDF-1.7 nothing")
    with pytest.raises(PhotoError, match="expected a file that can be read"):
        client.read("nowhere.jpg")


def test_several_photos_have_a_result_each(client: Client) -> None:
    first, second, third = client.read_batch([jpeg("12345"), b"no photo", jpeg("99.9")])
    assert isinstance(second, PhotoError)
    assert [r.text for r in (first, third) if isinstance(r, Readout)] == ["12345", "99.9"]


def test_many_at_once_by_the_other_client(server: Server) -> None:
    async def read_all() -> list[str]:
        async with AsyncClient(server.url, key=server.key) as client:
            texts = [f"{n:05}" for n in range(12)]
            readouts = await asyncio.gather(*(client.read(jpeg(text)) for text in texts))
            assert [type(r) for r in await client.read_batch([b"no"])] == [PhotoError]
            return [readout.text for readout in readouts]

    assert asyncio.run(read_all()) == [f"{n:05}" for n in range(12)]


def test_a_wrong_key_is_an_error_with_a_code(server: Server) -> None:
    with Client(server.url, key="mo_none") as client, pytest.raises(ServerError, match="expected a key") as caught:
        client.read(jpeg())
    assert (caught.value.status, caught.value.code, len(caught.value.request_id)) == (401, "unauthorized", 16)


@pytest.mark.parametrize(
    ("filename", "label"),
    [
        ("meter.jpg", "meter.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\m.jpg", "m.jpg"),
        ("a\x1b[31mb.jpg", "a�[31mb.jpg"),
        ("", "photo"),
        ("x" * 500, "x" * 200),
    ],
)
def test_names_are_only_labels(app: App, filename: str, label: str) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="photo"; filename="%s"\r\n\r\nx\r\n--b--\r\n' % filename.encode()
    )
    got = app.call("POST", "/v1/read", content=body, headers={"content-type": "multipart/form-data; boundary=b"})
    assert got.json()["photo"] == label
