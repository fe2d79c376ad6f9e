"""``meterocr deliver``: what waits in the outbox goes to people's phones."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DONE, ERROR, EXIT_CODES, PERSON_NEEDED, Command, as_json, by, office, write
from meterocr.cli.letters import told_line
from meterocr.cli.output import Screen

if TYPE_CHECKING:
    from meterocr.composition import Office
    from meterocr.workflow.sending import PostOffice, Sending

_LISTED = 20  # of what was given up: the rest is in `meterocr outbox list`


@click.command("deliver", cls=Command, epilog=EXIT_CODES)
@click.option(
    "--channel",
    type=click.Choice(["console", "whatsapp"]),
    default="console",
    show_default=True,
    help="The console only shows what would be sent, on standard error with --json, and marks it as sent.",
)
@click.option("--language", type=click.Choice(["en", "hi"]), default="hi", show_default=True, help="Of the messages.")
@by
@as_json
@click.pass_context
def deliver(ctx: click.Context, /, *, channel: str, **options: Any) -> None:
    """Send what is in the outbox, oldest first, as fast as the channel allows.

    Stopped at any point, nothing is lost: what may have arrived is sent again only when no status of it came for ten
    minutes. Given up messages make the exit code 3, a channel that stopped 1. Who is not on WhatsApp would need an SMS,
    and no gateway for SMS is built in: such messages are given up, and listed.
    """
    from meterocr.metering.consumption import IST
    from meterocr.workflow.outbox import OutboxState
    from meterocr.workflow.sending import send_outbox

    screen = Screen(machine=options["as_json"])
    with office() as opened, ExitStack() as stack:
        post = _post_office(opened, channel, options, stack)
        steps = send_outbox(post)
        sending = next(steps)
        if not options["as_json"]:
            finish = f"{sending.finish.astimezone(IST):%d-%m-%Y %H:%M} IST"
            click.echo(f"{sending.left} to send; the last one goes about {finish}", err=True)
        advance = stack.enter_context(screen.bar("messages", sending.left))
        for sending in chain([sending], steps):  # noqa: B020 - the last one stays
            advance(sending.sent + sending.failed + sending.dropped)
            if options["as_json"]:
                write(_told(sending))
        counts = {"sent": sending.sent, "by_sms": sending.by_sms, "failed": sending.failed}
        with opened.store.write() as uow:
            uow.log.write(opened.act(options["by"]), "deliver", channel, dict(counts))
            given_up = uow.outbox.of_state(OutboxState.FAILED, min(sending.failed, _LISTED))
    if not options["as_json"]:
        _tell(sending)
        for entry, attempts in given_up:
            click.echo(told_line(entry, attempts), err=True)
    ctx.exit(ERROR if sending.stopped else PERSON_NEEDED if sending.failed else DONE)


def _post_office(opened: Office, channel: str, options: dict[str, Any], stack: ExitStack) -> PostOffice:
    from meterocr.delivery.console import Console
    from meterocr.workflow.composing import Composer
    from meterocr.workflow.messaging import Channel
    from meterocr.workflow.pacing import Limits
    from meterocr.workflow.sending import PostOffice, Route
    from meterocr.workflow.sheet import Layout
    from meterocr.workflow.wording import Language

    stream = sys.stderr if options["as_json"] else sys.stdout
    wide = Limits(per_second=1000, recipient_gap=timedelta(), daily_recipients=None)

    def press(number: str, language: Language) -> bytes:
        return opened.printed(number, layout=Layout.A4, language=language)

    compose = Composer(opened.store, press, Language(options["language"]))
    if channel == "console":  # one after the other, or the lines would mix
        sms = Route(Console(stream, channel=Channel.SMS), wide)
        return PostOffice(opened.store, compose, Route(Console(stream), wide), sms, at_once=1)
    from meterocr.delivery.no_sms import NoSms
    from meterocr.delivery.whatsapp.client import WhatsApp
    from meterocr.delivery.whatsapp.settings import whatsapp_settings

    settings = whatsapp_settings()
    client = stack.enter_context(WhatsApp(settings))
    return PostOffice(opened.store, compose, Route(client, settings.limits), Route(NoSms(), wide))


def _told(sending: Sending) -> dict[str, Any]:
    counts = ("sent", "by_sms", "failed", "put_off", "dropped", "uncertain", "left")
    told: dict[str, Any] = {name: getattr(sending, name) for name in counts}
    return told | {"finish": sending.finish.isoformat(timespec="seconds"), "stopped": sending.stopped}


def _tell(sending: Sending) -> None:
    click.echo(f"{sending.sent} sent, {sending.by_sms} of them as SMS; {sending.failed} given up, {sending.left} left.")
    if sending.uncertain:
        click.echo(f"{sending.uncertain} may have arrived or not: they wait for their status; deliver again later.")
    if sending.stopped:
        click.echo(f"Stopped: {sending.stopped}", err=True)
