"""``meterocr rerate``: issued bills under corrected rates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DAY, EXIT_CODES, FILE, Command, as_json, by, office, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterocr.billing.money import Money
    from meterocr.workflow.rerating import Bin


@click.command("rerate", cls=Command, epilog=EXIT_CODES)
@click.option("--since", type=DAY, required=True, metavar="DATE", help="Bills issued on this day or later.")
@click.option(
    "--tariff", "file", type=FILE, required=True, help="The corrected rates: a file that is laid over the office's."
)
@click.option("--reason", default="corrected rates", show_default=True, help="As it stands on the next bills.")
@click.option(
    "--histogram",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("rerate.png"),
    show_default=True,
    help="Where the distribution is drawn, as PNG.",
)
@click.option("--yes", is_flag=True, help="Write the corrections as lines for the next bills; without it, only show.")
@by
@as_json
def rerate(since: datetime, file: Path, histogram: Path, **options: Any) -> None:
    """Compute all bills since a day again under corrected rates: how many differ, by how much in all, and how spread.

    Issued bills stay as they are. With --yes each difference becomes a line of the connection's next bill, once.
    """
    from meterocr.billing.money import total
    from meterocr.billing.tariff_file import load_tariff
    from meterocr.workflow.rerating import adjust, corrections, distribution

    with office() as opened:
        act = opened.act(options["by"])
        tariff = load_tariff(overrides=(*opened.settings.tariffs, file))
        adjusted = 0
        with opened.store.write() if options["yes"] else opened.store.read() as uow:  # what is shown is what is written
            found = list(corrections(uow, since.date(), act.day, tariff))
            amounts = [each.amount for each in found]
            bins = distribution(amounts)
            _draw(bins, amounts, histogram)
            if options["yes"]:
                adjusted = adjust(uow, found, tariff, options["reason"], act)
    told = {
        "bills": len(amounts),
        "sum_paise": total(amounts).paise,
        "distribution": [{"from_paise": b.start.paise, "below_paise": b.end.paise, "bills": b.count} for b in bins],
        "histogram": str(histogram.resolve()),
        "adjusted": adjusted,
    }
    if options["as_json"]:
        write(told)
    else:
        _tell(amounts, bins, histogram, adjusted)


def _draw(bins: Sequence[Bin], amounts: Sequence[Money], path: Path) -> None:
    from meterocr.billing.money import total
    from meterocr.cli.histogram import draw_histogram

    try:
        draw_histogram(bins, f"{len(amounts):,} bills to correct, Rs {total(amounts)} in all", path)
    except OSError as error:
        message = f"expected a file that can be written, got {click.format_filename(path)!r}: {error.strerror}"
        raise click.BadParameter(message, param_hint="--histogram") from error


def _tell(amounts: Sequence[Money], bins: Sequence[Bin], histogram: Path, adjusted: int) -> None:
    from meterocr.billing.money import total

    click.echo(f"{len(amounts)} bills come to something else, Rs {total(amounts)} in all.")
    for each in bins:
        if each.count:
            click.echo(f"  Rs {each.start!s:>12} to {each.end!s:>12}: {each.count:>8}")
    click.echo(f"Drawn in {click.format_filename(histogram)}.")
    if adjusted:
        click.echo(f"{adjusted} lines are written for the next bills. To bill by these rates: METEROCR_TARIFFS.")
    elif amounts:
        click.echo("Nothing is changed; --yes writes the lines for the next bills.")
