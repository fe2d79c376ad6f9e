"""``meterocr audit``: the proof of a bill."""

from __future__ import annotations

import click

from meterocr.cli.answer import DONE, ERROR, EXIT_CODES, Command, as_json, office, write


@click.command("audit", cls=Command, epilog=EXIT_CODES)
@click.argument("bill")
@as_json
@click.pass_context
def audit(ctx: click.Context, /, bill: str, *, as_json: bool) -> None:
    """Make BILL again from its stored photo, readings, decisions and tariff: it must be the same, byte for byte.

    Where it is not, the first difference is told, and the exit code is 1.
    """
    from meterocr.workflow.audit import audit_bill

    with office() as opened, opened.store.read() as uow:
        found = audit_bill(uow, opened.photos, bill)
    if as_json:
        write({"bill": bill, "proven": found.proven, "head": found.head, "differences": list(found.differences)})
    elif found.proven:
        click.echo(f"Bill {bill} is proven: the same bytes again, head {found.head}")
    else:
        click.echo(f"Bill {bill} is not proven: {found.differences[0]}", err=True)
    ctx.exit(DONE if found.proven else ERROR)
