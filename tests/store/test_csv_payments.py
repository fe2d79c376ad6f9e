"""Lists of a bank: what is there already, and what goes on beside them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import text

from meterocr.billing.bill import Bill
from meterocr.store.database import SqlStore
from meterocr.store.transfer import Report
from meterocr.workflow.bills import issue_bill, reverse_bill
from tests.store.book import RATING, UNTIL, at, issue_one
from tests.store.test_transfer import put

DAY = "2024-08-02"


def bank(*rows: tuple[Bill, str, str]) -> str:
    lines = [f"{bill.number},{reference},{amount},{DAY},no\n" for bill, reference, amount in rows]
    return "".join(["bill,reference,amount,paid_on,online\n", *lines])


def references(store: SqlStore, number: str) -> list[str]:
    with store.read() as uow:
        return [payment.reference for payment in uow.bills.payments(number)]


def until_somebody_waits(store: SqlStore) -> None:
    """For a lock, on PostgreSQL; SQLite has one writer anyhow."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    end = time.monotonic() + 20
    with store.read() as uow:
        if uow.connection.dialect.name != "postgresql":
            return
    while True:
        with store.read() as uow:
            if uow.connection.execute(query).scalar():
                return
        assert time.monotonic() < end, "nobody ever waited"
        time.sleep(0.02)


def test_beside_a_run_nobody_waits_for_each_other(store: SqlStore, tmp_path: Path) -> None:
    """A run locks its connections sorted, and a bank sends them in any order."""
    bills = [issue_one(store, number) for number in ("C-1", "C-2", "C-3")]
    content = bank(*[(bill, "R-1", "100.00") for bill in reversed(bills)])
    with ThreadPoolExecutor(1) as pool:
        with store.write() as uow:
            uow.book.lock(["C-1"])
            kept = pool.submit(put, store, tmp_path, "payments", content)
            until_somebody_waits(store)
            uow.book.lock(["C-2", "C-3"])
        assert kept.result() == (Report(3, 0), [])
    assert [references(store, bill.number) for bill in bills] == [["R-1"]] * 3


def test_rows_that_cannot_be_read_are_still_refused(store: SqlStore, tmp_path: Path) -> None:
    bill = issue_one(store)
    content = bank((bill, "R-1", "100.00")) + f"{bill.number},R-2\n\n\udc90,R-3,1.00,{DAY},no\n"
    report, errors = put(store, tmp_path, "payments", content)
    assert (report, len(errors)) == (Report(0, 2), 2)
    assert references(store, bill.number) == []


def test_a_list_that_repeats_a_payment_of_a_bill_that_was_reversed(store: SqlStore, tmp_path: Path) -> None:
    old = issue_one(store, units=450)
    assert put(store, tmp_path, "payments", bank((old, "R-1", "100.00"))) == (Report(1, 0), [])
    with store.write() as uow:
        reverse_bill(uow, old.number, "misread", at(1.1))
        new = issue_bill(uow, "C-1", UNTIL, RATING, at(1.1))
    repeated: Sequence[tuple[Bill, str, str]] = [(old, "R-1", "100.00"), (new, "R-2", "50.00")]
    later = bank(*repeated).replace(DAY, "2024-08-15")
    assert put(store, tmp_path, "payments", later) == (Report(2, 0), [])
    assert (references(store, old.number), references(store, new.number)) == (["R-1"], ["R-2"])
    report, errors = put(store, tmp_path, "payments", bank((old, "R-1", "99.00"), (old, "R-3", "1.00")))
    assert report == Report(0, 2)
    assert errors == [
        "line 2, amount: expected Rs 100.00, as that reference came with, got Rs 99.00",
        "line 3, bill: expected one that counts, got one that was reversed",
    ]
