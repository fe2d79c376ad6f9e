"""How submissions and bills look: for people, and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from meterocr.billing.bill import Bill
    from meterocr.workflow.evidence import StoredSubmission

_VERDICTS = {
    "accepted": "accepted",
    "review": "a person must look",
    "retake": "a new photo is needed",
}


def submission_told(stored: StoredSubmission) -> dict[str, Any]:
    """A submission for a program."""
    made = stored.submission
    return {
        "submission": stored.id,
        "consumer_number": made.consumer_number,
        "sha256": made.sha256,
        "text": made.text,
        "suggested": made.suggested,
        "verdict": made.verdict.value,
        "reasons": {language: list(sentences) for language, sentences in made.reasons.items()},
        "waiting": stored.waiting,
    }


def tell_submission(stored: StoredSubmission, language: str) -> None:
    """A submission for a person: what was read, how sure that is, and why it was not simply taken."""
    made = stored.submission
    confidence = json.loads(made.readout)["confidence"]
    read = f"{made.text} ({confidence:.1%} certain)" if made.text else "no whole reading"
    click.echo(f"Photo {stored.id} of {made.consumer_number}: {read}: {_VERDICTS[made.verdict.value]}")
    for sentence in made.reasons[language]:
        click.echo(f"  {sentence}")
    if made.suggested:
        click.echo(f"  It would fit the readings before if it were {made.suggested}.")
    if stored.waiting:
        click.echo(
            f"  Decide: meterocr review accept {stored.id}, correct {stored.id} VALUE, or reject {stored.id} --note WHY"
        )


def bill_told(bill: Bill) -> dict[str, Any]:
    """A bill for a program."""
    return {
        "number": bill.number,
        "state": bill.state.value,
        "consumer_number": bill.connection.consumer_number,
        "from": bill.period.start.isoformat(),
        "to": bill.period.end.isoformat(),
        "tariff": bill.tariff,
        "tariff_sha256": bill.tariff_digest,
        **bill.amounts(),
    }


def tell_bill(bill: Bill) -> None:
    """A bill for a person: what it is, its lines and their sum."""
    if bill.number:
        kind = "provisional bill" if bill.consumption.provisional else "bill"
        click.echo(f"{kind} {bill.number} of {bill.connection.consumer_number}, {bill.state}")
    rows = [(line.code.label(), line.formula, str(line.amount)) for line in bill.lines]
    rows.append(("Total", f"{bill.consumption.units:f} units, {bill.period}, in Rs", str(bill.total)))
    first, second, last = (max(map(len, column)) for column in zip(*rows, strict=True))
    for label, formula, amount in rows:
        click.echo(f"{label:<{first}}  {formula:<{second}}  {amount:>{last}}")
    for rebate in bill.rebates:
        click.echo(f"Rebate of Rs {rebate.amount}: {rebate.formula}")
