"""Who may see which page: every page with everybody. It grows with the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from meterocr.workflow.keys import Scope
from serving.app import api_routes, make_api
from serving.pages.sessions import COOKIE, Kind, begin, seal_of
from serving.pages.visitors import Staff, consumer, sender
from serving.pages.web import PageRoute
from tests.serving.pages.site import Site, phone_of

OPEN = {
    *("/", "/login", "/login/code", "/staff", "/logout", "/language/{language}"),
    *("/round/manifest.webmanifest", "/round/worker.js"),
}
"""Everybody may see these; a new one has to be entered here on purpose."""


@dataclass(frozen=True)
class Wanted:
    """Who may see a page: a consumer, or the staff with a scope."""

    consumer: bool
    scope: Scope | None


def wanted(route: PageRoute) -> Wanted:
    asked = [dependency.call for dependency in route.dependant.dependencies]
    scopes = [each.scope for each in asked if isinstance(each, Staff)]
    consumers = asked.count(consumer) + asked.count(sender)
    assert len(scopes) + consumers <= 1
    return Wanted(consumers == 1, scopes[0] if scopes else None)


def routes(site: Site) -> list[PageRoute]:
    return [route for route in api_routes(make_api(site.place)) if isinstance(route, PageRoute)]


@pytest.fixture
def clients(site: Site) -> Iterator[dict[str, httpx.Client]]:
    """By who they are: nobody, a consumer, and the staff by scope."""
    office = site.office
    seal, now = seal_of(office.settings.home), office.clock()
    sessions = {"nobody": begin(Kind.NOBODY, "", now), "consumer": begin(Kind.CONSUMER, phone_of("EX-10"), now)}
    sessions["asked"] = begin(Kind.ASKED, phone_of("EX-10"), now)
    for scope in Scope:
        sessions[scope] = begin(Kind.STAFF, site.key(scope).split("_")[1], now)
    made = {
        name: httpx.Client(base_url=site.url, cookies={COOKIE: seal.close(s)}, headers={"x-form-token": seal.token(s)})
        for name, s in sessions.items()
    }
    yield made
    for client in made.values():
        client.close()


def test_the_matrix(site: Site, clients: dict[str, httpx.Client]) -> None:
    for route in routes(site):
        who = wanted(route)
        if not who.consumer and who.scope is None:
            assert route.path in OPEN
            continue
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        for name, client in clients.items():
            (method,) = route.methods
            got = client.request(method, path)
            place = (method, path, name)
            if (who.consumer and name == "consumer") or name == who.scope:
                assert got.status_code != 403, place
                assert got.headers.get("location") not in ("/", "/staff"), place
            elif who.consumer:
                assert (got.status_code, got.headers["location"]) == (303, "/"), place
            elif name in list(Scope):
                assert got.status_code == 403, place
            else:
                assert got.status_code == 303, place
                assert got.headers["location"].startswith("/staff"), place
    assert {r.path for r in routes(site) if wanted(r) == Wanted(consumer=False, scope=None)} == OPEN


def test_every_form_needs_its_token(site: Site, clients: dict[str, httpx.Client]) -> None:
    posts = [route for route in routes(site) if "POST" in route.methods]
    assert len(posts) > 8
    for route in posts:
        path = re.sub(r"\{[^}]*\}", "1", route.path)
        who = wanted(route)
        client = clients["consumer" if who.consumer else who.scope or "nobody"]
        for token in ("", "guessed", clients["asked"].headers["x-form-token"]):
            got = client.post(path, headers={"x-form-token": token})
            assert (got.status_code, "open for too long" in got.text) == (403, True), path


def test_a_revoked_key_ends_its_sessions(site: Site, clients: dict[str, httpx.Client]) -> None:
    client = clients[Scope.REVIEW]
    assert client.get("/desk").status_code == 200
    now = site.office.clock()
    session = seal_of(site.office.settings.home).open(client.cookies[COOKIE], now)
    assert session is not None
    with site.office.store.write() as uow:
        uow.keys.revoke(session.who, now)
    assert client.get("/desk").headers["location"] == "/staff"


def test_large_bodies_are_only_for_who_is_logged_in(clients: dict[str, httpx.Client]) -> None:
    large = {"photo": ("p.jpg", b"x" * 300_000)}
    assert clients["nobody"].post("/login", files=large).status_code == 413
    assert clients["consumer"].post("/c/EX-10/photo", files=large).status_code == 422  # no key, and no photo
