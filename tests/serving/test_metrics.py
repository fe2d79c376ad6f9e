"""What is counted, and what waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meterocr.errors import PhotoError, StoreError
from meterocr.workflow.inbox import ItemKind, NewItem
from meterocr.workflow.values.counts import Backlog
from serving import metrics
from serving.counting import CountingReader
from serving.desk import ReadingDesk
from serving.place import Place
from serving.postman import Postman
from serving.settings import ServeSettings
from tests.serving.conftest import KnownReader, Server, jpeg
from tests.serving.office import Desk, make_office, photo
from tests.serving.test_postman import post
from tests.store.book import put_connection
from tests.workflow import letters
from tests.workflow.letters import Hands


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office, reading = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    yield Desk.of(Place(office, reading, ServeSettings()))
    reading.close()
    office.close()


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def reads(text: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith("meterocr_reads_total{"))


def nothing() -> Backlog:
    return Backlog(0, 0, 0, 0)


def test_verdicts_are_counted_by_the_reader() -> None:
    reader, before = CountingReader(KnownReader()), reads(metrics.exposition(nothing).decode())
    reader.read(b"photo", name="a.jpg")
    with pytest.raises(PhotoError):
        reader.read(b"bad")
    assert reads(metrics.exposition(nothing).decode()) == before + 2


def test_a_submission_is_counted_like_any_photo(server: Server) -> None:
    with server.office.store.write() as uow:
        put_connection(uow, "C-counted")
    before = reads(httpx.get(f"{server.url}/metrics").text)
    headers = {"authorization": f"Bearer {server.key}", "idempotency-key": "counted-0001"}
    sent = {"consumer_number": "C-counted"}
    got = httpx.post(f"{server.url}/v1/submissions", files={"photo": jpeg()}, data=sent, headers=headers, timeout=60)
    assert got.status_code == 201
    assert reads(httpx.get(f"{server.url}/metrics").text) == before + 1


def test_what_waits_is_asked_of_the_store(desk: Desk) -> None:
    now = desk.office.clock()
    letters.put_rows(desk.office.store, letters.rows(3), now)
    with desk.office.store.write() as uow:
        uow.inbox.add([NewItem("wamid.1", ItemKind.MESSAGE, "+919812345678", None, {})], now)
    desk.submit(photo("009350"))
    told = desk.get("/metrics").text
    expected = {'outbox{state="waiting"}': 3, 'outbox{state="claimed"}': 0, "inbox": 1, "reviews_waiting": 1}
    assert {name: figure(told, f"meterocr_{name}") for name in expected} == expected
    assert "981234" not in told


def test_the_rest_is_told_while_the_store_does_not_answer() -> None:
    def gone() -> Backlog:
        raise StoreError("gone")

    told = metrics.exposition(gone).decode()
    assert "meterocr_reads_total" in told
    assert "meterocr_outbox" not in told


def test_deliveries_are_counted(desk: Desk, tmp_path: Path) -> None:
    name = 'meterocr_deliveries_total{outcome="sent"}'
    before = figure(metrics.exposition(nothing).decode(), name)
    letters.put_rows(desk.office.store, letters.rows(2), desk.office.clock())
    carrier = Postman(post(desk.office, Hands()), tmp_path)
    carrier.work()
    carrier.close()
    assert figure(metrics.exposition(nothing).decode(), name) == before + 2
