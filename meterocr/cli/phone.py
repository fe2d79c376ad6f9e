"""``meterocr consumer phone``: where bills go, with the consent of who holds the phone."""

from __future__ import annotations

from typing import Any

import click

from meterocr.cli.answer import DONE, EXIT_CODES, PERSON_NEEDED, Command, as_json, by, office, write


class _Phone(click.ParamType[str]):
    """A phone number, however it is written; given on in E.164."""

    name = "phone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from meterocr.delivery.phone import e164

        try:
            return e164(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.group()
def phone() -> None:
    """Phones that bills are sent to."""


@phone.command("register", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@click.argument("phone_number", metavar="PHONE", type=_Phone())
@click.option(
    "--how",
    type=click.Choice(["urja_mitra", "consumer", "office"]),
    required=True,
    help="Who entered it: at the door, from home (a one-time code is sent first), or in the office.",
)
@click.option("--consent", is_flag=True, help="Who holds the phone agreed to get the bills there; needed.")
@by
@as_json
def register(number: str, phone_number: str, **options: Any) -> None:
    """Send the bills of connection NUMBER to PHONE, in place of the phone before.

    Stored are the phone, who entered it, how, and when the holder agreed.
    """
    from meterocr.billing.account import PhoneRegistration, Registrar, masked
    from meterocr.workflow.phones import register_phone

    if not options["consent"]:
        raise click.UsageError("expected --consent: bills go only to a phone whose holder agreed")
    with office() as opened:
        act = opened.act(options["by"])
        entry = PhoneRegistration(phone_number, number, act.at, act.by, Registrar(options["how"]))
        with opened.store.write() as uow:
            live = register_phone(uow, entry, act)
    if options["as_json"]:
        write({"consumer_number": number, "phone": masked(phone_number), "live": live})
    elif live:
        click.echo(f"Bills of {number} go to {masked(phone_number)} from now on.")
    else:
        click.echo(f"A code goes to {masked(phone_number)}; then: meterocr consumer phone confirm {number} CODE")


@phone.command("confirm", cls=Command, epilog=EXIT_CODES)
@click.argument("number")
@click.argument("code")
@by
@as_json
@click.pass_context
def confirm(ctx: click.Context, /, number: str, code: str, **options: Any) -> None:
    """Take the one-time code that was sent to a phone registered from home; exit code 3 where it is not right."""
    from meterocr.workflow.phones import CodeCheck, confirm_phone

    with office() as opened, opened.store.write() as uow:
        found = confirm_phone(uow, number, code, opened.act(options["by"]))
    if options["as_json"]:
        write({"consumer_number": number, "code": found.value})
    else:
        click.echo(f"{number}: {found}")
    ctx.exit(DONE if found is CodeCheck.CONFIRMED else PERSON_NEEDED)


@phone.command("opt-out", cls=Command, epilog=EXIT_CODES)
@click.argument("phone_number", metavar="PHONE", type=_Phone())
@by
@as_json
def opt_out_command(phone_number: str, **options: Any) -> None:
    """Send nothing to PHONE any more, for whatever connection."""
    from meterocr.billing.account import masked
    from meterocr.workflow.phones import opt_out

    with office() as opened, opened.store.write() as uow:
        connections = opt_out(uow, phone_number, opened.act(options["by"]))
    if options["as_json"]:
        write({"phone": masked(phone_number), "connections": connections})
    else:
        click.echo(f"{masked(phone_number)} gets nothing any more; it had {', '.join(connections) or 'no connection'}.")


@phone.command("coverage", cls=Command, epilog=EXIT_CODES)
@as_json
def coverage(*, as_json: bool) -> None:
    """How many connections of each book have a phone."""
    with office() as opened, opened.store.read() as uow:
        rows = uow.phones.coverage()
    if as_json:
        for book, connections, registered in rows:
            write({"book": book, "connections": connections, "registered": registered})
        return
    rows.append(("all", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    width = max(len(row[0]) for row in rows)
    for book, connections, registered in rows:
        share = 100 * registered / connections if connections else 0
        click.echo(f"{book:<{width}}  {registered:>8} of {connections:>8}  {share:5.1f} %")
