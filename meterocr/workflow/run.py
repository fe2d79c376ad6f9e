"""The bill run: every connection of a book, batch by batch, as often as it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from meterocr.billing.money import total
from meterocr.workflow.bills import issue_bills
from meterocr.workflow.ports import Store
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.values.runs import Run


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is by: ``batch`` connections make one transaction."""

    rating: Rating
    act: Act
    batch: int = 500


def run_bills(store: Store, run: Run, plan: Plan) -> Iterator[Run]:
    """Issue the bills of a run, and say after each batch how far it is.

    Each batch is one transaction with the place where the next one begins, so a run that was killed at any point goes
    on where it stopped when it is begun again under the same name; several processes share one run.

    Raises:
        ConflictError: a run of this name is of another book or day.
    """
    while not run.done:
        with store.write() as uow:
            run = uow.runs.open(run)
            if not run.done:
                numbers = uow.book.numbers(run.book, run.after, plan.batch)
                done = issue_bills(uow, numbers, run.until, plan.rating, plan.act)
                run = replace(
                    run,
                    after=numbers[-1] if numbers else run.after,
                    issued=run.issued + len(done.bills),
                    refused=run.refused + len(done.refusals),
                    total=run.total + total(bill.total for bill in done.bills),
                    done=len(numbers) < plan.batch,
                )
                uow.runs.save(run, done.refusals)
                if run.done:
                    counts = {"issued": run.issued, "refused": run.refused, "total_paise": run.total.paise}
                    uow.log.write(plan.act, "run", run.name, dict(counts))
        yield run
