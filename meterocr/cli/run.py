"""``meterocr run``: the bills of a month for a meter reader's book."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DONE, EXIT_CODES, PERSON_NEEDED, Command, as_json, by, office, write
from meterocr.cli.output import Screen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from meterocr.workflow.values.runs import Refusal


@click.command("run", cls=Command, epilog=EXIT_CODES)
@click.option("--area", default="", metavar="BOOK", help="The meter reader's book; without it, all of them.")
@click.option("--month", type=click.DateTime(["%Y-%m"]), required=True, metavar="YYYY-MM", help="Such as 2024-08.")
@by
@as_json
@click.pass_context
def run(ctx: click.Context, /, *, area: str, month: datetime, **options: Any) -> None:
    """Issue a bill to every connection that has a reading up to the end of the month, with its message.

    Locked premises from which no photo came in time get a provisional bill. Stopped at any point, it goes on where it
    was when it is called again. Who got no bill is named with the reason, and the exit code is 3; called once more,
    a run that is done tries those again, and those who came into the book since.
    """
    from meterocr.errors import NotFoundError
    from meterocr.workflow.locked import close_windows
    from meterocr.workflow.run import Plan, run_bills
    from meterocr.workflow.values.runs import Run

    until = date(month.year, month.month, monthrange(month.year, month.month)[1])
    screen = Screen(machine=options["as_json"])
    with office() as opened:
        act = opened.act(options["by"])
        with opened.store.read() as uow:
            count = uow.book.count(area)
        if area and not count:
            raise NotFoundError(f"expected an area in which there are connections, got {area!r}")
        done = Run(f"{month:%Y-%m} {area}".strip(), area, until)
        with screen.bar("bills", count) as advance:
            for done in run_bills(opened.store, done, Plan(opened.rating, act)):  # noqa: B020 - the run goes on
                advance(done.issued + done.refused)
        closed = close_windows(opened.store, opened.rating, act)
        told = {"run": done.name, "issued": done.issued, "refused": done.refused, "total_paise": done.total.paise}
        with opened.store.read() as uow:
            _refuse([*uow.runs.refusals(done.name), *closed.refusals], screen, as_json=options["as_json"])
    if options["as_json"]:
        write(told | {"provisional": closed.bills, "undecided": closed.undecided})
    else:
        click.echo(f"Run {done.name}: {done.issued} bills, Rs {done.total}; {done.refused} without one.")
        if closed.bills or closed.undecided:
            click.echo(f"Locked premises: {closed.bills} provisional bills, {closed.undecided} wait for a person.")
    ctx.exit(PERSON_NEEDED if done.refused or closed.refusals else DONE)


def _refuse(refusals: Iterable[Refusal], screen: Screen, *, as_json: bool) -> None:
    for refusal in refusals:
        if as_json:
            write({"refused": {"consumer_number": refusal.consumer_number, "reason": refusal.reason}})
        else:
            screen.complain(refusal.consumer_number, refusal.reason)
