"""The server against the bare library, and under load that it cannot carry. Everything on loopback.

``python -m benchmarks.serving [--seconds 30] [--hostile 10000] [--photos docs/sample.jpg ...]``. Library and server
have the same threads and take turns, so that both see the same machine. The load comes from a process of its own with
one thread, which costs the server some of the cores: the ratio is what a client on the same machine gets.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import httpx

from meterocr import MeterReader
from meterocr.composition import Settings, open_office
from meterocr.workflow.keys import Scope, make_key

ROOT = Path(__file__).parents[1]
_WARM_UP = 10
_TURNS = 3


@dataclass(frozen=True, slots=True)
class Running:
    """A server, the key to it, and where it keeps things."""

    home: Path
    url: str
    port: int
    key: str
    pid: int

    @property
    def headers(self) -> dict[str, str]:
        """Of each request."""
        return {"Authorization": f"Bearer {self.key}"}

    def memory_mb(self) -> float:
        """Of the server with its workers, resident."""
        return sum(_resident(pid) for pid in [self.pid, *children(self.pid)]) / 2**20


@contextmanager
def serving(threads: int) -> Iterator[Running]:
    """A server of this checkout on a free port, without a rate limit."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        settings = {"PORT": port, "THREADS": threads, "PER_MINUTE": 1_000_000}
        environment = os.environ | {f"METEROCR_SERVE_{name}": str(value) for name, value in settings.items()}
        environment |= {"METEROCR_HOME": home, "PYTHONPATH": str(ROOT)}
        with Path(home, "log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "serving"], cwd=ROOT, env=environment, stdout=log)
        url = f"http://127.0.0.1:{port}"
        try:
            while not _is_ready(url):
                if process.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(0.2)
            office = open_office(Settings(Path(home)))
            with office.store.write() as uow:
                key, _ = make_key(uow, "benchmark", [Scope.READ, Scope.SUBMIT], office.act("benchmark"))
            office.close()
            yield Running(Path(home), url, port, key, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def library(photos: Sequence[bytes], threads: int, seconds: float) -> float:
    """Photos a second of the bare library with as many threads."""
    reader = MeterReader(threads=1)
    given = cycle(photos)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(reader.read, islice(given, _WARM_UP)))
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            done += len(list(pool.map(reader.read, islice(given, 8 * threads))))
        return done / (time.perf_counter() - start)


async def closed_loop(running: Running, photos: Sequence[bytes], clients: int, seconds: float) -> float:
    """Photos a second with as many clients, each of which sends the next when it has its answer."""
    given = cycle(photos)
    done = 0
    async with httpx.AsyncClient(headers=running.headers, timeout=60) as http:

        async def client() -> None:
            nonlocal done
            while time.perf_counter() < until:
                got = await http.post(f"{running.url}/v1/read", files={"photo": ("m.jpg", next(given))})
                got.raise_for_status()
                done += 1

        until = time.perf_counter() + min(2.0, seconds)
        await asyncio.gather(*(client() for _ in range(clients)))
        done, start = 0, time.perf_counter()
        until = start + seconds
        await asyncio.gather(*(client() for _ in range(clients)))
        return done / (time.perf_counter() - start)


async def open_loop(
    running: Running, photos: Sequence[bytes], rate: float, seconds: float
) -> list[tuple[float, int, float]]:
    """Photos at a rate, whether answers come or not: when each was sent (s), its status, and its latency (s)."""
    given, results = cycle(photos), list[tuple[float, int, float]]()
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx.AsyncClient(headers=running.headers, timeout=60, limits=limits) as http:

        async def one(sent: float) -> None:
            start = time.perf_counter()
            try:
                got = await http.post(f"{running.url}/v1/read", files={"photo": ("m.jpg", next(given))})
                status = got.status_code
            except httpx.TransportError:
                status = 0
            results.append((sent, status, time.perf_counter() - start))

        begin = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, begin + number / rate - time.perf_counter()))
                tasks.create_task(one(number / rate))
    return results


