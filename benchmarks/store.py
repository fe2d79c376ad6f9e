"""Import and bill run at the size of a city: ``python -m benchmarks.store [--connections N] [--url URL]``.

Writes CSV files of N consumers, connections, meters and 2 N readings, imports them, and issues a bill for each
connection. Without ``--url`` into a new SQLite file. Seconds on the clock, and the highest memory so far, one process.
"""

from __future__ import annotations

import argparse
import csv
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from meterocr.billing.tariff import Table
from meterocr.billing.tariff_file import load_tariff
from meterocr.store.csv_kinds import KINDS
from meterocr.store.database import SqlStore, migrate, open_store
from meterocr.store.transfer import Import, import_csv
from meterocr.workflow.run import Plan, run_bills
from meterocr.workflow.values import Act, Rating, Run

ACT = Act("benchmark", datetime(2024, 9, 1, tzinfo=UTC))
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


def measured(name: str, count: int, work: Callable[[], object]) -> None:
    """Do it and say how long it took."""
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<20} {count:>9,} {seconds:>8.1f} s {count / seconds:>10,.0f} a second {memory:>6.0f} MiB", flush=True)


def refused(error: object) -> None:
    """There should be none."""
    raise SystemExit(str(error))


def bill_all(store: SqlStore, count: int) -> None:
    """A bill for everybody."""
    plan = Plan(Rating(load_tariff().without(Table.DUTY)), ACT)
    *_, last = run_bills(store, Run("2024-08", "", date(2024, 8, 31)), plan)
    if last.issued != count:
        raise SystemExit(f"expected {count} bills, got {last.issued}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=450_000)
    parser.add_argument("--url")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{folder}/meterocr.db"
        migrate(url)
        store = open_store(url)
        for kind in KINDS:
            path = Path(folder, f"{kind}.csv")
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow(KINDS[kind].columns)
                csv.writer(file).writerows(rows(kind, asked.connections))
            count = asked.connections * (2 if kind == "history" else 1)
            how = Import(kind, skip_bad=False, on_error=refused)
            measured(f"import {kind}", count, partial(import_csv, store, path, how, ACT))
        measured("bill run", asked.connections, partial(bill_all, store, asked.connections))
        store.close()


if __name__ == "__main__":
    main()
