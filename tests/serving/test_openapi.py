"""The description of the API: complete, and kept by the server."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import jsonschema_rs
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

NO_EXAMPLE = {("/metrics", "200", "text/plain"), ("/v1/openapi.json", "200", "application/json")}
"""Too long to be shown."""
FILES = ("/v1/bills/{bill}/pdf", "/v1/links/bills/{bill}", "/v1/reviews/{submission}/photo")


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


def resolved(told: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def is_shown(told: Any, part: Any) -> bool:
    """Whether there is an example of it, or it says for itself what it may be."""
    schema = resolved(told, part["schema"])
    return bool({"example", "examples"} & part.keys() or {"examples", "enum"} & schema.keys())


def test_everything_has_an_example(app: App) -> None:
    told = make_api(app.place).openapi()
    bare: list[tuple[str, ...]] = []
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            parts = [("parameter", each["name"], each) for each in operation.get("parameters", [])]
            parts += [("body", *pair) for pair in operation.get("requestBody", {}).get("content", {}).items()]
            for status, response in operation["responses"].items():
                parts += [(status, *pair) for pair in response.get("content", {}).items()]
            for where, name, part in parts:
                is_file = part.get("schema", {}).get("format") == "binary"
                if not is_file and not is_shown(told, part):
                    bare.append((method, path, where, name))
    assert [place for place in bare if place[1:] not in NO_EXAMPLE] == []


def test_files_are_of_their_own_kind_only(app: App) -> None:
    told = make_api(app.place).openapi()["paths"]
    kinds = {path: set(told[path]["get"]["responses"]["200"]["content"]) for path in FILES}
    assert kinds["/v1/bills/{bill}/pdf"] == kinds["/v1/links/bills/{bill}"] == {"application/pdf"}
    assert "image/jpeg" in kinds["/v1/reviews/{submission}/photo"]
    assert "application/json" not in kinds["/v1/reviews/{submission}/photo"]


def test_examples_are_what_they_show(app: App) -> None:
    components = make_api(app.place).openapi()["components"]
    for name, schema in components["schemas"].items():
        for example in schema.get("examples", []) if schema.get("type") == "object" else []:
            whole = {"$ref": f"#/components/schemas/{name}", "components": components}
            wrong = [str(error.message) for error in jsonschema_rs.iter_errors(whole, example)]
            # FastAPI leaves out what is null in an example.
            assert [message for message in wrong if not message.endswith("is a required property")] == [], name


def test_the_example_is_a_readout(app: App) -> None:
    (example,) = make_api(app.place).openapi()["components"]["schemas"]["ReadoutBody"]["examples"]
    assert readout_of(example).to_dict() == example