def hostile(running: Running, photo: bytes, count: int) -> tuple[Counter[int], list[float]]:
    """Requests with noise in them: how they were answered (0: not), and the server's MB after each tenth of them."""
    dice = random.Random(6)
    statuses: Counter[int] = Counter()
    memory = []
    for number in range(1, count + 1):
        statuses[_status(running, _noisy(dice, running, photo))] += 1
        if number % max(1, count // 10) == 0:
            memory.append(running.memory_mb())
    return statuses, memory


def _status(running: Running, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", running.port), timeout=2) as connection:
        try:
            connection.sendall(request)
            got = connection.recv(64)
        except OSError:  # it waits for more than was sent, as it has to, or has closed the connection
            got = b""
    return int(got[9:12]) if got[:5] == b"HTTP/" else 0


def _noisy(dice: random.Random, running: Running, photo: bytes) -> bytes:
    photo = photo[: dice.choice((0, 100, 5000, len(photo)))]
    body = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="../m.jpg"\r\n\r\n%b\r\n--b--\r\n' % photo
    path = dice.choice(("/v1/read", "/v1/read", "/v1/read/batch", "/../../etc/passwd", "/v1/%2e%2e/x", "/v1/bills/1"))
    key = dice.choice((running.key, running.key, "mo_x", ""))
    length = len(body) + dice.choice((0, 0, 0, -7))
    head = (
        f"{dice.choice(('POST', 'POST', 'GET', 'PUT'))} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
    )
    sent = bytearray(head.encode() + body)
    for _ in range(dice.choice((0, 1, 5, 50))):
        sent[dice.randrange(min(len(sent), 600))] = dice.randrange(256)
    return bytes(sent)


def children(pid: int) -> list[int]:
    """The processes below a process."""
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in children(child)]


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _sustained(running: Running, photos: Sequence[bytes], threads: int, seconds: float) -> float:
    bare, served = [], []
    for _ in range(_TURNS):
        bare.append(library(photos, threads, seconds / _TURNS))
        served.append(asyncio.run(closed_loop(running, photos, 2 * threads, seconds / _TURNS)))
    ratio = statistics.median(s / b for s, b in zip(served, bare, strict=True))
    print(
        f"library {statistics.median(bare):.1f}/s, server {statistics.median(served):.1f}/s, ratio {ratio:.2f} (0.85)"
    )
    return statistics.median(served)


def main() -> None:
    """Measure and print, each with the figure to reach in brackets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--hostile", type=int, default=10_000, help="requests with noise in them")
    parser.add_argument("--photos", type=Path, nargs="+", default=[ROOT / "docs" / "sample.jpg"])
    asked = parser.parse_args()
    photos = [path.read_bytes() for path in asked.photos]
    with serving(asked.threads) as running:
        capacity = _sustained(running, photos, asked.threads, asked.seconds)
        calm = [s for _, _, s in asyncio.run(open_loop(running, photos, 0.8 * capacity, asked.seconds))]
        median, p99 = statistics.median(calm), _share(calm, 0.99)
        print(f"at 80 %: median {median * 1e3:.0f} ms, p99 {p99 * 1e3:.0f} ms, {p99 / median:.1f} times the median (4)")
        crowd = Counter(status for _, status, _ in asyncio.run(open_loop(running, photos, 2 * capacity, asked.seconds)))
        print(f"at 200 %: answers by status {dict(sorted(crowd.items()))} (only 200 and 503)")
        after = asyncio.run(open_loop(running, photos, 0.5 * capacity, 8))
        late = max((sent for sent, status, s in after if status != httpx.codes.OK or s > 2 * p99), default=0.0)
        print(f"well again after {late:.1f} s (5)")
        statuses, memory = hostile(running, photos[0], asked.hostile)
        print(f"{asked.hostile:,} hostile requests: {dict(sorted(statuses.items()))} (no 5xx)")
        print(f"MB of memory after each tenth of them: {[round(mb) for mb in memory]} (flat)")


if __name__ == "__main__":
    main()
