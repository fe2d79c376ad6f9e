"""Whether the server can work: model, database, disk."""

from __future__ import annotations

import shutil
from http import HTTPStatus

from meterocr.errors import MeterOcrError
from serving.errors import RETRY_S, ApiError
from serving.place import Place

LEAST_FREE = 200 * 2**20
"""Bytes that must be free where photos are kept."""


def problems(place: Place) -> None:
    """Nothing, where everything is there. The model is: without it no process starts.

    Raises:
        ApiError: 503, and which part is not.
    """
    parts = {"model": "ok", "database": _database(place), "disk": _disk(place)}
    if set(parts.values()) != {"ok"}:
        raise ApiError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not_ready",
            "expected model, database and disk to be ready, got one that is not",
            details=parts,
            headers={"Retry-After": str(RETRY_S)},
        )


def _database(place: Place) -> str:
    try:
        with place.office.store.read() as uow:
            uow.book.numbers("", "", 1)
    except MeterOcrError:
        return "does not answer"
    return "ok"


def _disk(place: Place) -> str:
    try:
        free = shutil.disk_usage(place.office.settings.photos).free
    except OSError:
        return "is not there"
    return "ok" if free >= LEAST_FREE else "is full"
