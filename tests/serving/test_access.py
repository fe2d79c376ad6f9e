"""Who may do what. The matrix walks every route with every scope, and grows with the routes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from meterocr.workflow.keys import Scope, revoke_key
from serving.access import scope_of
from serving.app import api_routes, make_api
from serving.pages.web import PageRoute
from tests.serving.conftest import App, key_of
from tests.serving.test_errors import check_failure

PUBLIC = {
    *("/livez", "/readyz", "/metrics", "/static/{name}"),
    *("/v1/openapi.json", "/v1/links/bills/{bill}", "/v1/webhooks/whatsapp"),
}
"""Everybody may see these; a new one has to be entered here on purpose. Pages have a matrix of their own."""


def calls(route: APIRoute) -> list[tuple[str, str]]:
    path = re.sub(r"\{[^}]*\}", "1", route.path)
    return [(method, path) for method in sorted(route.methods)]


def test_the_matrix(app: App) -> None:
    keys = {scope: key_of(app.place.office, scope) for scope in Scope}
    routes = [route for route in api_routes(make_api(app.place)) if not isinstance(route, PageRoute)]
    for route in routes:
        wanted = scope_of(route)
        for method, path in calls(route):
            anonymous = app.call(method, path, headers={"authorization": ""})
            if wanted is None:
                assert route.path in PUBLIC
                assert anonymous.status_code != 401
                assert not anonymous.text.startswith('{"error": {"code": "forbidden"')  # the description shows one
                continue
            check_failure(anonymous, 401, "unauthorized")
            for scope, key in keys.items():
                got = app.call(method, path, headers={"authorization": f"Bearer {key}"})
                if scope is wanted:
                    assert got.status_code not in {401, 403}, (path, scope)
                else:
                    check_failure(got, 403, "forbidden")
    assert {route.path for route in routes if scope_of(route) is None} == PUBLIC


def test_a_route_that_says_nothing_does_not_start(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.add_api_route("/v1/forgotten", lambda: None)
    monkeypatch.setattr("serving.app.routers", lambda: iter([router]))
    with pytest.raises(ValueError, match="expected /v1/forgotten to allow one scope or to be public"):
        make_api(app.place)


def test_routes_behind_routes_are_refused(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, outer = APIRouter(), APIRouter()
    inner.add_api_route("/hidden", lambda: None)
    outer.include_router(inner)
    monkeypatch.setattr("serving.app.routers", lambda: iter([outer]))
    with pytest.raises(ValueError, match="expected plain routes"):
        make_api(app.place)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer mo_",
        "Basic {key}",
        "{key}",
        "Bearer {key}0",
        "Bearer {flipped}",
        "Bearer " + "mo_" + "0" * 12 + "_" + "0" * 64,
        "Bearer ' OR 1=1 --",
        "Bearer " + "x" * 8000,
    ],
)
def test_what_is_no_key(app: App, header: str) -> None:
    flipped = app.key[:-1] + ("0" if app.key[-1] != "0" else "1")
    got = app.read(headers={"authorization": header.format(key=app.key, flipped=flipped)})
    check_failure(got, 401, "unauthorized")
    assert got.headers["www-authenticate"].startswith("Bearer")


def test_a_key_that_was_revoked(app: App) -> None:
    office = app.place.office
    key = key_of(office, Scope.READ)
    headers = {"authorization": f"bearer {key}"}
    assert app.read(headers=headers).status_code == 200
    with office.store.write() as uow:
        revoke_key(uow, key.split("_")[1], office.act("test"))
    check_failure(app.read(headers=headers), 401, "unauthorized")


def test_too_often(app: App) -> None:
    slow = app.with_settings(per_minute=3)
    assert [slow.read().status_code for _ in range(3)] == [200] * 3
    got = slow.read()
    check_failure(got, 429, "too_many_requests")
    assert 1 <= int(got.headers["retry-after"]) <= 20
    other: dict[str, Any] = {"authorization": f"Bearer {key_of(app.place.office, Scope.READ)}"}
    assert slow.read(headers=other).status_code == 200
