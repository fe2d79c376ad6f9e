"""Opening, migrating, transactions, and what the database itself refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import BigInteger, Float, Numeric, create_engine, func, select, text

from meterocr.errors import ConflictError, StoreError
from meterocr.metering.consumption import IST
from meterocr.store import schema
from meterocr.store.database import SqlStore, SqlUnitOfWork, migrate, open_store
from meterocr.workflow.values.act import Act
from tests.store.book import ACT, issue_one, put_connection


def test_migrations_from_nothing_give_the_models(url: str) -> None:
    migrate(url)
    migrate(url)  # nothing more to do
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_an_empty_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="expected a database of revision 0006, got an empty one"):
        open_store(url)


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x/y", "sqlite:////nowhere/at/all.db"], indirect=False)
def test_what_cannot_be_opened(url: str) -> None:
    with pytest.raises(StoreError, match="expected"):
        open_store(url)


def test_a_port_that_is_none_is_refused_without_a_word_of_the_password() -> None:
    with pytest.raises(StoreError, match=r"a number as its port, got another one$"):
        open_store("postgresql+psycopg://user:pass@word:secret@127.0.0.1/x")


def test_a_database_of_a_later_version(url: str) -> None:
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()
    for use in (open_store, migrate):
        with pytest.raises(StoreError, match="or before, got 0099: it was made by a later version of meterocr"):
            use(url)


def with_a_half_character(uow: SqlUnitOfWork) -> None:
    uow.book.connection("\udcff")


def with_a_time_before_the_first(uow: SqlUnitOfWork) -> None:
    uow.log.write(Act("office", datetime.min.replace(tzinfo=IST)), "x", "y")


def with_too_large_a_number(uow: SqlUnitOfWork) -> None:
    uow.submissions.get(10**20)


@pytest.mark.parametrize("use", [with_a_half_character, with_a_time_before_the_first, with_too_large_a_number])
def test_what_no_database_can_hold_is_refused(store: SqlStore, use: Callable[[SqlUnitOfWork], None]) -> None:
    with pytest.raises(StoreError, match="expected"), store.write() as uow:
        use(uow)


def test_errors_of_the_caller_stay_as_they_are(store: SqlStore) -> None:
    with pytest.raises(UnicodeEncodeError), store.write():
        "\udcff".encode()


def test_all_or_nothing(store: SqlStore) -> None:
    def broken() -> None:
        with store.write() as uow:
            put_connection(uow, "C-1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with store.read() as uow:
        assert uow.book.numbers("", "", 10) == []


def test_a_reader_sees_one_state(store: SqlStore) -> None:
    with store.read() as reader:
        assert reader.book.numbers("", "", 10) == []
        with store.write() as uow:
            put_connection(uow, "C-1")
        assert reader.book.numbers("", "", 10) == []


def test_a_second_one_is_a_conflict(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
    with pytest.raises(ConflictError, match="breaks a rule of the store"), store.write() as uow:
        put_connection(uow, "C-1")


@pytest.mark.parametrize("table", schema.APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_history_cannot_be_changed(store: SqlStore, table: str, statement: str) -> None:
    issue_one(store)
    with store.write() as uow:
        uow.connection.execute(text(_PHOTO), _VALUES)
        uow.connection.execute(text(_REVIEW))
        uow.connection.execute(text(_CLAIM))
        uow.connection.execute(text(_SECOND))
        uow.connection.execute(text(_ENTRY), _VALUES)
        uow.connection.execute(text(_PAYMENT), _VALUES)
        assert uow.connection.execute(select(func.count()).select_from(schema.metadata.tables[table])).scalar()
    with pytest.raises(StoreError, match="append-only"), store.write() as uow:
        uow.connection.execute(text(statement.format(table=table, column=_COLUMN.get(table, "id"))))


_COLUMN = {"bills": "total_paise", "reviews": "decision", "tariffs": "content"}
_VALUES: dict[str, Any] = {"number": "C-1", "at": "2024-08-01T00:00:00.000000Z"}
_PHOTO = (
    "INSERT INTO submissions (key, consumer_number, sha256, perceptual_hash, band_0, band_1, band_2, band_3, band_4, "
    "received, capture, readout, verification, verdict, reasons, text, suggested, waiting) VALUES ('k', :number, '', "
    "'', 0, 0, 0, 0, 0, :at, '', '', '', 'review', '', '', '', false)"
)
_REVIEW = (
    "INSERT INTO reviews (submission_id, decision, note, by, at) "
    "SELECT id, 'reject', '', 'b', received FROM submissions"
)
_CLAIM = "INSERT INTO claims (submission_id, text, by, at) SELECT id, '', 'b', received FROM submissions"
_SECOND = (
    "INSERT INTO second_readings (submission_id, origin, text, agrees, by, at) "
    "SELECT id, 'accepted', '', false, 'b', received FROM submissions"
)
_PAYMENT = (
    "INSERT INTO payments (reference, number, amount_paise, online, by, at) "
    "SELECT 'r', number, 1, false, 'b', :at FROM bills"
)
_ENTRY = (
    "INSERT INTO entries (key, consumer_number, kind, amount_paise, reason, by, at) "
    "VALUES ('k', :number, 'credit', 1, 'r', 'b', :at)"
)


def test_who_must_be_said() -> None:
    with pytest.raises(ValueError, match="expected who does it"):
        Act(" ", ACT.at)
    with pytest.raises(ValueError, match="expected a time with a timezone"):
        Act("a", ACT.at.replace(tzinfo=None))


def test_no_number_of_a_table_is_a_float() -> None:
    """SQLite would keep a Numeric as a float: money is whole paise, and other exact numbers are text."""
    columns = [column for table in schema.metadata.tables.values() for column in table.columns]
    assert [str(column) for column in columns if isinstance(column.type, Numeric | Float)] == []
    paise = [column for column in columns if "paise" in column.name]
    assert len(paise) >= 5
    assert [str(column) for column in paise if not isinstance(column.type, BigInteger)] == []
