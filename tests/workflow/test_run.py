"""Bill runs: refusals, resuming, two at once, and a kill in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from meterocr.billing.money import Money
from meterocr.errors import ConflictError
from meterocr.store import schema
from meterocr.store.database import SqlStore, migrate, open_store
from meterocr.workflow.bills import reverse_bill
from meterocr.workflow.run import Plan, run_bills
from meterocr.workflow.values.runs import Run
from tests.store.book import RATING, UNTIL, at, put_connection, put_reading

ROOT = Path(__file__).parents[2]
MANY = 60
PLAN = Plan(RATING, at(1, "run"), batch=7)
RUN = Run("2024-07", "", date(2024, 7, 31))


def fill(store: SqlStore, count: int) -> None:
    with store.write() as uow:
        for number in range(count):
            put_connection(uow, f"C-{number:03}", f"B-{number % 2}")
            put_reading(uow, f"C-{number:03}", 1201 + number, 1)


def issued(store: SqlStore) -> tuple[int, int, Money, set[str]]:
    """How many bills there are, of how many connections, what they come to, and their numbers."""
    b = schema.bills
    with store.read() as uow:
        query = select(func.count(), func.count(b.c.consumer_number.distinct()), func.sum(b.c.total_paise))
        count, connections, paise = uow.connection.execute(query).one()
        return count, connections, Money(int(paise or 0)), set(uow.connection.execute(select(b.c.number)).scalars())


def check_whole(store: SqlStore, run: Run) -> None:
    count, connections, total, numbers = issued(store)
    assert (count, connections, run.issued, run.total) == (MANY, MANY, MANY, total)
    assert numbers == {f"2024-{number:07}" for number in range(1, MANY + 1)}


def worker(url: str, delay: float = 0) -> subprocess.Popen[str]:
    """A process that runs the bills, and says so after every batch."""
    code = (
        "import sys, time\n"
        "from meterocr.store.database import open_store\n"
        "from meterocr.workflow.run import run_bills\n"
        "from tests.workflow.test_run import PLAN, RUN\n"
        "for run in run_bills(open_store(sys.argv[1]), RUN, PLAN):\n"
        "    print(run.issued, flush=True); time.sleep(float(sys.argv[2]))\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, url, str(delay)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_all_of_a_book(store: SqlStore) -> None:
    fill(store, 20)
    with store.write() as uow:
        put_connection(uow, "C-zzz", "B-1")
    steps = list(run_bills(store, Run("r", "B-1", UNTIL), PLAN))
    assert [(run.issued, run.done) for run in steps] == [(7, False), (10, True)]
    assert steps[-1].refused == 1
    with store.read() as uow:
        (refusal,) = uow.runs.refusals("r")
    assert refusal.consumer_number == "C-zzz"
    assert refusal.reason.startswith("connection C-zzz: expected a reading after 2024-07-01")


def test_who_got_no_bill_is_tried_again(store: SqlStore) -> None:
    fill(store, 3)
    with store.write() as uow:
        for number in range(10, 28):
            put_connection(uow, f"C-{number:03}", "B-0")
    first = list(run_bills(store, RUN, PLAN))[-1]
    assert (first.issued, first.refused) == (3, 18)
    with store.write() as uow:
        for number in (10, 11, 20, 27):
            put_reading(uow, f"C-{number:03}", 1301, 1)
    cut_off = run_bills(store, RUN, PLAN)
    half = next(cut_off)
    cut_off.close()  # as after a kill
    assert (half.issued, half.refused) == (5, 16)
    last = list(run_bills(store, RUN, PLAN))[-1]
    assert (last.issued, last.refused, last.done) == (7, 14, True)
    with store.read() as uow:
        refused = [refusal.consumer_number for refusal in uow.runs.refusals(RUN.name)]
    assert refused == [f"C-{number:03}" for number in range(10, 28) if number not in {10, 11, 20, 27}]
    count, connections, total, _ = issued(store)
    assert (count, connections, total) == (7, 7, last.total)


def test_who_came_into_the_book_later(store: SqlStore) -> None:
    fill(store, 3)
    list(run_bills(store, RUN, PLAN))
    with store.write() as uow:
        for number, book in (("C-000a", "B-1"), ("C-100", "B-0"), ("C-101", "B-1")):
            put_connection(uow, number, book)
        for number in ("C-000a", "C-101"):
            put_reading(uow, number, 1201, 1)
    last = list(run_bills(store, RUN, PLAN))[-1]
    assert (last.issued, last.refused, last.done, last.total) == (5, 1, True, issued(store)[2])
    with store.read() as uow:
        assert [refusal.consumer_number for refusal in uow.runs.refusals(RUN.name)] == ["C-100"]
    assert list(run_bills(store, RUN, PLAN))[-1] == last


def test_who_came_into_another_book_is_not_of_the_run(store: SqlStore) -> None:
    fill(store, 2)
    run = replace(RUN, book="B-1")
    first = list(run_bills(store, run, PLAN))[-1]
    assert list(run_bills(store, run, PLAN)) == [first]
    assert (first.issued, issued(store)[0]) == (1, 1)


def test_a_bill_that_was_reversed_is_made_anew(store: SqlStore) -> None:
    fill(store, 2)
    list(run_bills(store, RUN, PLAN))
    with store.write() as uow:
        reverse_bill(uow, "2024-0000002", "wrong tariff", at(1.1))
    assert list(run_bills(store, RUN, PLAN))[-1].issued == 3
    assert issued(store)[0] == 3


def test_a_book_with_nobody_in_it(store: SqlStore) -> None:
    assert list(run_bills(store, RUN, PLAN)) == [RUN]
    fill(store, 3)
    assert list(run_bills(store, RUN, PLAN))[-1].issued == 3


def test_a_run_of_nobody_that_was_done(store: SqlStore) -> None:
    with store.write() as uow:
        uow.runs.open(RUN)
        uow.runs.save(replace(RUN, done=True), [])
    fill(store, 3)
    assert list(run_bills(store, RUN, PLAN))[-1].issued == 3


def test_a_bill_that_cannot_be_kept_stops_nobody_else(store: SqlStore) -> None:
    fill(store, 3)
    with store.write() as uow:
        factor = text("UPDATE registers SET multiplying_factor = '100000000000000000' WHERE serial_number = 'M-C-001'")
        uow.connection.execute(factor)
    last = list(run_bills(store, RUN, PLAN))[-1]
    assert (last.issued, last.refused) == (2, 1)
    with store.read() as uow:
        (refusal,) = uow.runs.refusals(RUN.name)
    assert refusal.reason.startswith("expected a bill of at most Rs 1,00,00,00,00,00,000.00, got Rs ")


def test_once_more_does_nothing(store: SqlStore) -> None:
    fill(store, 3)
    first = list(run_bills(store, RUN, PLAN))[-1]
    assert list(run_bills(store, RUN, PLAN)) == [first]
    assert issued(store)[0] == 3
    with pytest.raises(ConflictError, match="expected run 2024-07 to be of book ''"):
        list(run_bills(store, Run("2024-07", "B-1", date(2024, 8, 1)), PLAN))


def test_killed_and_begun_again(store: SqlStore, url: str) -> None:
    fill(store, MANY)
    for batches in (1, 2):
        process = worker(url, delay=0.02)
        assert process.stdout is not None
        for _ in range(batches):
            process.stdout.readline()
        time.sleep(0.03 * batches)  # somewhere in a batch
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    before = issued(store)[0]
    assert 0 < before < MANY
    opened = open_store(url)
    check_whole(store, list(run_bills(opened, RUN, PLAN))[-1])
    opened.close()


def test_a_full_disk(tmp_path: Path) -> None:
    """No file may grow any more, somewhere in a batch: the batch is not there at all, and the run goes on later."""
    url = f"sqlite:///{tmp_path}/meterocr.db"
    migrate(url)
    store = open_store(url)
    fill(store, MANY)
    most = sum(path.stat().st_size for path in tmp_path.iterdir())
    code = (
        "import resource, sys\n"
        "from meterocr.store.database import open_store\n"
        "from meterocr.workflow.run import run_bills\n"
        "from tests.workflow.test_run import PLAN, RUN\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "list(run_bills(open_store(sys.argv[1]), RUN, PLAN))\n"
    )
    for limit in (most // 4, most // 2):
        command = [sys.executable, "-c", code, url, str(limit)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "StoreError: expected the database to do it, got: " in done.stderr
        assert issued(store)[0] % PLAN.batch == 0
    assert issued(store)[0] < MANY
    check_whole(store, list(run_bills(store, RUN, PLAN))[-1])
    store.close()


def test_two_processes_share_a_run(store: SqlStore, url: str) -> None:
    fill(store, MANY)
    workers = [worker(url), worker(url)]
    told = [process.communicate(timeout=60)[0].split() for process in workers]
    assert [process.returncode for process in workers] == [0, 0]
    assert max(int(count) for each in told for count in each) == MANY
    check_whole(store, list(run_bills(store, RUN, PLAN))[-1])


def test_two_processes_bill_the_same_connection(store: SqlStore, url: str) -> None:
    fill(store, 1)
    code = (
        "import sys\n"
        "from meterocr.errors import BillError\n"
        "from meterocr.store.database import open_store\n"
        "from meterocr.workflow.bills import issue_bill\n"
        "from tests.store.book import RATING, UNTIL, at\n"
        "store = open_store(sys.argv[1])\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "try:\n"
        "    with store.write() as uow:\n"
        "        print(issue_bill(uow, 'C-000', UNTIL, RATING, at(1)).number)\n"
        "except BillError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", code, url]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = sorted(process.communicate(timeout=60)[0].strip() for process in both)
    assert told == ["2024-0000001", "connection C-000: expected a reading after 2024-07-31, got none to 2024-12-31"]
    assert issued(store)[:2] == (1, 1)


def test_whose_bill_ended_before_the_month_is_not_told_to_have_none(store: SqlStore) -> None:
    """Read at the end of July with no run in July: the bill of the August run ends in July."""
    fill(store, 3)
    run = replace(RUN, name="2024-08", until=date(2024, 8, 31))
    first = list(run_bills(store, run, PLAN))[-1]
    assert (first.issued, first.refused) == (3, 0)
    assert list(run_bills(store, run, PLAN))[-1] == first
    with store.write() as uow:
        put_reading(uow, "C-001", 1600, 1.01)  # later on the day that is billed
        put_reading(uow, "C-002", 1600, 1.9)
        put_reading(uow, "C-000", 1600, 2.2)  # in September
    last = list(run_bills(store, run, PLAN))[-1]
    assert (last.issued, last.refused) == (4, 0)
    assert list(run_bills(store, run, PLAN))[-1] == last
