"""The bill that follows a reading, or why there is none: the reading stands either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterocr.cli.answer import DONE, ERROR, error_told
from meterocr.cli.tell import bill_told, tell_bill
from meterocr.errors import MeterOcrError

if TYPE_CHECKING:
    from meterocr.billing.bill import Bill
    from meterocr.composition import Office
    from meterocr.workflow.values.act import Act


def bill_or_error(opened: Office, submission: int, act: Act) -> Bill | MeterOcrError:
    """The bill that the reading of a submission closes."""
    from meterocr.workflow.onward import bill_submission

    try:
        with opened.store.write() as uow:
            return bill_submission(uow, submission, opened.rating, act)
    except MeterOcrError as error:
        return error


def outcome_told(outcome: Bill | MeterOcrError) -> dict[str, Any]:
    """For a program."""
    return error_told(outcome) if isinstance(outcome, MeterOcrError) else {"bill": bill_told(outcome)}


def tell_outcome(outcome: Bill | MeterOcrError) -> None:
    """For a person.

    Raises:
        MeterOcrError: what it is, where it is one.
    """
    if isinstance(outcome, MeterOcrError):
        raise outcome
    tell_bill(outcome)


def exit_code(outcome: Bill | MeterOcrError) -> int:
    """Of the command."""
    return ERROR if isinstance(outcome, MeterOcrError) else DONE
