"""CSV files into the store and out of it, streamed: memory does not grow with the file.

UTF-8 with a header line; the columns are those of :data:`~meterocr.store.csv_kinds.KINDS`, in their order. Import
consumers first, then connections, meters, and history. A history row that was billed elsewhere (``billed`` = ``yes``)
opens the next bill.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from meterocr.errors import StoreError
from meterocr.store.csv_fields import Fields, RefusedError, RowError
from meterocr.store.csv_kinds import KINDS, Kind
from meterocr.store.database import SqlStore
from meterocr.store.rows import portions
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.connections import ConnectionEntry
from meterocr.workflow.values.payments import Payment
from meterocr.workflow.values.readings import NewReading

Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an import: rows that are in the store now, and rows that were refused."""

    kept: int
    refused: int


@dataclass(frozen=True, slots=True)
class Import:
    """How a file is imported.

    Attributes:
        kind: of :data:`~meterocr.store.csv_kinds.KINDS`.
        skip_bad: keep the good rows of a file that has bad ones; without it, a bad row means that nothing is kept.
        on_error: told of each refused row.
        categories: of connections, in the office's tariff; empty: any.
        on_progress: told how many rows were looked at, after every portion.
    """

    kind: str
    skip_bad: bool
    on_error: Callable[[RowError], None]
    on_progress: Callable[[int], None] = lambda _rows: None
    categories: Collection[str] = ()


class _NothingKept(Exception):  # noqa: N818 # not an error: it only undoes the transaction
    pass


def import_csv(store: SqlStore, path: Path, how: Import, act: Act) -> Report:
    """All rows of a file, in one transaction.

    Raises:
        StoreError: the file cannot be read or has another header; or as :meth:`SqlStore.write`.
    """
    kind = KINDS[how.kind]
    kept = refused = 0
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file, store.write() as uow:
            if kind.lock is not None:
                kind.lock(uow.connection, _readable(file, kind))
                file.seek(0)
            for portion in portions(_lines(file, kind)):
                good, errors = _sorted_out(uow.connection, how, portion, act)
                for error in errors:
                    how.on_error(error)
                kind.keep(uow, good, act)
                kept, refused = kept + len(good), refused + len(errors)
                how.on_progress(kept + refused)
            if refused and not how.skip_bad:
                raise _NothingKept  # noqa: TRY301 # to leave the block of the transaction
            if uow.connection.dialect.name == "postgresql":
                uow.connection.exec_driver_sql("ANALYZE")  # or queries would be planned for tables that were empty
            uow.log.write(act, "import", how.kind, {"file": path.name, "kept": kept, "refused": refused})
    except _NothingKept:
        return Report(0, refused)
    except OSError as error:
        raise StoreError(f"{path.name}: expected a file that can be read, got: {error.strerror}") from error
    return Report(kept, refused)


def export_csv(store: SqlStore, kind: str, file: TextIO) -> int:
    """All rows of a kind into ``file`` (open it with ``newline=""``), as :func:`import_csv` reads them; how many."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(KINDS[kind].columns)
    count = 0
    with store.read() as uow:
        for row in KINDS[kind].rows(uow.connection):
            writer.writerow(row)
            count += 1
    return count


def _lines(file: TextIO, kind: Kind) -> Iterator[Line]:
    """Rows with the line that they end on; empty lines are left out."""
    reader = csv.reader(file)
    try:
        header = [name.strip() for name in next(reader, [])]
        if header != list(kind.columns):
            raise StoreError(f"expected the columns {', '.join(kind.columns)}, got {', '.join(header) or 'none'}")
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise StoreError(f"expected CSV in line {reader.line_num}, got: {error}") from error


def _readable(file: TextIO, kind: Kind) -> Iterator[Any]:
    """The values of the rows that can be read at all."""
    for _, row in _lines(file, kind):
        with suppress(RefusedError):
            yield kind.parse(Fields(kind.columns, row))


def _sorted_out(connection: Any, how: Import, portion: list[Line], act: Act) -> tuple[list[Any], list[RowError]]:
    kind = KINDS[how.kind]
    errors: list[RowError] = []
    parsed: list[tuple[int, Any]] = []
    for line, row in portion:
        try:
            parsed.append((line, kind.parse(Fields(kind.columns, row))))
        except RefusedError as refused:
            errors.append(refused.at(line))
    check = kind.checks(connection, [value for _, value in parsed])
    good: list[Any] = []
    for line, value in parsed:
        try:
            check(value)
            _check_category(value, how.categories)
            _check_past(value, act)
        except RefusedError as refused:
            errors.append(refused.at(line))
        else:
            good.append(value)
    return good, sorted(errors, key=lambda error: error.line)


def _check_category(value: Any, known: Collection[str]) -> None:
    if known and isinstance(value, ConnectionEntry) and value.category not in known:
        raise RefusedError("category", f"one of {', '.join(known)}", value.category)


def _check_past(value: Any, act: Act) -> None:
    """Nobody has read a meter yet, or paid, at a time that is still to come."""
    if isinstance(value, NewReading) and value.reading.at > act.at:
        raise RefusedError("at", f"a time up to {act.at}, when it is imported", str(value.reading.at))
    if isinstance(value, Payment) and value.act.day > act.day:
        raise RefusedError("paid_on", f"a day up to {act.day}, when it is imported", str(value.act.day))
