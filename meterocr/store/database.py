"""The database: how it is opened, migrated, and how a transaction begins and ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from meterocr.errors import ConflictError, StoreError
from meterocr.store.answers import SqlAnswers
from meterocr.store.bills import SqlBills
from meterocr.store.book import SqlBook
from meterocr.store.figures import SqlFigures
from meterocr.store.inbox import SqlInbox
from meterocr.store.keys import SqlKeys
from meterocr.store.log import SqlLog
from meterocr.store.logins import SqlLogins
from meterocr.store.outbox import SqlOutbox
from meterocr.store.phones import SqlPhones
from meterocr.store.privacy import SqlPrivacy
from meterocr.store.readings import SqlReadings
from meterocr.store.runs import SqlRuns
from meterocr.store.second_readings import SqlSecondReadings
from meterocr.store.submissions import SqlSubmissions
from meterocr.store.visits import SqlVisits

BUSY_SECONDS = 30
"""How long SQLite waits for another writer."""


class SqlUnitOfWork:
    """One transaction on one connection, as :class:`~meterocr.workflow.ports.UnitOfWork`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.book = SqlBook(connection)
        self.readings = SqlReadings(connection)
        self.submissions = SqlSubmissions(connection)
        self.bills = SqlBills(connection)
        self.phones = SqlPhones(connection)
        self.outbox = SqlOutbox(connection)
        self.runs = SqlRuns(connection)
        self.visits = SqlVisits(connection)
        self.log = SqlLog(connection)
        self.keys = SqlKeys(connection)
        self.logins = SqlLogins(connection)
        self.second_readings = SqlSecondReadings(connection)
        self.figures = SqlFigures(connection)
        self.answers = SqlAnswers(connection)
        self.inbox = SqlInbox(connection)
        self.privacy = SqlPrivacy(connection)


class SqlStore:
    """A database that is up to date, as :class:`~meterocr.workflow.ports.Store`. Safe from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[SqlUnitOfWork]:
        """Kept when the block ends, undone when it raises.

        Raises:
            ConflictError: the database's own rules were broken: it is there already.
            StoreError: the database is full, locked by others for too long, or gone.
        """
        with _translated(), self._engine.connect().execution_options(write=True) as connection, connection.begin():
            yield SqlUnitOfWork(connection)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """One consistent view; nothing is kept.

        Raises:
            StoreError: as :meth:`write`.
        """
        options: dict[str, Any] = {} if _is_sqlite(self._engine) else {"isolation_level": "REPEATABLE READ"}
        with _translated(), self._engine.connect().execution_options(**options) as connection:
            yield SqlUnitOfWork(connection)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def open_store(url: str) -> SqlStore:
    """The store at a database URL, such as ``sqlite:///meterocr.db`` or ``postgresql+psycopg://host/name``.

    Raises:
        StoreError: it cannot be opened, or was made by another version of meterocr; see :func:`migrate`.
    """
    engine = _engine(url)
    try:
        with _translated(), engine.connect() as connection:
            _check_latest(connection)
    except StoreError:
        engine.dispose()
        raise
    return SqlStore(engine)


def migrate(url: str) -> None:
    """Make or bring up to date the tables of the database at ``url``; what is there is kept.

    Raises:
        StoreError: it cannot be opened, or was made by a later version of meterocr.
    """
    engine = _engine(url)
    try:
        with _translated(), engine.connect().execution_options(write=True) as connection, connection.begin():
            _known(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _check_latest(connection: Connection) -> None:
    got, latest = _known(connection), ScriptDirectory.from_config(_config()).get_current_head()
    if got != latest:
        raise StoreError(
            f"expected a database of revision {latest}, got {got or 'an empty one'}: `meterocr init` migrates it"
        )


def _known(connection: Connection) -> str | None:
    """The revision of a database, ``None`` where it is empty.

    Raises:
        StoreError: it is not one of ours.
    """
    scripts, got = ScriptDirectory.from_config(_config()), MigrationContext.configure(connection).get_current_revision()
    if got is not None and got not in {script.revision for script in scripts.walk_revisions()}:
        latest = scripts.get_current_head()
        raise StoreError(
            f"expected a database of revision {latest} or before, got {got}: it was made by a later version of meterocr"
        )
    return got


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, **({"connect_args": {"timeout": BUSY_SECONDS}} if "sqlite" in url[:6] else {}))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise StoreError(f"expected a database URL such as sqlite:///meterocr.db, got: {error}") from error
    except ValueError as error:  # which may have a part of the password in it
        raise StoreError("expected a database URL with a number as its port, got another one") from error
    event.listen(engine, "handle_error", _refuse_value)
    if _is_sqlite(engine):
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by itself, and late
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer that begins as a reader could find, halfway, that another one was faster.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")


def _refuse_value(context: ExceptionContext) -> StoreError | None:
    """A number or text that the driver cannot pass on, such as a number of 20 digits, is no error of the database's."""
    error = context.original_exception
    if isinstance(error, (OverflowError, UnicodeError)):
        return StoreError(f"expected a value that the database can hold, got: {error}")
    return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"expected something new, got what breaks a rule of the store: {error.orig}") from error
    except DBAPIError as error:
        raise StoreError(f"expected the database to do it, got: {error.orig}") from error
