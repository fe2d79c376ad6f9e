"""Who may do what: keys in ``Authorization: Bearer``, and the scope that each route asks for."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.routing import BaseRoute

from meterocr.workflow.keys import KeyEntry, Scope, known_key
from meterocr.workflow.values.act import Act
from serving.errors import ApiError, too_often
from serving.place import place_of

_BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="Made with `meterocr key create`.")


class Allowed:
    """A dependency: the request comes with a key that has ``scope``. Gives the key's entry.

    It runs before the body is received, in a thread.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self, request: Request, _: Annotated[object, Depends(_BEARER)]) -> KeyEntry:
        """The key.

        Raises:
            ApiError: 401 without a key that opens something, 403 without the scope, 429 too often.
        """
        place = place_of(request)
        scheme, _space, key = request.headers.get("authorization", "").partition(" ")
        entry = None
        if scheme.lower() == "bearer":
            with place.office.store.read() as uow:
                entry = known_key(uow, key.strip())
        if entry is None:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "unauthorized",
                "expected a key in the header `Authorization: Bearer ...`, got none that opens something",
                headers={"WWW-Authenticate": 'Bearer realm="meterocr"'},
            )
        wait = place.limits.take(entry.key_id, place.settings.per_minute)
        if wait:
            message = f"expected at most {place.settings.per_minute} requests a minute of one key, got more"
            raise too_often(message, wait)
        if self.scope not in entry.scopes:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                f"expected a key with the scope {self.scope}, got one with {', '.join(entry.scopes)}",
            )
        request.state.key = entry
        return entry


def allow(scope: Scope) -> Any:
    """What a route that asks for ``scope`` has among its ``dependencies``."""
    return Depends(Allowed(scope))


def public(function: Any) -> Any:
    """Marks a route that needs no key. Every other route must have a scope, or the server does not start."""
    function.is_public = True
    return function


def scope_of(route: BaseRoute) -> Scope | None:
    """What a route asks for; ``None`` where it is public.

    Raises:
        ValueError: it says neither, or is no plain route, behind which there could be anything.
    """
    if not isinstance(route, APIRoute):
        raise ValueError(f"expected plain routes, got {route!r}")  # noqa: TRY004 - a mistake in the value of a router
    if getattr(route.endpoint, "is_public", False):
        return None
    found = [d.call.scope for d in route.dependant.dependencies if isinstance(d.call, Allowed)]
    if len(found) != 1:
        raise ValueError(f"expected {route.path} to allow one scope or to be public, got {found}")
    return found[0]


def act_of(request: Request) -> Act:
    """Who does something with this request, and when."""
    return place_of(request).office.act(f"key:{request.state.key.key_id}")
