"""``meterocr bill issue|show|pdf|reverse``: bills of the office."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from meterocr.cli.answer import DAY, EXIT_CODES, Command, as_json, by, office, write, write_file
from meterocr.cli.tell import bill_told, tell_bill


@click.command("issue", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@click.option("--until", type=DAY, metavar="DATE", help="Last day of the reading that closes it; without it, today.")
@by
@as_json
def issue(number: str, until: datetime | None, **options: Any) -> None:
    """Issue the bill of connection NUMBER up to its last reading, with its message."""
    from meterocr.workflow.bills import issue_bill

    with office() as opened, opened.store.write() as uow:
        act = opened.act(options["by"])
        made = issue_bill(uow, number, until.date() if until else act.day, opened.rating, act)
    if options["as_json"]:
        write(bill_told(made))
    else:
        tell_bill(made)


@click.command("show", cls=Command, epilog=EXIT_CODES)
@click.argument("bill")
@as_json
def show(bill: str, *, as_json: bool) -> None:
    """A bill with all its lines, its due date, the head of its proof, and what became of it."""
    with office() as opened, opened.store.read() as uow:
        stored = uow.bills.get(bill)
    steps = [{"state": step.state.value, "on": step.on.isoformat(), "note": step.note} for step in stored.bill.history]
    if as_json:
        more = {"due": stored.due.isoformat(), "proof": stored.head, "history": steps}
        write(bill_told(stored.bill) | more)
        return
    tell_bill(stored.bill)
    click.echo(f"Due on {stored.due}. Proof: {stored.head}")
    for step in steps:
        click.echo(f"{step['state']} on {step['on']}: {step['note']}")


@click.command("pdf", cls=Command, epilog=EXIT_CODES)
@click.argument("bill")
@click.option("--receipt", is_flag=True, help="On a roll of 80 mm; without it, one A4 page.")
@click.option("--language", type=click.Choice(["en", "hi"]), default="en", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where it is written; without it, <bill>.pdf here.",
)
@as_json
def pdf(bill: str, out: Path | None, **options: Any) -> None:
    """Write a bill as PDF; the same bill gives the same file."""
    from meterocr.workflow.sheet import Layout
    from meterocr.workflow.wording import Language

    layout = Layout.RECEIPT if options["receipt"] else Layout.A4
    with office() as opened:
        content = opened.printed(bill, layout=layout, language=Language(options["language"]))
    path = out or Path(f"{bill}.pdf")
    write_file(path, content, "--out")
    if options["as_json"]:
        write({"bill": bill, "pdf": str(path.resolve())})
    else:
        click.echo(f"{bill} is in {click.format_filename(path)}")


@click.command("reverse", cls=Command, epilog=EXIT_CODES)
@click.argument("bill")
@click.option("--reason", required=True, help="Why it does not count any more.")
@by
@as_json
def reverse(bill: str, reason: str, **options: Any) -> None:
    """Take back the last bill of a connection: it stays to be seen, and its period can be billed anew."""
    from meterocr.workflow.bills import reverse_bill

    with office() as opened, opened.store.write() as uow:
        reversed_bill = reverse_bill(uow, bill, reason, opened.act(options["by"]))
    if options["as_json"]:
        write(bill_told(reversed_bill))
    else:
        click.echo(f"Bill {bill} of {reversed_bill.connection.consumer_number} is reversed: {reason}")
