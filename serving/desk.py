"""Where photos are read: some threads, a bounded queue before them, and a plain no when it is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from meterocr.errors import PhotoError
from meterocr.readout import Readout
from meterocr.workflow.ports.photos import Reader
from serving.errors import busy
from serving.metrics import QUEUE, STAGES

T = TypeVar("T")

Photo = tuple[str, bytes]
"""Name and bytes."""


class ReadingDesk:
    """Reads photos, ``threads`` at once, while at most ``queue`` more wait. To be used from one event loop."""

    def __init__(self, reader: Reader, *, threads: int, queue: int) -> None:
        self._reader = reader
        self._most = threads + queue
        self._taken = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")

    @property
    def is_full(self) -> bool:
        """Whether a photo would be refused now; worth asking before its upload is received."""
        return self._taken >= self._most

    def refuse_when_full(self, photos: int = 1) -> None:
        """Nothing, while there is room for so many photos, or for one where nobody waits.

        Raises:
            ApiError: 503.
        """
        if self._taken and self._taken + photos > self._most:
            raise busy(f"expected at most {self._most} photos in the queue, got more")

    async def read(self, photos: Sequence[Photo]) -> list[Readout | PhotoError]:
        """What the photos show, in their order, or why they are none.

        Raises:
            ApiError: 503, nothing has been done.
        """
        with self._room(len(photos)):
            loop = asyncio.get_running_loop()
            jobs = [loop.run_in_executor(self._pool, _waited_for(self._job(name, data))) for name, data in photos]
            return await asyncio.gather(*jobs)

    async def work(self, job: Callable[[], T]) -> T:
        """What ``job`` gives, which reads one photo and does more with it.

        Raises:
            ApiError: 503, nothing has been done.
        """
        with self._room(1):
            return await asyncio.get_running_loop().run_in_executor(self._pool, _waited_for(job))

    def close(self) -> None:
        """Finish what was taken, and take nothing any more."""
        self._pool.shutdown()

    @contextmanager
    def _room(self, photos: int) -> Iterator[None]:
        self.refuse_when_full(photos)
        self._taken += photos
        QUEUE.set(self._taken)
        try:
            yield
        finally:
            self._taken -= photos
            QUEUE.set(self._taken)

    def _job(self, name: str, data: bytes) -> Callable[[], Readout | PhotoError]:
        def job() -> Readout | PhotoError:
            try:
                return self._reader.read(data, name=name)
            except PhotoError as error:
                return type(error)(str(error).removeprefix(f"{name}: "))

        return job


def _waited_for(job: Callable[[], T]) -> Callable[[], T]:
    """The job, which tells how long it waited from now until it begins."""
    start = perf_counter()

    def begun() -> T:
        STAGES.labels("wait").observe(perf_counter() - start)
        return job()

    return begun
