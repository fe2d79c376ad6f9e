"""The bill run: every connection of a book, batch by batch, as often as it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from meterocr.billing.money import total
from meterocr.workflow.bills import Issued, issue_bills
from meterocr.workflow.ports import Store, UnitOfWork
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
    on where it stopped when it is begun again under the same name; several processes share one run. A run that was
    done tries those who got no bill: again, or for the first time where they came into the book since. A run of a book
    with nobody in it is still to be done.

    Raises:
        ConflictError: a run of this name is of another book or day.
    """
    with store.write() as uow:
        run = uow.runs.open(run)
        empty = not uow.book.numbers(run.book, "", 1)
    if empty:
        yield run
        return
    yield from _again(store, run, plan) if run.done else _first(store, run, plan)


def _first(store: Store, run: Run, plan: Plan) -> Iterator[Run]:
    """Everybody of the book, from where the run is."""
    while not run.done:
        with store.write() as uow:
            run = uow.runs.open(run)
            if not run.done:
                numbers = uow.book.numbers(run.book, run.after, plan.batch)
                done = issue_bills(uow, numbers, run.until, plan.rating, plan.act)
                after = numbers[-1] if numbers else run.after
                run = replace(_counted(run, done), after=after, done=len(numbers) < plan.batch)
                uow.runs.save(run, done.refusals)
                if run.done:
                    _log(uow, run, plan.act)
        yield run


def _again(store: Store, run: Run, plan: Plan) -> Iterator[Run]:
    """Those who got no bill. What a kill cut off is tried once more: who has a bill by then is not among them."""
    after, more = "", True
    while more:
        with store.write() as uow:
            run = uow.runs.open(run)
            found = uow.runs.unbilled(run, after, plan.batch)
            more, after = len(found) == plan.batch, next(reversed(found), after)
            numbers = [number for number, to_try in found.items() if to_try]
            if numbers:
                done = issue_bills(uow, numbers, run.until, plan.rating, plan.act)
                known = uow.runs.drop_refusals(run.name, numbers)
                run = replace(_counted(run, done), refused=run.refused - known + len(done.refusals))
                uow.runs.save(run, done.refusals)
                if done.bills:
                    _log(uow, run, plan.act)
        yield run


def _counted(run: Run, done: Issued) -> Run:
    return replace(
        run,
        issued=run.issued + len(done.bills),
        refused=run.refused + len(done.refusals),
        total=run.total + total(bill.total for bill in done.bills),
    )


def _log(uow: UnitOfWork, run: Run, act: Act) -> None:
    counts = {"issued": run.issued, "refused": run.refused, "total_paise": run.total.paise}
    uow.log.write(act, "run", run.name, dict(counts))
