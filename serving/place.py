"""What all routes share: made when the server starts, and found again from a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request

from meterocr.certificate import Certificate
from meterocr.composition import Office
from serving.desk import ReadingDesk
from serving.limits import RateLimits
from serving.settings import ServeSettings


def _leave_it() -> None:
    """The outbox is sent by somebody else, in time."""


@dataclass(frozen=True, slots=True)
class Place:
    """The office with the models, and how much may be asked of it.

    Attributes:
        certificate: what live readings are compared with; ``None`` where the models have none.
        outbox_grew: a message is waiting that somebody is waiting for.
    """

    office: Office
    desk: ReadingDesk
    settings: ServeSettings
    limits: RateLimits = field(default_factory=RateLimits)
    certificate: Certificate | None = None
    outbox_grew: Callable[[], None] = _leave_it


def place_of(request: Request) -> Place:
    """Where a request is worked on."""
    place = request.app.state.place
    assert isinstance(place, Place)  # noqa: S101 - the app is made with it
    return place
