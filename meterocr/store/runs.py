"""Bill runs in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, delete, exists, func, or_, select, update

from meterocr.billing.money import Money
from meterocr.errors import ConflictError
from meterocr.metering.consumption import IST, day_in_india
from meterocr.store import schema
from meterocr.store.rows import PORTION, SEEN, insert_all, insert_new
from meterocr.workflow.values.runs import Refusal, Run


class SqlRuns:
    """As :class:`~meterocr.workflow.ports.bills.Runs`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, run: Run) -> Run:
        """Begin a run, or get it as far as it is, and keep others from it until the transaction ends."""
        r = schema.runs
        insert_new(self._db, r, [{"name": run.name, "book": run.book, "until": run.until, **_progress(run)}])
        row = self._db.execute(select(r).where(r.c.name == run.name).with_for_update()).mappings().one()
        if (row["book"], row["until"]) != (run.book, run.until):
            raise ConflictError(
                f"expected run {run.name} to be of book {row['book']!r} until {row['until']}, "
                f"got {run.book!r} until {run.until}"
            )
        counts = row["issued"], row["refused"], Money(row["total_paise"])
        return Run(run.name, run.book, run.until, row["after"], *counts, row["done"])

    def save(self, run: Run, refusals: Sequence[Refusal]) -> None:
        """How far it is, and who got no bill."""
        r = schema.runs
        self._db.execute(update(r).where(r.c.name == run.name).values(_progress(run)))
        rows = ({"run": run.name, "consumer_number": f.consumer_number, "reason": f.reason} for f in refusals)
        insert_all(self._db, schema.refusals, rows)

    def unbilled(self, run: Run, after: str, most: int) -> dict[str, bool]:
        """Who of the book was refused in a run or has no actual bill ending in its month: sorted, after ``after``.

        With whether to try: not, where nobody has seen the meter since the day with which the last bill ended.
        """
        c, f, live, r = schema.connections, schema.refusals, schema.live_bills, schema.readings
        number = c.c.consumer_number
        refused = exists().where(f.c.run == run.name, f.c.consumer_number == number)
        actual = (live.c.consumer_number == number) & ~live.c.provisional
        billed = exists().where(actual, live.c.period_end.between(run.until.replace(day=1), run.until))
        ended = select(func.max(live.c.period_end)).where(actual).scalar_subquery()
        night = datetime.combine(run.until + timedelta(1), time.min, IST)
        mine = (r.c.consumer_number == number) & r.c.withdrawn_at.is_(None) & SEEN
        seen = select(func.max(r.c.at)).where(mine, r.c.at < night).scalar_subquery()
        query = select(number, refused, ended, seen).where(number > after, or_(refused, ~billed))
        if run.book:
            query = query.where(c.c.book == run.book)
        rows = self._db.execute(query.order_by(number).limit(most))
        return {
            who: was_refused or end is None or (last is not None and day_in_india(last) > end)
            for who, was_refused, end, last in rows
        }

    def drop_refusals(self, name: str, consumer_numbers: Sequence[str]) -> int:
        """What was said of these does not count any more, as they are tried again; of how many something was said."""
        f = schema.refusals
        return self._db.execute(delete(f).where(f.c.run == name, f.c.consumer_number.in_(consumer_numbers))).rowcount

    def refusals(self, name: str) -> Iterator[Refusal]:
        """Who got no bill, streamed."""
        f = schema.refusals
        query = select(f.c.consumer_number, f.c.reason).where(f.c.run == name).order_by(f.c.consumer_number)
        rows = self._db.execute(query, execution_options={"yield_per": PORTION})
        return (Refusal(number, reason) for number, reason in rows)


def _progress(run: Run) -> dict[str, object]:
    return {
        "after": run.after,
        "issued": run.issued,
        "refused": run.refused,
        "total_paise": run.total.paise,
        "done": run.done,
    }
