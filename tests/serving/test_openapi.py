"""The description of the API: complete, and kept by the server."""

from __future__ import annotations

from contextlib import suppress

import httpx
import schemathesis
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from meterocr.readout_json import readout_of
from serving.app import api_routes, make_api
from tests.serving.conftest import App, Server

NOT_CHECKED = [ignored_auth, negative_data_rejection, positive_data_acceptance]
"""It would take our key for one that it made up; query parameters that nobody knows are ignored, and the key that we
add makes its requests without one right; and no schema can say which bytes are a photo."""


def test_the_server_does_what_it_says(server: Server) -> None:
    """Schemathesis makes requests of the description, right and wrong ones, and compares the answers with it."""
    described = schemathesis.openapi.from_dict(httpx.get(f"{server.url}/v1/openapi.json").json())
    statuses: set[int] = set()

    def check(case: schemathesis.Case) -> None:
        got = case.call(base_url=server.url, headers={"authorization": f"Bearer {server.key}"})
        statuses.add(got.status_code)
        case.validate_response(got, excluded_checks=NOT_CHECKED)

    for operation in described.get_all_operations():
        for mode in GenerationMode:
            cases = operation.ok().as_strategy(generation_mode=mode)
            with suppress(Unsatisfiable):  # what takes nothing cannot be asked for wrongly
                settings(max_examples=15, deadline=None, derandomize=True, database=None)(given(cases)(check))()
    assert 200 in statuses
    assert max(statuses) < 500


def test_every_route_is_described(app: App) -> None:
    api = make_api(app.place)
    told = api.openapi()
    for route in [route for route in api_routes(api) if route.include_in_schema]:
        for method in route.methods:
            operation = told["paths"][route.path][method.lower()]
            assert operation["description"]
            assert operation["tags"]
            for status, response in operation["responses"].items():
                kinds = response.get("content", {"text": {}})
                assert status.startswith("2") or "FailureBody" in str(kinds)


def test_the_example_is_a_readout(app: App) -> None:
    (example,) = make_api(app.place).openapi()["components"]["schemas"]["ReadoutBody"]["examples"]
    assert readout_of(example).to_dict() == example
