"""The ``meterocr`` command: a thin curtain before the library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterocr.cli.answer import DONE, ERROR, INTERRUPTED, PERSON_NEEDED
from meterocr.cli.audit import audit
from meterocr.cli.bill import bill
from meterocr.cli.consumer import consumer
from meterocr.cli.deliver import deliver
from meterocr.cli.demo import demo
from meterocr.cli.export_training import export_training
from meterocr.cli.init import init
from meterocr.cli.inputs import DrawFolder, Given, expand
from meterocr.cli.key import key
from meterocr.cli.outbox import outbox
from meterocr.cli.output import CsvOutput, JsonOutput, Output, Screen, TextOutput
from meterocr.cli.rerate import rerate
from meterocr.cli.review import review
from meterocr.cli.run import run
from meterocr.cli.submit import submit
from meterocr.errors import MeterOcrError, ModelError, PhotoError

if TYPE_CHECKING:
    from meterocr.vision.zoo import ModelFile

_EXIT_CODES = "Exit codes: 0 done, 1 error, 2 wrong usage, 3 a person is needed for at least one photo."


class _Commands(click.Group):
    """Ends with one line where the library says no, and without one where somebody pressed Ctrl-C."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MeterOcrError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXIT_CODES)
@click.version_option(package_name="meterocr", prog_name="meterocr")
def main() -> None:
    """Read electricity meters from photos, with a confidence for every digit.

    \b
    Examples:
      meterocr read meter.jpg
      meterocr read photos/ --csv > readings.csv
      meterocr read "photos/**/*.jpg" --json | jq -r .text
      meterocr read meter.jpg --draw out
      curl -s https://example.org/meter.jpg | meterocr read - --json
      meterocr check meter.jpg --language hi
      meterocr models verify
      meterocr key create --scope read
      meterocr bill estimate --category domestic --area urban --units 201 --from 2024-08-01 --to 2024-08-31
      meterocr demo
      meterocr init
      meterocr submit meter.jpg --connection DHN00451278
      meterocr run --area B-12 --month 2024-08
      meterocr deliver --channel whatsapp
    """


for command in (audit, bill, consumer, deliver, demo, export_training, init, key, outbox, rerate, review, run, submit):
    main.add_command(command)


@main.command(epilog=_EXIT_CODES)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO|FOLDER|GLOB|-...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, schema version 1.")
@click.option("--csv", "as_csv", is_flag=True, help="A header and one row a photo.")
@click.option(
    "--draw",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write <name>.read.jpg into DIR: the photo with what was read on it.",
)
@click.option(
    "--max-risk",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Of the readings that need no person at most this share is wrong, as certified; see `meterocr models list`.",
)
def read(photos: tuple[str, ...], *, as_json: bool, as_csv: bool, draw: Path | None, max_risk: float | None) -> None:
    """Read the meters in photos. Folders are searched for photos; - is a photo on standard input."""
    if as_json and as_csv:
        raise click.UsageError("expected one of --json and --csv, got both")
    from meterocr import MeterReader

    named = expand(photos)
    drawings = None if draw is None else _draw_folder(draw, named)
    reader = MeterReader(max_risk=max_risk)
    screen = Screen(machine=as_json or as_csv)
    output: Output = JsonOutput() if as_json else CsvOutput() if as_csv else TextOutput(screen)

    def read_one(photo: Given) -> int:
        readout = reader.read(photo.open(), name=photo.name)
        output.readout(readout)
        if drawings is not None:
            try:
                path = drawings.save(photo, readout)
            except (OSError, PhotoError) as error:  # the reading is out already and stays right
                reason = photo.reason(error) if isinstance(error, PhotoError) else error.strerror or error
                screen.complain(photo.name, f"the drawing cannot be written: {reason}")
                return ERROR
            output.drawn(path)
        return PERSON_NEEDED if readout.needs_person else DONE

    click.get_current_context().exit(_for_each(named, screen, output, read_one))


@main.command(epilog=_EXIT_CODES)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO|FOLDER|GLOB|-...")
@click.option("--language", type=click.Choice(["en", "hi"]), default="en", show_default=True, help="Of the advice.")
@click.pass_context
def check(ctx: click.Context, photos: tuple[str, ...], *, language: str) -> None:
    """Say whether photos are good enough to be read, and what to do if not."""
    from meterocr import MeterReader

    screen = Screen(machine=False)
    output = TextOutput(screen)
    reader = MeterReader()

    def check_one(photo: Given) -> int:
        issues = reader.check(photo.open())
        output.advice(photo.name, issues, language)
        return PERSON_NEEDED if issues else DONE

    ctx.exit(_for_each(expand(photos), screen, output, check_one))


@main.group()
def models() -> None:
    """The models that travel with meterocr."""


@models.command("list")
def list_command() -> None:
    """Id, role, size, licence, whether the file is the one that was released, and what it is certified for."""
    from meterocr.vision.zoo import list_models

    rows = [("id", "role", "size", "licence", "sha256")]
    lines: list[str] = []
    for model in list_models():
        data = _checked(model)
        size, state = ("-", "not ok") if isinstance(data, ModelError) else (f"{len(data) / 1e6:.1f} MB", "ok")
        rows.append((model.id, model.role, size, model.licence, state))
        lines += [] if isinstance(data, ModelError) else _certificate_lines(model, data)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for line in lines:
        click.echo(line)


@models.command()
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check every model file against its SHA-256; exit code 1 if one is missing or altered."""
    from meterocr.vision.zoo import list_models

    code = DONE
    for model in list_models():
        data = _checked(model)
        if isinstance(data, ModelError):
            click.echo(f"{model.id}: {data}", err=True)
            code = ERROR
        else:
            click.echo(f"{model.id}: ok")
    ctx.exit(code)


def _certificate_lines(model: ModelFile, data: bytes) -> list[str]:
    """What a recogniser is certified for, one line a risk."""
    from meterocr.vision.session import Session, recognizer_info
    from meterocr.vision.zoo import Role

    if model.role is not Role.RECOGNIZER:
        return []
    certificates = recognizer_info(Session(data, model.role).metadata).certificates
    return [f"{model.id} with {c.detector}: {c}" for c in certificates] or [f"{model.id}: no certificate"]


def _checked(model: ModelFile) -> bytes | ModelError:
    from meterocr.vision.zoo import verified_bytes

    try:
        return verified_bytes(model)
    except ModelError as error:
        return error


def _for_each(photos: list[Given], screen: Screen, output: Output, work: Callable[[Given], int]) -> int:
    """Do ``work`` on one photo after the other, whatever is wrong with some; returns the exit code for all."""
    codes = {DONE}
    with screen.progress(photos) as pending:
        for photo in pending:
            try:
                codes.add(work(photo))
            except PhotoError as error:
                output.error(photo.name, photo.reason(error))
                codes.add(ERROR)
    return ERROR if ERROR in codes else max(codes)


def _draw_folder(folder: Path, photos: list[Given]) -> DrawFolder:
    try:
        return DrawFolder(folder, photos)
    except OSError as error:
        message = f"expected a folder that can be written, got {click.format_filename(folder)!r}: {error.strerror}"
        raise click.BadParameter(message, param_hint="--draw") from error
