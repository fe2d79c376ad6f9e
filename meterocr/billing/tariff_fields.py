"""Asking a TOML table for its keys: each answer is of the expected form, or an error says what came instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from meterocr.billing.tariff import Rate
from meterocr.errors import TariffError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fields:
    """The keys of one TOML table, each asked for once; :meth:`done` refuses what nobody asked for."""

    file: str
    place: str
    values: Mapping[str, object]
    _asked: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.values

    def refusal(self, key: str, expected: str, got: object) -> TariffError:
        """The error for a key: says file, table, key, expected and got."""
        shown = "nothing" if got is None else str(got) if isinstance(got, Decimal) else repr(got)
        return TariffError(f"{self.file}: {self.place}: {key}: expected {expected}, got {shown}")

    def _get(self, key: str) -> object:
        self._asked.add(key)
        return self.values.get(key)

    def text(self, key: str) -> str:
        """Text that is not empty."""
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, "text", value)
        return value

    def number(self, key: str, *, negative: bool = False) -> Rate:
        """A rate: below 10 ** 9, with at most 6 decimals."""
        value = self._get(key)
        expected = f"a number {'' if negative else 'of at least 0 '}with at most 6 decimals, such as 6.65"
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.refusal(key, expected, value)
        rate = Decimal(value)
        if not rate.is_finite() or abs(rate) >= 10**9 or rate != round(rate, 6) or (rate < 0 and not negative):
            raise self.refusal(key, expected, value)
        return Rate(rate)

    def percent(self, key: str) -> Rate:
        """0 to 100."""
        rate = self.number(key)
        if rate.value > 100:
            raise self.refusal(key, "a percentage from 0 to 100", rate.value)
        return rate

    def whole(self, key: str, *, least: int) -> int:
        """A whole number of at least ``least``."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.refusal(key, f"a whole number of at least {least}", value)
        return value

    def day(self, key: str, *, otherwise: date) -> date:
        """A date without a time; ``otherwise`` where there is none."""
        value = self._get(key)
        if value is None:
            return otherwise
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.refusal(key, "a date such as 2024-03-01", value)
        return value

    def choice(self, key: str, allowed: Mapping[str, T]) -> T:
        """A name in ``allowed``, as what it stands for."""
        value = self._get(key)
        if not isinstance(value, str) or value not in allowed:
            raise self.refusal(key, " or ".join(map(repr, allowed)), value)
        return allowed[value]

    def choices(self, key: str, allowed: Mapping[str, T]) -> list[T]:
        """A list of names in ``allowed``, as what they stand for."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(v, str) and v in allowed for v in value):
            raise self.refusal(key, f"a list of {', '.join(allowed)}", value)
        return [allowed[name] for name in value]

    def table(self, key: str) -> Mapping[str, object]:
        """A table, empty where there is none."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self.refusal(key, "a table", value)
        return value or {}

    def tables(self, key: str) -> list[dict[str, object]]:
        """A list of tables, empty where there is none."""
        value = self._get(key)
        if value is not None and not (isinstance(value, list) and all(isinstance(row, dict) for row in value)):
            raise self.refusal(key, "a list of tables", value)
        return value or []

    def done(self) -> None:
        """Refuse keys that mean nothing here: a misspelt rate must not be lost."""
        for key, value in self.values.items():
            if key not in self._asked:
                raise self.refusal(key, f"one of the keys {', '.join(sorted(self._asked))}", value)
