"""``meterocr submit``: from a photo to a reading and its bill, or to a person."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import DAY, EXIT_CODES, PERSON_NEEDED, Command, as_json, by, office, write
from meterocr.cli.inputs import expand
from meterocr.cli.outcome import bill_or_error, exit_code, outcome_told, tell_outcome
from meterocr.cli.tell import submission_told, tell_submission

if TYPE_CHECKING:
    from meterocr.composition import Office

_WANTED = timedelta(days=7)
"""How old a photo may be where nobody says since when one is wanted."""


@click.command("submit", cls=Command, epilog=EXIT_CODES)
@click.argument("photo")
@click.option("--connection", "number", required=True, metavar="N", help="The consumer number.")
@click.option(
    "--key", metavar="K", help="The sender's own name for it: sent twice, it is taken once. By default, its hash."
)
@click.option(
    "--since", type=DAY, metavar="DATE", help="Photos taken before it are not wanted; without it, 7 days back."
)
@click.option("--visited", is_flag=True, help="Somebody of the utility took it, at the meter.")
@click.option("--language", type=click.Choice(["en", "hi"]), default="en", show_default=True, help="Of the reasons.")
@by
@as_json
@click.pass_context
def submit(ctx: click.Context, /, photo: str, number: str, **options: Any) -> None:
    """Take in the PHOTO of a meter (- is standard input): read it, judge it, and issue the bill.

    Where a person must look, or another photo is needed, it says why, and the exit code is 3.
    """
    from meterocr.metering.verification import Verdict
    from meterocr.workflow.intake import Incoming
    from meterocr.workflow.intake import submit as take_in

    content = _bytes(photo)
    with office() as opened:
        act = opened.act(options["by"])
        key = options["key"] or f"{number}:{hashlib.sha256(content).hexdigest()}"
        opens = _since(opened, options["since"])
        stored = take_in(opened.desk, Incoming(key, number, content, opens, act.at, options["visited"]), act)
        accepted = stored.submission.verdict is Verdict.ACCEPTED
        outcome = bill_or_error(opened, stored.id, act) if accepted else None
    if options["as_json"]:
        write(submission_told(stored) | ({} if outcome is None else outcome_told(outcome)))
    else:
        tell_submission(stored, options["language"])
        if outcome is not None:
            tell_outcome(outcome)
    ctx.exit(PERSON_NEEDED if outcome is None else exit_code(outcome))


def _bytes(photo: str) -> bytes:
    """The photo's bytes.

    Raises:
        PhotoError: there is none.
    """
    given = expand([photo])
    if len(given) != 1:
        raise click.BadParameter(f"expected one photo, got {len(given)}", param_hint="PHOTO")
    source = given[0].open()
    if isinstance(source, bytes):
        return source
    if not source.is_file():
        raise click.BadParameter(f"expected a photo, got {photo!r}, where no file is", param_hint="PHOTO")
    return source.read_bytes()


def _since(opened: Office, since: datetime | None) -> datetime:
    from meterocr.metering.consumption import IST

    return opened.clock() - _WANTED if since is None else since.replace(tzinfo=IST)
