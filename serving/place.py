"""What all routes share: made when the server starts, and found again from a request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import Request

from meterocr.certificate import Certificate
from meterocr.composition import Office
from serving.desk import ReadingDesk
from serving.errors import ApiError
from serving.inbox import WhatsAppDoor
from serving.limits import RateLimits
from serving.settings import ServeSettings


def _leave_it() -> None:
    """The outbox is sent by somebody else, in time."""


@dataclass(frozen=True, slots=True)
class Place:
    """The office with the models, and how much may be asked of it.

    Attributes:
        certificate: what live readings are compared with; ``None`` where the models have none.
        whatsapp: where it is set up.
        outbox_grew: a message is waiting that somebody is waiting for.
    """

    office: Office
    desk: ReadingDesk
    settings: ServeSettings
    limits: RateLimits = field(default_factory=RateLimits)
    whatsapp: WhatsAppDoor | None = None
    certificate: Certificate | None = None
    outbox_grew: Callable[[], None] = _leave_it


def link_secret(request: Request) -> bytes:
    """What links are signed with.

    Raises:
        ApiError: 409, the operator has not set one.
    """
    secret = place_of(request).settings.link_secret
    if not secret:
        message = "expected METEROCR_SERVE_LINK_SECRET in the environment of the server, got none"
        raise ApiError(HTTPStatus.CONFLICT, "not_set_up", message)
    return secret.encode()


def place_of(request: Request) -> Place:
    """Where a request is worked on."""
    place = request.app.state.place
    assert isinstance(place, Place)  # noqa: S101 - the app is made with it
    return place
