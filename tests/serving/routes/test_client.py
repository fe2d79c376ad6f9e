"""The typed client against the routes: each call, and what is created is created once."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from meterocr import AsyncClient, Client, PhotoError, ServerError, calls
from serving.app import make_app
from tests.serving.office import Desk, photo


@pytest.fixture
def url(desk: Desk) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(make_app(desk.app.place), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(desk: Desk, url: str) -> Iterator[Client]:
    with Client(url, key=desk.app.key) as opened:
        yield opened


def test_from_a_photo_to_a_bill(client: Client) -> None:
    call = calls.submit(photo(), "C-1")
    taken = client.do(call)
    assert client.do(call) == taken
    assert (taken["verdict"], taken["text"]) == ("accepted", "001350")
    assert taken["bill"] is not None
    number = taken["bill"]["number"]
    assert client.do(calls.submission(taken["submission"]))["sha256"] == taken["sha256"]
    stored = client.do(calls.bill(number))
    assert (stored["total_paise"], stored["history"][0]["state"]) == (taken["bill"]["total_paise"], "issued")
    assert client.do(calls.bill_pdf(number, layout="receipt")).startswith(b"%PDF-")
    assert client.do(calls.link(number))["path"].startswith(f"/v1/links/bills/{number}?until=")
    assert client.do(calls.reverse(number, "a neighbour's meter"))["state"] == "reversed"
    assert client.do(calls.issue("C-1"))["units"] == "350"


def test_money_comes_in_once(client: Client) -> None:
    taken = client.do(calls.submit(photo("001850"), "C-1"))
    bill = client.do(calls.accept(taken["submission"]))["bill"]
    assert bill is not None
    money = calls.pay(bill["number"], bill["total_paise"], "R-1", online=True)
    paid = client.do(money)
    assert client.do(money) == paid
    assert (paid["state"], paid["left_paise"], len(paid["rebates"])) == ("paid", 0, 2)
    assert client.do(calls.bill(bill["number"]))["state"] == "paid"
    with pytest.raises(ServerError) as caught:
        client.do(calls.pay(bill["number"], 100, "R-1"))
    assert caught.value.code == "conflict"


def test_doubt_visits_and_phones(client: Client) -> None:
    assert client.do(calls.register_phone("C-1", "+919812345678"))["live"] is True
    assert client.do(calls.request_phone("C-1", "+919812345679"))["live"] is False
    assert client.do(calls.visit("C-1", "locked"))["asked"] is True
    doubtful = client.do(calls.read_at_door(photo("009350"), "C-1"))
    assert doubtful["verdict"] == "review"
    correct = calls.correct(doubtful["submission"], "1350", note="3 not 9")
    assert client.do(correct) == client.do(correct)
    second = client.do(calls.submit(photo("009351"), "C-1"))
    assert client.do(calls.accept(second["submission"]))["waiting"] is False
    assert client.do(calls.get("/v1/areas", since="2024-08-01"))["areas"][0]["phones"] == 1
    form = {"consumer_id": "K-7", "name": "Asha Devi", "address": "Dhanbad"}
    assert client.do(calls.create("/v1/consumers", form))["connections"] == []


def test_refusals_are_errors(client: Client) -> None:
    with pytest.raises(PhotoError, match="expected a photo"):
        client.do(calls.submit(b"no photo", "C-1"))
    with pytest.raises(PhotoError, match="expected a file that can be read"):
        calls.submit("nowhere.jpg", "C-1")
    key = calls.new_key()
    client.do(calls.submit(photo(), "C-1", key=key))
    for call, code in (
        (calls.submit(photo(), "C-1", key=key), "idempotency_key_reused"),
        (calls.bill_pdf("2024-0000009"), "not_found"),
        (calls.bill("../../etc"), "not_found"),
    ):
        with pytest.raises(ServerError) as caught:
            client.do(call)
        assert caught.value.code == code


def test_many_at_once_by_the_other_client(desk: Desk, url: str) -> None:
    """Twelve tasks send the same submission: it is there once, with one bill."""
    call = calls.submit(photo(), "C-1")

    async def send_all() -> list[calls.Taken]:
        async with AsyncClient(url, key=desk.app.key, retries=20) as client:
            return await asyncio.gather(*(client.do(call) for _ in range(12)))

    taken = asyncio.run(send_all())
    assert all(each == taken[0] for each in taken)
    with desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 3
        assert len(uow.bills.positions(["C-1"])["C-1"].bills) == 1
