"""Which rates are in force on which days: a tariff with its look-ups made once, when it is loaded."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from types import MappingProxyType

from meterocr.billing.account import Area
from meterocr.billing.canonical import Json, canonical_bytes, plain
from meterocr.billing.period import Period
from meterocr.billing.tariff import (
    Basis,
    Duty,
    EarlyRebate,
    Energy,
    Entry,
    LatePayment,
    MonthlyCharge,
    OnlineRebate,
    Subsidy,
    Table,
    UnitCharge,
)
from meterocr.errors import TariffError


@dataclass(frozen=True, slots=True)
class Rates:
    """Everything that is in force on a day, for one category and area; ``None`` is what is not charged or given."""

    energy: Energy
    fixed: MonthlyCharge | None = None
    minimum: MonthlyCharge | None = None
    fuel: UnitCharge | None = None
    meter_rent: MonthlyCharge | None = None
    duty: Duty | None = None
    early_rebate: EarlyRebate | None = None
    online_rebate: OnlineRebate | None = None
    late_payment: LatePayment | None = None

    @property
    def need_load(self) -> bool:
        """Whether a charge depends on the sanctioned load."""
        return any(c is not None and c.basis is not Basis.CONNECTION for c in (self.fixed, self.minimum))


@dataclass(frozen=True, slots=True)
class Part:
    """Days of a bill's period on which the same rates are in force."""

    period: Period
    days: int
    rates: Rates


@dataclass(frozen=True, slots=True)
class _Span:
    start: date
    end: date
    rates: Rates | None  # None where a required rate is missing
    missing: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rates of one category and area, day by day; subsidies apart, as they go by the day of the closing reading."""

    name: str
    category: str
    area: Area
    spans: tuple[_Span, ...]
    subsidies: tuple[Entry, ...]
    _starts: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(span.start for span in self.spans))

    def over(self, period: Period) -> tuple[Part, ...]:
        """The rates over ``period``, split where they change; mostly one part.

        Raises:
            TariffError: a required rate is missing; names it.
        """
        index = bisect_right(self._starts, period.start) - 1
        whole = self.spans[index]
        if period.end <= whole.end and whole.rates is not None:
            return (Part(period, period.days, whole.rates),)
        parts: list[Part] = []
        for span in self.spans[index : bisect_left(self._starts, period.end)]:
            days = Period(max(span.start, period.start), min(span.end, period.end))
            if span.rates is None:
                raise self.missing(span.missing[0], days)
            parts.append(Part(days, days.days, span.rates))
        return tuple(parts)

    def subsidy_on(self, reading: date) -> Subsidy | None:
        """The subsidy for a period that is closed by a reading on that day."""
        for entry in self.subsidies:
            if entry.start <= reading < entry.end and isinstance(entry.terms, Subsidy):
                return entry.terms
        return None

    def missing(self, table: Table, period: Period) -> TariffError:
        """The refusal to bill without a rate."""
        return TariffError(
            f"tariff {self.name}: expected a rate {table} for {self.category}, {self.area}, {period}, got none; "
            "the operator must enter it in an override file"
        )


@dataclass(frozen=True, slots=True)
class Tariff:
    """All rates of a distribution company.

    Attributes:
        name: of the tariff file.
        required: by category, what a bill cannot do without; energy always is.
        entries: the rates, sorted; see :func:`check_dates`.
        digest: SHA-256 of all of it, hex: a bill says by it what it was made with.
    """

    name: str
    required: Mapping[str, frozenset[Table]]
    entries: tuple[Entry, ...]
    digest: str = field(init=False, compare=False)
    _schedules: Mapping[tuple[str, Area], Schedule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        entries = tuple(sorted(self.entries, key=_key_and_start))
        schedules = {
            (category, area): _schedule(self.name, (category, area), entries, tables)
            for category, tables in self.required.items()
            for area in Area
        }
        required = {category: frozenset(tables) for category, tables in sorted(self.required.items())}
        object.__setattr__(self, "entries", entries)
        object.__setattr__(self, "required", MappingProxyType(required))
        object.__setattr__(self, "digest", hashlib.sha256(canonical_bytes(self.to_dict())).hexdigest())
        object.__setattr__(self, "_schedules", schedules)

    def to_dict(self) -> dict[str, Json]:
        """The tariff as JSON-ready values; its canonical bytes are what :attr:`digest` is of."""
        required = {category: sorted(tables) for category, tables in self.required.items()}
        return {"name": self.name, "required": plain(required), "entries": plain(self.entries)}

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that it has, sorted."""
        return tuple(self.required)

    def schedule(self, category: str, area: Area) -> Schedule:
        """The rates of a category and area.

        Raises:
            TariffError: there is no such category.
        """
        try:
            return self._schedules[category, area]
        except KeyError:
            raise TariffError(
                f"tariff {self.name}: expected a category of {', '.join(self.categories)}, got {category!r}"
            ) from None

    def without(self, table: Table) -> Tariff:
        """The same tariff with one kind of rate switched off and not required."""
        required = {category: tables - {table} for category, tables in self.required.items()}
        return replace(self, required=required, entries=tuple(e for e in self.entries if e.table is not table))


