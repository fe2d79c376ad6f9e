"""The bounded queue before the reading threads."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest

from meterocr.readout import Readout
from serving.desk import ReadingDesk
from serving.errors import ApiError
from tests.cli.conftest import readout


class WaitingReader:
    def __init__(self) -> None:
        self.go = Event()

    def read(self, photo: bytes, *, name: str | None = None) -> Readout:
        assert self.go.wait(10)
        return readout(name or photo.decode())


def test_a_full_queue_refuses_and_empties() -> None:
    reader = WaitingReader()
    desk = ReadingDesk(reader, threads=1, queue=2)

    async def crowd() -> None:
        waiting = [asyncio.create_task(desk.read([(f"p{n}", b"x")])) for n in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises(ApiError, match="expected at most 3 photos in the queue"):
            await desk.read([("p3", b"x")])
        with pytest.raises(ApiError) as caught:
            desk.refuse_when_full()
        assert (caught.value.status_code, dict(caught.value.headers or {})) == (503, {"Retry-After": "2"})
        reader.go.set()
        results = [result for (result,) in await asyncio.gather(*waiting)]
        assert [result.photo for result in results if isinstance(result, Readout)] == ["p0", "p1", "p2"]
        desk.refuse_when_full()
        assert len(await desk.read([("a", b"x")] * 3)) == 3

    asyncio.run(crowd())
    desk.close()


def test_a_batch_larger_than_the_queue_is_read_when_nobody_waits() -> None:
    reader = WaitingReader()
    reader.go.set()
    desk = ReadingDesk(reader, threads=1, queue=0)
    assert len(asyncio.run(desk.read([("a", b"x")] * 8))) == 8
    desk.close()


def test_what_was_taken_is_finished() -> None:
    reader = WaitingReader()
    desk = ReadingDesk(reader, threads=1, queue=2)

    async def stop() -> None:
        waiting = [asyncio.create_task(desk.read([(f"p{n}", b"x")])) for n in range(3)]
        await asyncio.sleep(0.05)
        reader.go.set()
        await asyncio.to_thread(desk.close)
        assert len(await asyncio.gather(*waiting)) == 3

    asyncio.run(stop())
