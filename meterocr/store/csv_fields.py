"""The fields of one row of a CSV file: each is read, or refused with what was expected and what came."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from meterocr.metering.consumption import IST

Choice = TypeVar("Choice", bound=StrEnum)
_FLAGS = {"yes": True, "no": False}
_YEARS = (1900, 2100)
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
_LONGEST, _MOST = 18, 10**12


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was not taken.

    Attributes:
        line: of the file, counted from 1; the header is line 1.
        column: its name; empty where it is about the whole row.
    """

    line: int
    column: str
    expected: str
    got: str

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: expected {self.expected}, got {self.got}"


class RefusedError(Exception):
    """A field of a row is not as it should be."""

    def __init__(self, column: str, expected: str, got: str) -> None:
        super().__init__(column, expected, got)
        self.column, self.expected, self.got = column, expected, got

    def at(self, line: int) -> RowError:
        """Where it is."""
        return RowError(line, self.column, self.expected, self.got)


class Fields:
    """The fields of a row by column."""

    def __init__(self, columns: Sequence[str], values: Sequence[str]) -> None:
        if len(values) != len(columns):
            raise RefusedError("", f"{len(columns)} fields", str(len(values)))
        self._values = dict(zip(columns, values, strict=True))

    def text(self, column: str, *, empty: bool = False) -> str:
        """Text without control characters, and without space around it."""
        value = self._values[column].strip()
        if not value and not empty:
            raise RefusedError(column, "some text", "none")
        if not value.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs"} for c in value):
            raise RefusedError(column, "text in UTF-8 without control characters", ascii(value))
        return value

    def choice(self, column: str, kind: type[Choice]) -> Choice:
        """One word of an enumeration."""
        value = self._values[column].strip()
        try:
            return kind(value)
        except ValueError:
            raise RefusedError(column, f"one of {', '.join(kind)}", repr(value)) from None

    def flag(self, column: str) -> bool:
        """``yes`` or ``no``."""
        value = self._values[column].strip()
        if value not in _FLAGS:
            raise RefusedError(column, "yes or no", repr(value))
        return _FLAGS[value]

    def decimal(self, column: str) -> Decimal:
        """A number as it is written."""
        return number(column, self._values[column].strip())

    def time(self, column: str) -> datetime:
        """ISO 8601, of 1900 to 2100; without a timezone it is Indian time, and a day alone is its beginning there."""
        value = self._values[column].strip()
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            raise RefusedError(column, "a time such as 2024-08-31T09:30:00+05:30", repr(value)) from None
        if not _YEARS[0] <= time.year <= _YEARS[1]:
            raise RefusedError(column, f"a time from {_YEARS[0]} to {_YEARS[1]}", repr(value))
        return time if time.tzinfo else time.replace(tzinfo=IST)

    def __contains__(self, column: str) -> bool:
        return bool(self._values[column].strip())


def number(column: str, value: str) -> Decimal:
    """A number that is written out, of at most 18 digits, and below what a register of the most digits shows."""
    if len(value) > _LONGEST or not _PLAIN.fullmatch(value):
        raise RefusedError(column, f"a number in plain digits, at most {_LONGEST} of them", repr(value))
    made = Decimal(value)
    if not abs(made) < _MOST:
        raise RefusedError(column, f"a number below {_MOST}", repr(value))
    return made


def new(column: str, taken: set[Any], key: Any) -> None:
    """Refuse a key that is taken, by the store or by an earlier row."""
    if key in taken:
        shown = key if isinstance(key, str) else ", ".join(str(part) for part in key)
        raise RefusedError(column, "one that is not there yet", shown)
    taken.add(key)
