"""What all commands of the office have in common: exit codes, JSON answers, who acts, and the office itself."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from meterocr.errors import MeterOcrError

if TYPE_CHECKING:
    from meterocr.composition import Office

SCHEMA_VERSION = 1
DONE, ERROR, PERSON_NEEDED, INTERRUPTED = 0, 1, 3, 130
EXIT_CODES = "Exit codes: 0 done, 1 error, 2 wrong usage, 3 a person is needed."

DAY = click.DateTime(formats=["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Command(click.Command):
    """A command whose errors are JSON too where JSON was asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = tuple(args)  # click takes them away as it goes
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if "--json" not in given:
                raise
            _misused(ctx, error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not ctx.params.get("as_json"):
                raise
            _misused(ctx, error)
        except MeterOcrError as error:
            if not ctx.params.get("as_json"):
                raise
            write(error_told(error))
            ctx.exit(ERROR)


def _misused(ctx: click.Context, error: click.UsageError) -> NoReturn:
    write({"error": {"code": "usage_error", "message": error.format_message()}})
    ctx.exit(error.exit_code)


def write(values: dict[str, Any]) -> None:
    """One JSON object on a line of its own."""
    click.echo(json.dumps({"schema": SCHEMA_VERSION, **values}, ensure_ascii=False))


def error_told(error: MeterOcrError) -> dict[str, Any]:
    """An error for a program."""
    code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    return {"error": {"code": code, "message": str(error)}}


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line, schema version 1.")(command)


def by(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--by``: who does it."""
    option = click.option("--by", default=_user, metavar="NAME", help="Who does it; by default, this machine's user.")
    return option(command)


def write_file(path: Path, content: bytes, option: str) -> None:
    """Write what ``option`` names a file for.

    Raises:
        click.BadParameter: it cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"expected a file that can be written, got {click.format_filename(path)!r}: {error.strerror}"
        raise click.BadParameter(message, param_hint=option) from error


@contextmanager
def office() -> Iterator[Office]:
    """The office that the environment names, closed in the end.

    Raises:
        SettingError, StoreError, TariffError: as the composition root.
    """
    from meterocr.composition import Settings, open_office

    with closing(open_office(Settings.from_environment())) as opened:
        yield opened


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container without a name for its user
        return f"user {os.getuid()}"
