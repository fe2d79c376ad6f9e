"""Submissions while the server's worker is killed again and again: ``python -m benchmarks.serving_killed``.

``[--submissions 1000] [--every 8] [--clients 4] [--photo docs/sample.jpg]``. Each photo is sent under a key of its own
by a client that tries again when it gets no answer. In the end every submission has to be in the store once, with its
photo, and every client has to have been told its number. Everything on loopback, SQLite.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.serving import ROOT, Running, children, serving
from benchmarks.store import ACT, refused, rows, written
from meterocr import Client, calls
from meterocr.composition import Settings, open_office
from meterocr.store import schema
from meterocr.store.csv_kinds import KINDS
from meterocr.store.transfer import Import, import_csv

_RETRIES = 30


def connect(running: Running, count: int) -> None:
    """Put as many connections with a meter and a first reading into the server's store."""
    office = open_office(Settings(running.home))
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = written(Path(folder), kind, _first(kind, count))
            import_csv(office.store, path, Import(kind, skip_bad=False, on_error=refused), ACT)
    office.close()


def _first(kind: str, count: int) -> Iterator[Sequence[str]]:
    """As :func:`benchmarks.store.rows`, of the two readings of a connection only the earlier one."""
    for number, row in enumerate(rows(kind, count)):
        if kind != "history" or number % 2 == 0:
            yield row


@contextmanager
def killing(running: Running, every: float) -> Iterator[list[int]]:
    """Kill what works below the server's first process every so many seconds, while the block runs."""
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(every):
            for pid in children(running.pid):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def submit_all(running: Running, photo: bytes, count: int, clients: int) -> list[int]:
    """The numbers that the submissions got."""

    def one(number: int) -> int:
        own = photo + b"%d" % number  # behind the end of the picture: the same to look at, another file
        taken = http.do(calls.submit(own, f"C-{number:07}", key=f"kill-{number:07}"))
        return int(taken["submission"])

    with Client(running.url, key=running.key, retries=_RETRIES) as http, ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(count)))


def check(running: Running, numbers: Sequence[int]) -> None:
    """Every submission is there once, with its photo."""
    office, s = open_office(Settings(running.home)), schema.submissions
    with office.store.read() as uow:
        query = select(func.count(), func.count(s.c.consumer_number.distinct()), func.count(s.c.sha256.distinct()))
        stored = tuple(uow.connection.execute(query).one())
        hashes = uow.connection.execute(select(s.c.sha256)).scalars().all()
    for sha256 in hashes:
        office.photos.get(sha256)
    office.close()
    expected = (len(numbers),) * 3
    if stored != expected or len(set(numbers)) != len(numbers):
        raise SystemExit(f"expected {expected} of {len(set(numbers))} answers, got {stored}")


def main() -> None:
    """Submit, kill, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--every", type=float, default=8, help="seconds between two kills")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--photo", type=Path, default=ROOT / "docs" / "sample.jpg")
    asked = parser.parse_args()
    with serving(len(os.sched_getaffinity(0))) as running:
        connect(running, asked.submissions)
        start = time.perf_counter()
        with killing(running, asked.every) as killed:
            numbers = submit_all(running, asked.photo.read_bytes(), asked.submissions, asked.clients)
        check(running, numbers)
        seconds = time.perf_counter() - start
    print(f"{asked.submissions:,} submissions in {seconds:.0f} s, {len(killed)} kills: each is stored once, with photo")


if __name__ == "__main__":
    main()
