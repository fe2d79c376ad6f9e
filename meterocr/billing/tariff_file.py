"""Tariff files: TOML in, :class:`Tariff` out, or a :class:`TariffError` that says where, and what was expected.

``tariffs/jbvnl.toml`` shows the form. Rates are read as they are written, never through a float.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from meterocr.billing.schedule import Tariff, check_dates, overridden
from meterocr.billing.tariff import Confidence, Entry, Table
from meterocr.billing.tariff_fields import Fields
from meterocr.billing.tariff_table import read_entries
from meterocr.errors import TariffError

DEFAULT = "jbvnl"
# Energy is needed by every bill and a late payment surcharge by who owes; a subsidy by nobody.
_REQUIRABLE = tuple(table for table in Table if table not in {Table.ENERGY, Table.SUBSIDY, Table.LATE_PAYMENT})


@dataclass(frozen=True, slots=True)
class TariffText:
    """A tariff file's name, for messages, and its contents."""

    name: str
    toml: str


@dataclass(frozen=True, slots=True)
class _Parsed:
    title: str
    required: Mapping[str, frozenset[Table]]
    entries: tuple[Entry, ...]


def load_tariff(path: Path | None = None, *, overrides: Sequence[Path] = ()) -> Tariff:
    """The tariff in ``path`` (without one: the ``jbvnl`` pack that travels with meterocr), with local rates over it.

    Raises:
        TariffError: a file cannot be read or is not of the expected form; names file, table and key.
    """
    if path is None:
        pack = files("meterocr.billing").joinpath("tariffs", f"{DEFAULT}.toml")
        base = TariffText(f"{DEFAULT}.toml", pack.read_text(encoding="utf-8"))
    else:
        base = _text(path)
    return parse_tariff(base, overrides=[_text(override) for override in overrides])


def parse_tariff(base: TariffText, *, overrides: Iterable[TariffText] = ()) -> Tariff:
    """The tariff in ``base``. The rates of each of ``overrides`` add to what comes before or replace it for their days.

    Raises:
        TariffError: not of the expected form; names file, table and key.
    """
    parsed = _parse(base, {}, tuple(Confidence))
    check_dates(base.name, parsed.entries, gaps=True)
    for override in overrides:
        local = _parse(override, parsed.required, (Confidence.OPERATOR,))
        check_dates(override.name, local.entries, gaps=False)
        entries = overridden(parsed.entries, local.entries)
        check_dates(override.name, entries, gaps=True)
        parsed = _Parsed(parsed.title, local.required, entries)
    return Tariff(parsed.title, parsed.required, parsed.entries)


def _text(path: Path) -> TariffText:
    try:
        return TariffText(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise TariffError(f"{path.name}: expected a tariff file that can be read, got: {reason}") from error


def _parse(text: TariffText, known: Mapping[str, frozenset[Table]], allowed: tuple[Confidence, ...]) -> _Parsed:
    try:
        document = tomllib.loads(text.toml, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise TariffError(f"{text.name}: expected TOML, got: {error}") from error
    top = Fields(text.name, "top level", document)
    if top.whole("schema", least=1) != 1:
        raise top.refusal("schema", "1", document["schema"])
    title = top.text("name")
    required = {**known, **_categories(top)}
    entries: list[Entry] = []
    for table in Table:
        for number, rows in enumerate(top.tables(table.value), 1):
            place = Fields(text.name, f"[[{table}]] number {number}", rows)
            entries += read_entries(table, place, tuple(required), allowed)
    top.done()
    return _Parsed(title, required, tuple(entries))


def _categories(top: Fields) -> dict[str, frozenset[Table]]:
    """By category, the tables that a bill cannot do without."""
    required: dict[str, frozenset[Table]] = {}
    names = {table.value: table for table in _REQUIRABLE}
    for category, values in top.table("category").items():
        if not isinstance(values, dict):
            raise top.refusal(f"category.{category}", "a table", values)
        place = Fields(top.file, f"[category.{category}]", values)
        required[category] = frozenset(place.choices("requires", names))
        place.done()
    return required
