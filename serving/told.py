"""Submissions and bills as programs are told of them, the same on every route."""

from __future__ import annotations

from pydantic import Field

from meterocr.billing.bill import Bill
from meterocr.metering.verification import Verdict
from meterocr.readout import Quantity
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.review import advice
from meterocr.workflow.taking import Taken
from meterocr.workflow.values.readings import StoredReading
from serving.fields import Reasons, Told, shown

_LINE = {"code": "energy", "label": "Energy charges", "formula": "201 x Rs 6.65", "amount_paise": 133665}
BILL = {
    "number": "2026-0000042",
    "state": "issued",
    "consumer_number": "DHN00451278",
    "start": "2026-10-24",
    "end": "2026-11-25",
    "tariff": "jbvnl",
    "tariff_sha256": "ab" * 32,
    "units": "201",
    "provisional": False,
    "lines": [_LINE],
    "rebates": [],
    "current_paise": 133665,
    "total_paise": 133665,
}
SUBMISSION = {
    "submission": 17,
    "consumer_number": "DHN00451278",
    "sha256": "cd" * 32,
    "text": "48210",
    "suggested": "",
    "verdict": "accepted",
    "reasons": {"en": [], "hi": []},
    "waiting": False,
}
READING = {
    "at": "2026-10-24T06:30:00+00:00",
    "value": "48009",
    "quantity": "kwh",
    "serial_number": "GE1145723",
    "source": "photo",
    "standing": "trusted",
    "submission": 11,
}


class LineBody(Told):
    """A line of a bill."""

    code: str
    label: str = Field(description="In English.")
    formula: str
    amount_paise: int


class RebateBody(Told):
    """What is offered for paying early or online."""

    code: str
    formula: str
    amount_paise: int


class BillBody(Told):
    """A bill with its lines."""

    model_config = shown(BILL)

    number: str
    state: str
    consumer_number: str
    start: str
    end: str
    tariff: str
    tariff_sha256: str
    units: str
    provisional: bool
    lines: list[LineBody]
    rebates: list[RebateBody]
    current_paise: int
    total_paise: int


class SubmissionBody(Told):
    """A photo that came in, and what was made of it."""

    model_config = shown(SUBMISSION)

    submission: int
    consumer_number: str
    sha256: str
    text: str = Field(description="What was read; empty where nothing whole was.")
    suggested: str = Field(description="Another reading that the photo supports.")
    verdict: Verdict
    reasons: Reasons = Field(description="Why it was not simply taken.")
    waiting: bool = Field(description="A person has to decide.")


class TakenBody(SubmissionBody):
    """A photo that was taken in, with the bill that its reading closed."""

    model_config = shown(SUBMISSION | {"bill": BILL, "no_bill": ""})

    bill: BillBody | None
    no_bill: str = Field(description="Why no bill could be made of a reading that stands.")


class ReadingBody(Told):
    """A reading that counts."""

    model_config = shown(READING)

    at: str = Field(description="UTC.")
    value: str
    quantity: Quantity
    serial_number: str
    source: str
    standing: str
    submission: int | None


def bill_told(bill: Bill) -> BillBody:
    """A bill."""
    return BillBody(
        number=bill.number,
        state=bill.state.value,
        consumer_number=bill.connection.consumer_number,
        start=bill.period.start.isoformat(),
        end=bill.period.end.isoformat(),
        tariff=bill.tariff,
        tariff_sha256=bill.tariff_digest,
        units=f"{bill.consumption.units:f}",
        provisional=bill.consumption.provisional,
        lines=[
            LineBody(code=x.code.value, label=x.code.label(), formula=x.formula, amount_paise=x.amount.paise)
            for x in bill.lines
        ],
        rebates=[RebateBody(code=x.code.value, formula=x.formula, amount_paise=x.amount.paise) for x in bill.rebates],
        current_paise=bill.current.paise,
        total_paise=bill.total.paise,
    )


def submission_told(stored: StoredSubmission, *, to_sender: bool = False) -> SubmissionBody:
    """A submission. Who sent it is told only what helps with the next photo; the other reasons are for the office."""
    made = stored.submission
    doubted = made.verdict is not Verdict.ACCEPTED
    reasons = advice(made) if to_sender and doubted else made.reasons
    return SubmissionBody(
        submission=stored.id,
        consumer_number=made.consumer_number,
        sha256=made.sha256,
        text=made.text,
        suggested=made.suggested,
        verdict=made.verdict,
        reasons=Reasons(en=list(reasons["en"]), hi=list(reasons["hi"])),
        waiting=stored.waiting,
    )


def taken_told(taken: Taken, *, to_sender: bool = False) -> TakenBody:
    """What became of a photo; ``to_sender`` as in :func:`submission_told`."""
    told = submission_told(taken.stored, to_sender=to_sender).model_dump()
    return TakenBody(**told, bill=None if taken.bill is None else bill_told(taken.bill), no_bill=taken.no_bill)


def reading_told(stored: StoredReading) -> ReadingBody:
    """A reading for a program."""
    reading = stored.reading
    return ReadingBody(
        at=reading.at.isoformat(),
        value=f"{reading.value:f}",
        quantity=reading.quantity,
        serial_number=reading.serial_number,
        source=reading.source.value,
        standing=reading.standing.value,
        submission=stored.submission,
    )
