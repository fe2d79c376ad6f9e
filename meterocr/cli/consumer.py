"""``meterocr consumer``: who is in the book, in and out as CSV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from meterocr.cli.answer import DONE, ERROR, EXIT_CODES, FILE, PERSON_NEEDED, Command, as_json, by, office, write
from meterocr.cli.door import exchange, visit
from meterocr.cli.output import Screen
from meterocr.cli.phone import phone

if TYPE_CHECKING:
    from meterocr.store.csv_fields import RowError
    from meterocr.workflow.values.bills import Position

_KIND = click.Choice(["consumers", "connections", "meters", "history", "payments"])
_LAST = 12  # readings and bills that are shown


@click.group()
def consumer() -> None:
    """Consumers, their connections, meters, readings and phones."""


for command in (phone, visit, exchange):
    consumer.add_command(command)


@consumer.command("import", cls=Command, epilog=EXIT_CODES)
@click.argument("kind", type=_KIND)
@click.argument("file", type=FILE)
@click.option("--skip-bad", is_flag=True, help="Keep the good rows; without it, one bad row means that none is kept.")
@by
@as_json
@click.pass_context
def import_command(ctx: click.Context, /, kind: str, file: Path, **options: Any) -> None:
    """Take in a CSV file: consumers first, then connections, meters, and history (readings).

    Rows that are refused are named with line, column, and what was expected. With --skip-bad and rows that were
    refused, the exit code is 3.

    \b
    Columns:
      consumers    consumer_id, name, address
      connections  consumer_number, consumer_id, category, area, book, load_kw, phase
      meters       consumer_number, serial_number, phase, registers (kwh:6:1:1), installed_at, removed_at
      history      consumer_number, serial_number, quantity, value, at, source, standing, visited, billed
      payments     bill, reference, amount, paid_on, online; what is there already counts once
    """
    from meterocr.store.transfer import Import, import_csv

    screen = Screen(machine=options["as_json"])

    def refused(error: RowError) -> None:
        if options["as_json"]:
            fields = {name: getattr(error, name) for name in ("line", "column", "expected", "got")}
            write({"file": file.name, "refused": fields})
        else:
            screen.complain(file.name, str(error))

    with office() as opened, _bar(screen, file) as progress:
        task = progress.add_task(kind, total=_lines(file))
        categories = opened.rating.tariff.categories
        how = Import(
            kind,
            options["skip_bad"],
            refused,
            on_progress=lambda rows: progress.update(task, completed=rows),
            categories=categories,
        )
        report = import_csv(opened.store, file, how, opened.act(options["by"]))
    if options["as_json"]:
        write({"file": file.name, "kept": report.kept, "refused": report.refused})
    else:
        click.echo(f"{file.name}: {report.kept} rows kept, {report.refused} refused")
    failed = PERSON_NEEDED if options["skip_bad"] else ERROR
    ctx.exit(failed if report.refused else DONE)


@consumer.command("export", cls=Command, epilog=EXIT_CODES)
@click.argument("kind", type=_KIND)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@as_json
def export_command(kind: str, file: Path | None, *, as_json: bool) -> None:
    """Write all rows of a kind as CSV to FILE or to standard output, as `import` reads them."""
    from meterocr.store.transfer import export_csv

    if as_json and file is None:
        raise click.UsageError("expected a FILE beside --json, got none: the rows go to standard output")
    with office() as opened:
        if file is None:
            export_csv(opened.store, kind, sys.stdout)
            return
        with _opened(file) as stream:
            count = export_csv(opened.store, kind, stream)
    if as_json:
        write({"file": str(file.resolve()), "rows": count})
    else:
        click.echo(f"{count} rows in {click.format_filename(file)}")


@consumer.command("show", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@as_json
def show(number: str, *, as_json: bool) -> None:
    """Where a connection stands: meter, phone, readings, and the bills that count."""
    with office() as opened, opened.store.read() as uow:
        uow.book.connection(number)  # which says what is not there
        position = uow.bills.positions([number])[number]
        readings = uow.readings.of(number)[-_LAST:]
        told = _told(position) | {"readings": [_reading(stored) for stored in readings]}
    if as_json:
        write(told)
        return
    connection = position.connection
    click.echo(f"{number}  {connection.consumer.name}, {connection.consumer.address}")
    click.echo(f"{connection.category}, {connection.area}, {connection.supply.sanctioned_load_kw:f} kW sanctioned")
    click.echo(f"meter {connection.meter.serial_number}, phone {told['phone'] or 'none registered'}")
    for reading in told["readings"]:
        click.echo(f"  {reading['at'][:10]}  {reading['value']:>12} {reading['unit']:<4}  {reading['source']}")
    for bill in told["bills"]:
        marks = [word for word in ("provisional", "paid", "replaced") if bill[word]]
        what = f"{bill['from']} to {bill['to']}  {bill['units']:>8} units  Rs {bill['total']:>10}"
        click.echo(f"  bill {bill['number']}  {what}  {' '.join(marks)}".rstrip())


@consumer.command("erase", cls=Command, epilog=EXIT_CODES)
@click.argument("consumer_id", metavar="CONSUMER_ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@by
@as_json
def erase(consumer_id: str, *, yes: bool, **options: Any) -> None:
    """Erase what is known of a person who asks for it: name, address, phones, messages, photos that no bill needs.

    Bills stay as they were issued, with the photos that prove them.
    """
    from meterocr.workflow.erasure import erase_consumer

    if options["as_json"] and not yes:
        raise click.UsageError("expected --yes beside --json, as a program is not asked")
    with office() as opened:
        with opened.store.read() as uow:
            _, numbers = uow.book.consumer(consumer_id)
        if not yes:
            what = f"{consumer_id} with {', '.join(numbers) or 'no connection'}"
            click.confirm(f"Erase {what}? It cannot be undone", abort=True, err=True)
        photos = erase_consumer(opened.store, opened.photos, consumer_id, opened.act(options["by"]))
    if options["as_json"]:
        write({"consumer_id": consumer_id, "connections": numbers, "photos": photos})
    else:
        click.echo(f"{consumer_id}: erased, and {photos} photos; bills stay")


def _told(position: Position) -> dict[str, Any]:
    from meterocr.billing.account import masked

    connection = position.connection
    return {
        "consumer_number": connection.consumer_number,
        "name": connection.consumer.name,
        "address": connection.consumer.address,
        "category": connection.category,
        "area": connection.area.value,
        "load_kw": f"{connection.supply.sanctioned_load_kw:f}",
        "meter": connection.meter.serial_number,
        "phone": masked(position.phone),
        "bills": [
            {
                "number": bill.number,
                "from": bill.period.start.isoformat(),
                "to": bill.period.end.isoformat(),
                "units": f"{bill.units:f}",
                "total": str(bill.total),
                "total_paise": bill.total.paise,
                "due": bill.due.isoformat(),
                "provisional": bill.provisional,
                "paid": bill.paid,
                "replaced": bill.replaced,
            }
            for bill in position.bills
        ],
    }


def _reading(stored: Any) -> dict[str, Any]:
    from meterocr.metering.consumption import IST

    reading = stored.reading
    return {
        "at": reading.at.astimezone(IST).isoformat(),
        "value": f"{reading.value:f}",
        "unit": reading.quantity.unit,
        "meter": reading.serial_number,
        "source": reading.source.value,
        "standing": reading.standing.value,
    }


def _lines(file: Path) -> int:
    """About how many rows there are."""
    with file.open("rb") as stream:
        return max(sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b"")) - 1, 1)


def _bar(screen: Screen, file: Path) -> Progress:
    columns = (TextColumn(file.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = not screen.err.is_terminal
    return Progress(*columns, console=screen.err, transient=True, redirect_stdout=False, disable=hidden)


def _opened(file: Path) -> Any:
    try:
        return file.open("w", encoding="utf-8", newline="")
    except OSError as error:
        name = click.format_filename(file)
        raise click.BadParameter(f"expected a file that can be written, got {name!r}: {error.strerror}") from error
