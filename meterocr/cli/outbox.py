"""``meterocr outbox``: what is to be sent, what was given up and why, and another try."""

from __future__ import annotations

from typing import Any

import click

from meterocr.cli.answer import DONE, EXIT_CODES, PERSON_NEEDED, Command, as_json, by, office, write
from meterocr.cli.letters import told, told_line

_MOST = 10_000


@click.group()
def outbox() -> None:
    """Messages to people's phones. `meterocr deliver` sends them."""


@outbox.command("list", cls=Command, epilog=EXIT_CODES)
@click.option(
    "--state",
    type=click.Choice(["waiting", "claimed", "sent", "failed", "dropped"]),
    default="failed",
    show_default=True,
    help="Failed: given up. Claimed: on the way, or nobody knows. Dropped: not to be sent any more.",
)
@click.option("--most", type=click.IntRange(1, _MOST), default=100, show_default=True, help="At most so many.")
@as_json
def list_command(*, state: str, most: int, as_json: bool) -> None:
    """The latest messages that stand so, newest first, with why they failed last. Phones are not shown in full."""
    from meterocr.workflow.outbox import OutboxState

    with office() as opened, opened.store.read() as uow:
        rows = uow.outbox.of_state(OutboxState(state), most)
    for entry, attempts in rows:
        if as_json:
            write(told(entry, attempts))
        else:
            click.echo(told_line(entry, attempts))


@outbox.command("retry", cls=Command, epilog=EXIT_CODES)
@click.argument("key", required=False)
@click.option("--all", "everything", is_flag=True, help=f"Everything that was given up, {_MOST} at once.")
@by
@as_json
@click.pass_context
def retry_command(ctx: click.Context, /, key: str | None, *, everything: bool, **options: Any) -> None:
    """Let messages that were given up wait again, for the phone that is registered now; `meterocr deliver` sends them.

    What cannot go again, such as a one-time code, stays given up, and the exit code is 3.
    """
    from meterocr.workflow.outbox import OutboxState
    from meterocr.workflow.resending import Resent, retry, retry_all

    if bool(key) == everything:
        raise click.UsageError("expected KEY or --all")
    with office() as opened, opened.store.write() as uow:
        act = opened.act(options["by"])
        if key:
            done = Resent((retry(uow, key, act).row.key,), ())
        else:
            failed = uow.outbox.of_state(OutboxState.FAILED, _MOST)
            done = retry_all(uow, [entry.row.key for entry, _ in failed], act)
    if options["as_json"]:
        refused = [{"key": key, "message": why} for key, why in done.refused]
        write({"waiting": list(done.waiting), "refused": refused})
    else:
        click.echo(f"{len(done.waiting)} wait again; {len(done.refused)} stay given up.")
        for refused_key, why in done.refused:
            click.echo(f"{refused_key}: {why}", err=True)
    ctx.exit(PERSON_NEEDED if done.refused else DONE)


@outbox.command("add", cls=Command, epilog=EXIT_CODES)
@click.option("--bill", "number", required=True, metavar="NUMBER", help="Whose message did not go.")
@by
@as_json
def add(number: str, **options: Any) -> None:
    """Send a bill to a phone that was registered after the bill was issued. The message about a bill goes once."""
    from meterocr.billing.account import masked
    from meterocr.workflow.resending import send_bill

    with office() as opened, opened.store.write() as uow:
        entry = send_bill(uow, number, opened.act(options["by"]))
    if options["as_json"]:
        write(told(entry, ()))
    else:
        click.echo(f"Bill {number} waits for {masked(entry.row.recipient)}: meterocr deliver")
