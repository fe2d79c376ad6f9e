"""``meterocr bill``: what a bill comes to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterocr.errors import TariffError

if TYPE_CHECKING:
    from meterocr.billing.bill import Bill

SCHEMA_VERSION = 1
_DAY = click.DateTime(formats=["%Y-%m-%d"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Quantity(click.ParamType[Decimal]):
    """A number of at least 0, or above it, exactly as it is typed."""

    name = "number"

    def __init__(self, *, positive: bool = False) -> None:
        self._positive = positive

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("nan")
        fits = number.is_finite() and 0 <= number < 10**12 and number == round(number, 6)
        if not fits or (self._positive and not number):
            least = "above" if self._positive else "of at least"
            self.fail(f"expected a number {least} 0, with at most 6 decimals, got {value!r}", param, ctx)
        return number


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


@bill.command(epilog="Exit codes: 0 done, 1 error, 2 wrong usage.")
@click.option("--category", required=True, help="Of the tariff, such as domestic.")
@click.option("--area", type=click.Choice(["rural", "urban"]), required=True)
@click.option("--units", type=_Quantity(), required=True, help="Consumed kWh.")
@click.option("--from", "start", type=_DAY, required=True, metavar="DATE", help="First day, such as 2024-08-01.")
@click.option("--to", "end", type=_DAY, required=True, metavar="DATE", help="Day of the closing reading; not counted.")
@click.option("--without", type=click.Choice(["duty"]), help="Leave the duty out.")
@click.option("--load-kw", type=_Quantity(positive=True), help="Sanctioned load, where a charge depends on it.")
@click.option("--tariff", "file", type=_FILE, help="Tariff file; without it the JBVNL pack.")
@click.option("--override", type=_FILE, help="Local rates that add to the tariff or replace its rates.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, schema version 1.")
@click.pass_context
def estimate(ctx: click.Context, /, *, as_json: bool, **options: Any) -> None:
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
    try:
        made = _make(asked)
    except TariffError as error:
        if not as_json:
            raise
        _write({"error": {"code": "tariff_error", "message": str(error)}})
        ctx.exit(1)
    if as_json:
        _write({"tariff": made.tariff, "tariff_sha256": made.tariff_digest, **made.amounts()})
    else:
        _tell(made)


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


def _tell(made: Bill) -> None:
    rows = [(line.code.label(), line.formula, str(line.amount)) for line in made.lines]
    rows.append(("Total", f"{made.consumption.units:f} units, {made.period}, in Rs", str(made.total)))
    first, second, last = (max(map(len, column)) for column in zip(*rows, strict=True))
    for label, formula, amount in rows:
        click.echo(f"{label:<{first}}  {formula:<{second}}  {amount:>{last}}")
    for rebate in made.rebates:
        click.echo(f"Rebate of Rs {rebate.amount}: {rebate.formula}")


def _write(values: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": SCHEMA_VERSION, **values}, ensure_ascii=False))
