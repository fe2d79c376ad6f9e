"""A reading and its bill: at once, and only once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from meterocr.errors import BillError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.store.photos import PhotoFolder
from meterocr.workflow.bills import reverse_bill
from meterocr.workflow.evidence import Sight, StoredSubmission
from meterocr.workflow.intake import Desk, Incoming, submit
from meterocr.workflow.onward import bill_submission
from tests.metering.conftest import readout
from tests.store.book import RATING, at, put_connection, put_reading


def submitted(store: SqlStore, tmp_path: Path, text: str) -> StoredSubmission:
    """A photo at the end of the second month, after 150 units in the first."""

    def look(photo: bytes) -> Sight:
        return Sight(readout(text, sha256=hashlib.sha256(photo).hexdigest()), 7)

    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1150, 1)
    desk = Desk(store, PhotoFolder(tmp_path / "photos"), look, RATING.tariff)
    return submit(desk, Incoming("k-1", "C-1", b"photo", at(1.5).at, at(2.5).at), at(2))


def test_billed_once(store: SqlStore, tmp_path: Path) -> None:
    stored = submitted(store, tmp_path, "001350")
    with store.write() as uow:
        bill = bill_submission(uow, stored.id, RATING, at(2))
    assert (bill.number, bill.consumption.units) == ("2024-0000001", 350)
    with store.write() as uow:
        assert bill_submission(uow, stored.id, RATING, at(3)) == bill
        reverse_bill(uow, bill.number, "wrong", at(3))
        assert bill_submission(uow, stored.id, RATING, at(3)).number == "2024-0000002"


def test_what_gave_no_reading(store: SqlStore, tmp_path: Path) -> None:
    stored = submitted(store, tmp_path, "009350")
    with store.write() as uow, pytest.raises(BillError, match=f"submission {stored.id}: expected a reading"):
        bill_submission(uow, stored.id, RATING, at(2))
    with store.write() as uow, pytest.raises(NotFoundError, match="expected a submission, got 99"):
        bill_submission(uow, 99, RATING, at(2))
