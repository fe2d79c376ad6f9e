"""``meterocr key``."""

from __future__ import annotations

import json

import pytest

from meterocr.composition import Settings, open_office
from meterocr.workflow.keys import Scope, known_key
from tests.cli.conftest import run


def test_created_listed_revoked() -> None:
    done = run("key", "create", "--scope", "read", "--scope", "bill", "--name", "app backend", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["schema"], told["name"], told["scopes"]) == (1, "app backend", ["bill", "read"])
    office = open_office(Settings())
    with office.store.read() as uow:
        entry = known_key(uow, told["key"])
    office.close()
    assert entry is not None
    assert entry.key_id == told["id"]
    listed = run("key", "list").stdout
    assert told["key"] not in listed
    assert f"{told['id']}  {entry.made_at:%Y-%m-%d}  live  bill,read  app backend" in listed
    assert run("key", "revoke", told["id"]).stdout == f"{told['id']}: revoked\n"
    assert "revoked" in run("key", "list").stdout
    again = run("key", "revoke", told["id"])
    assert (again.exit_code, "expected a key that opens something" in again.stderr) == (1, True)


def test_for_people_the_key_stands_alone_on_standard_output() -> None:
    done = run("key", "create", "--scope", "read")
    assert done.stdout.startswith("mo_")
    assert done.stdout.count("\n") == 1
    assert "not shown again" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "Missing option '--scope'"),
        (["--scope", "all"], "'all' is not one of 'read', 'submit', 'visit', 'review', 'bill', 'admin'"),
        (["--scope", "read", "--name", " "], "expected whose key it is"),
    ],
)
def test_wrong_usage(arguments: list[str], expected: str) -> None:
    done = run("key", "create", *arguments)
    assert done.exit_code == 2
    assert expected in done.stderr


def test_every_scope_can_be_given() -> None:
    done = run("key", "create", *(part for scope in Scope for part in ("--scope", scope.value)), "--json")
    assert sorted(json.loads(done.stdout)["scopes"]) == sorted(Scope)
