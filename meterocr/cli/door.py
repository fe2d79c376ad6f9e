"""``meterocr consumer visit|exchange``: what happened at the door of a connection."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from meterocr.cli.answer import EXIT_CODES, Command, as_json, by, office, write
from meterocr.cli.numbers import Number

_FOUND = {"locked": "locked", "refused": "refused", "faulty": "meter_faulty"}


@click.command("visit", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@click.option("--found", type=click.Choice(list(_FOUND)), required=True, help="Why the meter could not be read.")
@click.option("--note", default="", help="For whoever asks later.")
@by
@as_json
def visit(number: str, found: str, **options: Any) -> None:
    """A visit at connection NUMBER without a reading; from locked premises with a phone, a photo is asked for."""
    from meterocr.workflow.values.visits import PHOTO_WANTED, Finding, Visit
    from meterocr.workflow.visits import note_visit

    with office() as opened, opened.store.write() as uow:
        act = opened.act(options["by"])
        made = Visit(number, act, act.at + PHOTO_WANTED)
        asked = note_visit(uow, made, Finding(_FOUND[found]), options["note"])
    if options["as_json"]:
        write({"consumer_number": number, "found": found, "asked": asked, "closes": made.closes.isoformat()})
    else:
        click.echo(f"{number}: {found}; {'a photo is asked for' if asked else 'nobody is asked for a photo'}.")


@click.command("exchange", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@click.option("--showed", type=Number(), required=True, help="The last reading of the old meter.")
@click.option("--serial", required=True, help="Serial number of the new meter.")
@click.option("--shows", type=Number(), required=True, help="The first reading of the new meter.")
@click.option("--digits", type=click.IntRange(1, 12), required=True, help="Of its kWh register, before the point.")
@click.option("--decimals", type=click.IntRange(0, 6), default=0, show_default=True)
@click.option("--factor", type=Number(positive=True), default="1", show_default=True, help="Multiplying factor.")
@click.option("--phase", type=click.Choice(["single", "three"]), default="single", show_default=True)
@by
@as_json
def exchange(number: str, **options: Any) -> None:
    """The meter of connection NUMBER is taken down now, and another one hung up; the next bill counts both.

    \b
    Example:
      meterocr consumer exchange DHN00451278 --showed 15230.4 --serial M-99 --shows 0 --digits 6 --decimals 1
    """
    from meterocr.errors import MeteringError
    from meterocr.metering.meter import Meter, Phase, Register
    from meterocr.readout import Quantity
    from meterocr.workflow.register import exchange_meter
    from meterocr.workflow.values.connections import Installation

    try:
        register = Register(Quantity.KWH, options["digits"], options["decimals"], Decimal(options["factor"]))
        meter = Meter(options["serial"], (register,), Phase(options["phase"]))
    except ValueError as error:
        raise MeteringError(str(error)) from error
    with office() as opened, opened.store.write() as uow:
        act = opened.act(options["by"])
        old = uow.book.connection(number).meter.serial_number
        exchange_meter(
            uow, Installation(number, meter, act.at), options["showed"], options["shows"], act, policy=opened.policy
        )
    if options["as_json"]:
        write({"consumer_number": number, "removed": old, "installed": meter.serial_number})
    else:
        click.echo(f"{number}: meter {old} is taken down, {meter.serial_number} hangs there.")
