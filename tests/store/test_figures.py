"""The figures of the board."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.store.book import START
from tests.workflow.test_desk_work import NOW, Place, place

__all__ = ["place"]


@pytest.mark.parametrize(
    ("received", "day"),
    [
        (datetime(2024, 8, 30, 18, 29, tzinfo=UTC), date(2024, 8, 30)),
        (datetime(2024, 8, 30, 20, tzinfo=UTC), date(2024, 8, 30)),  # the 31st in India
        (datetime(2024, 8, 31, tzinfo=UTC), date(2024, 8, 31)),
    ],
)
def test_days_are_days_in_utc_whatever_the_session_says(place: Place, received: datetime, day: date) -> None:
    place.send("C-1", "001350", 1, replace(NOW, at=received))
    with place.store.read() as uow:
        if uow.connection.dialect.name == "postgresql":
            uow.connection.exec_driver_sql("SET LOCAL TIME ZONE 'Asia/Kolkata'")
        assert [count.day for count in uow.figures.photos(START)] == [day]
