"""``meterocr key``: keys for programs that use the server."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from meterocr.composition import Office

SCHEMA_VERSION = 1
_SCOPES = ("read", "submit", "visit", "review", "bill", "admin")


@click.group()
def key() -> None:
    """Keys for programs that use the server."""


@key.command()
@click.option("--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, required=True, help="May be repeated.")
@click.option("--name", default="app", show_default=True, help="For people: whose it is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, schema version 1.")
def create(scopes: tuple[str, ...], *, name: str, as_json: bool) -> None:
    """Make a key and print it, this once. The database is made where there is none."""
    from meterocr.workflow.keys import Scope, make_key

    if not name.strip():
        raise click.BadParameter("expected whose key it is, got nothing", param_hint="--name")
    with _office() as office, office.store.write() as uow:
        made, entry = make_key(uow, name, [Scope(scope) for scope in scopes], office.act(_who()))
    if as_json:
        values = {"schema": SCHEMA_VERSION, "key": made, "id": entry.key_id, "name": name, "scopes": entry.scopes}
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        click.echo(made)
        click.echo("Keep it: it is not shown again. It goes into the header `Authorization: Bearer ...`.", err=True)


@key.command("list")
def list_command() -> None:
    """Id, state, scopes and name of all keys, oldest first."""
    with _office() as office, office.store.read() as uow:
        for entry in uow.keys.all():
            state = "live" if entry.revoked_at is None else f"revoked {entry.revoked_at:%Y-%m-%d}"
            click.echo(f"{entry.key_id}  {entry.made_at:%Y-%m-%d}  {state}  {','.join(entry.scopes)}  {entry.name}")


@key.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Make a key open nothing any more."""
    from meterocr.workflow.keys import revoke_key

    with _office() as office, office.store.write() as uow:
        revoke_key(uow, key_id, office.act(_who()))
    click.echo(f"{key_id}: revoked")


@contextmanager
def _office() -> Iterator[Office]:
    from meterocr.composition import Settings, open_office, set_up

    settings = Settings.from_environment()
    set_up(settings)
    office = open_office(settings)
    try:
        yield office
    finally:
        office.close()


def _who() -> str:
    """Who sits at this machine, for the log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return "cli"