def check_dates(name: str, entries: Iterable[Entry], *, gaps: bool) -> None:
    """Refuse rates of one table, category and area that overlap, or (``gaps``) that leave days between them out.

    Raises:
        TariffError: names what and the days.
    """
    for earlier, later in pairwise(sorted(entries, key=_key_and_start)):
        overlap = later.start < earlier.end
        if _key(earlier) != _key(later) or not (overlap or (gaps and earlier.end < later.start)):
            continue
        days = (later.start, min(earlier.end, later.end)) if overlap else (earlier.end, later.start)
        raise TariffError(
            f"{name}: [[{later.table}]]: from and to: expected one rate a day for {later.category}, {later.area}, "
            f"got {'two' if overlap else 'none'} from {days[0]} to {days[1]}"
        )


def overridden(base: tuple[Entry, ...], over: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """``base`` with the entries of ``over`` in place of what it has for the same days, tables, categories and areas."""
    kept = base
    for new in over:
        kept = tuple(piece for entry in kept for piece in _outside(entry, new))
    return kept + over


def _outside(entry: Entry, new: Entry) -> Iterable[Entry]:
    """What is left of ``entry`` before and after ``new``."""
    if _key(entry) != _key(new) or entry.end <= new.start or new.end <= entry.start:
        yield entry
        return
    if entry.start < new.start:
        yield replace(entry, end=new.start)
    if new.end < entry.end:
        yield replace(entry, start=new.end)


def _schedule(name: str, whose: tuple[str, Area], entries: tuple[Entry, ...], required: frozenset[Table]) -> Schedule:
    ours = [e for e in entries if (e.category, e.area) == whose]
    subsidies = tuple(e for e in ours if e.table is Table.SUBSIDY)
    return Schedule(name, *whose, _spans([e for e in ours if e.table is not Table.SUBSIDY], required), subsidies)


def _spans(entries: list[Entry], required: frozenset[Table]) -> tuple[_Span, ...]:
    edges = sorted({date.min, *(day for e in entries for day in (e.start, e.end)), date.max})
    spans: list[_Span] = []
    for start, end in pairwise(edges):
        rates = {e.table.value: e.terms for e in entries if e.start <= start < e.end}
        missing = tuple(t for t in Table if t.value not in rates and (t in required or t is Table.ENERGY))
        made = None if missing else Rates(**rates)  # type: ignore[arg-type] # each table has terms of its own type
        spans.append(_Span(start, end, made, missing))
    return tuple(spans)


def _key(entry: Entry) -> tuple[Table, str, Area]:
    return entry.table, entry.category, entry.area


def _key_and_start(entry: Entry) -> tuple[Table, str, Area, date]:
    return (*_key(entry), entry.start)
