"""What all routes share: made when the server starts, and found again from a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from meterocr.composition import Office
from serving.desk import ReadingDesk
from serving.limits import RateLimits
from serving.settings import ServeSettings


@dataclass(frozen=True, slots=True)
class Place:
    """The office with the models, and how much may be asked of it."""

    office: Office
    desk: ReadingDesk
    settings: ServeSettings
    limits: RateLimits = field(default_factory=RateLimits)


def place_of(request: Request) -> Place:
    """Where a request is worked on."""
    place = request.app.state.place
    assert isinstance(place, Place)  # noqa: S101 - the app is made with it
    return place
