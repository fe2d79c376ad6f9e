"""``meterocr review``: a person decides what a doubtful photo shows."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterocr.cli.answer import EXIT_CODES, Command, as_json, by, office, write, write_file
from meterocr.cli.numbers import Number
from meterocr.cli.outcome import bill_or_error, exit_code, outcome_told, tell_outcome
from meterocr.cli.tell import submission_told, tell_submission

if TYPE_CHECKING:
    from meterocr.workflow.evidence import StoredSubmission
    from meterocr.workflow.ports import UnitOfWork

_NOTE = click.option("--note", default="", help="Why, for whoever asks later.")
_REOPENED = "Opened again, because its reading was wrong."


@click.group()
def review() -> None:
    """Photos that a person has to look at."""


@review.command("list", cls=Command, epilog=EXIT_CODES)
@click.option(
    "--most", type=click.IntRange(1), default=50, show_default=True, help="How many, most rupees at risk first."
)
@as_json
def list_command(most: int, *, as_json: bool) -> None:
    """Those that wait, by what the bill may be wrong by, as at the desk."""
    from meterocr.workflow.queue import queue

    with office() as opened, opened.store.read() as uow:
        waiting = [(task, _why(uow, task.stored)) for task in queue(uow)[:most]]
    for task, why in waiting:
        stored = task.stored
        if as_json:
            write(submission_told(stored) | {"at_risk_paise": task.at_risk_paise})
        else:
            made = stored.submission
            click.echo(f"{stored.id:>6}  {made.consumer_number}  {made.text or '-'}  {why}")
    if not waiting and not as_json:
        click.echo("Nobody waits.")


@review.command("show", cls=Command, epilog=EXIT_CODES)
@click.argument("submission", type=int)
@click.option("--photo", type=click.Path(dir_okay=False, path_type=Path), help="Write the photo into this file.")
@as_json
def show(submission: int, photo: Path | None, *, as_json: bool) -> None:
    """Everything that is known of a photo: what was read, what else it may be, the reasons, the readings before."""
    from meterocr.metering.consumption import IST

    with office() as opened:
        with opened.store.read() as uow:
            stored = uow.submissions.get(submission)
            before = uow.readings.of(stored.submission.consumer_number)[-3:]
        if photo is not None:
            write_file(photo, opened.photos.get(stored.submission.sha256), "--photo")
    readout = json.loads(stored.submission.readout)
    verification = json.loads(stored.submission.verification)
    if as_json:
        write(submission_told(stored) | {"readout": readout, "verification": verification})
        return
    tell_submission(stored, "en")
    for candidate in readout["candidates"][:5]:
        click.echo(f"  the photo may show {candidate['text'] or 'nothing'}: {candidate['probability']:.1%}")
    for each in before:
        reading = each.reading
        day = reading.at.astimezone(IST)
        click.echo(f"  before: {reading.value:f} {reading.quantity.unit} on {day:%d-%m-%Y}")


@review.command("accept", cls=Command, epilog=EXIT_CODES)
@click.argument("submission", type=int)
@_NOTE
@by
@as_json
def accept_command(submission: int, **options: Any) -> None:
    """What was read is right; its bill is issued."""
    _decided(submission, None, options)


@review.command("correct", cls=Command, epilog=EXIT_CODES)
@click.argument("submission", type=int)
@click.argument("value", type=Number())
@_NOTE
@by
@as_json
def correct_command(submission: int, value: Decimal, **options: Any) -> None:
    """The photo shows VALUE; its bill is issued."""
    _decided(submission, value, options)


@review.command("reject", cls=Command, epilog=EXIT_CODES)
@click.argument("submission", type=int)
@click.option("--note", required=True, help="Why.")
@by
@as_json
def reject_command(submission: int, note: str, **options: Any) -> None:
    """The photo is of no use; who has a phone is asked for another one."""
    from meterocr.workflow.review import reject

    with office() as opened, opened.store.write() as uow:
        reject(uow, submission, note, opened.act(options["by"]))
    if options["as_json"]:
        write({"submission": submission, "decision": "reject"})
    else:
        click.echo(f"Photo {submission} is rejected.")


@review.command("reopen", cls=Command, epilog=EXIT_CODES)
@click.argument("submission", type=int)
@click.option("--reason", required=True, help="What was wrong.")
@by
@as_json
def reopen_command(submission: int, reason: str, **options: Any) -> None:
    """Its reading is wrong and no longer counts: the photo waits for a person again. Reverse its bill first."""
    from meterocr.workflow.review import reopen

    with office() as opened, opened.store.write() as uow:
        waiting = reopen(uow, submission, reason, opened.act(options["by"]))
    if options["as_json"]:
        write({"submission": submission, "waiting": waiting})
    elif waiting:
        click.echo(f"Photo {submission} waits again: meterocr review correct {submission} VALUE")
    else:
        click.echo(f"The reading of photo {submission} no longer counts. A person decided it: take a new photo.")


def _why(uow: UnitOfWork, stored: StoredSubmission) -> str:
    """What a photo waits for. One that was accepted has no reasons: it waits because somebody said that it is wrong."""
    claim = uow.submissions.claimed(stored.id)
    by_a_person = f"The consumer says that it shows {claim.text}." if claim else _REOPENED
    return next(iter(stored.submission.reasons["en"]), by_a_person)


def _decided(submission: int, value: Decimal | None, options: dict[str, Any]) -> None:
    """A decision, and the bill that follows."""
    from meterocr.workflow.review import accept, correct

    with office() as opened:
        act = opened.act(options["by"])
        with opened.store.write() as uow:
            if value is None:
                reading = accept(uow, submission, act, note=options["note"], policy=opened.policy)
            else:
                reading = correct(uow, submission, value, act, note=options["note"], policy=opened.policy)
        outcome = bill_or_error(opened, submission, act)
    if options["as_json"]:
        write({"submission": submission, "value": f"{reading.value:f}"} | outcome_told(outcome))
    else:
        click.echo(f"Photo {submission} shows {reading.value:f} {reading.quantity.unit}.")
        tell_outcome(outcome)
    click.get_current_context().exit(exit_code(outcome))
