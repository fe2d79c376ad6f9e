"""The HTTP API: all routes behind one guard."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from serving.access import scope_of
from serving.errors import add_handlers
from serving.guard import Guard
from serving.pages.lost import lost
from serving.place import Place
from serving.routes import routers

DESCRIPTION = """From a photo of an electricity meter to its reading.

Send a key as `Authorization: Bearer mo_...`; `meterocr key create --scope read` makes one.
Every failure has the body `{"error": {"code", "message", "details", "request_id"}}`.
"""


def make_api(place: Place) -> FastAPI:
    """The routes, without the guard.

    Raises:
        ValueError: a route says neither who may use it nor that it is public.
    """
    api = FastAPI(
        title="meterocr",
        version="1",  # of the API, as in its paths
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    api.state.place = place
    add_handlers(api, lost)
    routes = [route for router in routers() for route in router.routes]
    for route in routes:
        scope_of(route)
    api.router.routes += routes  # flat: what include_router nests could not be walked
    return api


def api_routes(api: FastAPI) -> list[APIRoute]:
    """All routes, for those who walk them."""
    return [route for route in api.routes if isinstance(route, APIRoute)]


def make_app(place: Place) -> ASGIApp:
    """What listens."""
    return Guard(make_api(place), place.settings)
