"""``meterocr bill``: what a bill comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DAY, FILE, Command, as_json, write
from meterocr.cli.issued import issue, pdf, reverse, show
from meterocr.cli.numbers import Number
from meterocr.cli.pay import pay
from meterocr.cli.tell import tell_bill

if TYPE_CHECKING:
    from meterocr.billing.bill import Bill


@dataclass(frozen=True, slots=True)
class _Asked:
    category: str
    area: str
    units: Decimal
    start: datetime
    end: datetime
    without: str | None
    load_kw: Decimal | None
    file: Path | None
    override: Path | None


@click.group()
def bill() -> None:
    """Bills and what they come to."""


for command in (issue, show, pdf, pay, reverse):
    bill.add_command(command)


@bill.command(cls=Command, epilog="Exit codes: 0 done, 1 error, 2 wrong usage.")
@click.option("--category", required=True, help="Of the tariff, such as domestic.")
@click.option("--area", type=click.Choice(["rural", "urban"]), required=True)
@click.option("--units", type=Number(), required=True, help="Consumed kWh.")
@click.option("--from", "start", type=DAY, required=True, metavar="DATE", help="First day, such as 2024-08-01.")
@click.option("--to", "end", type=DAY, required=True, metavar="DATE", help="Day of the closing reading; not counted.")
@click.option("--without", type=click.Choice(["duty"]), help="Leave the duty out.")
@click.option("--load-kw", type=Number(positive=True), help="Sanctioned load, where a charge depends on it.")
@click.option("--tariff", "file", type=FILE, help="Tariff file; without it the JBVNL pack.")
@click.option("--override", type=FILE, help="Local rates that add to the tariff or replace its rates.")
@as_json
def estimate(*, as_json: bool, **options: Any) -> None:
    """What it would cost: the lines of a bill and their sum. A month is 30 days.

    \b
    Example:
      meterocr bill estimate --category domestic --area urban --units 201 --from 2024-08-01 --to 2024-08-31
    """
    asked = _Asked(**options)
    if not asked.start < asked.end:
        raise click.BadParameter(
            f"expected a day after {asked.start:%Y-%m-%d}, got {asked.end:%Y-%m-%d}", param_hint="--to"
        )
    made = _make(asked)
    if as_json:
        write({"tariff": made.tariff, "tariff_sha256": made.tariff_digest, **made.amounts()})
    else:
        tell_bill(made)


def _make(asked: _Asked) -> Bill:
    from meterocr.billing.account import Area
    from meterocr.billing.estimate import Customer, estimate
    from meterocr.billing.period import Period
    from meterocr.billing.tariff import Table
    from meterocr.billing.tariff_file import load_tariff
    from meterocr.metering.meter import Supply

    tariff = load_tariff(asked.file, overrides=[asked.override] if asked.override else [])
    if asked.without:
        tariff = tariff.without(Table(asked.without))
    if asked.category not in tariff.categories:
        expected = ", ".join(tariff.categories)
        raise click.BadParameter(f"expected one of {expected}, got {asked.category!r}", param_hint="--category")
    supply = None if asked.load_kw is None else Supply(asked.load_kw)
    customer = Customer(asked.category, Area(asked.area), supply)
    period = Period(asked.start.date(), asked.end.date())
    if supply is None and customer.needs_load(tariff, period):
        raise click.UsageError(f"expected --load-kw: a charge for {asked.category}, {asked.area} depends on it")
    return estimate(customer, asked.units, tariff, period)
