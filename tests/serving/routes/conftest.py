"""The office behind the app, anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.desk import ReadingDesk
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import KnownReader
from tests.serving.office import Desk, make_office

SECRET = "s" * 32


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office = make_office(tmp_path)
    reading = ReadingDesk(KnownReader(), threads=2, queue=4)
    yield Desk.of(Place(office, reading, ServeSettings(link_secret=SECRET)))
    reading.close()
    office.close()
