"""The way back from canonical JSON: values of this package from what :func:`~meterocr.billing.canonical.plain` wrote.

What comes back is checked by the types' own rules, and written again it is the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from meterocr.billing.account import ServiceConnection
from meterocr.billing.bill import SCHEMA_VERSION, Bill, Event, Rebate, RebateCode
from meterocr.billing.canonical import Json
from meterocr.billing.ledger import Ledger
from meterocr.billing.line import Line, LineCode
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.billing.tariff import Entry, Table
from meterocr.errors import BillError
from meterocr.metering.consumption import Consumption

T = TypeVar("T")


def restore(kind: type[T], value: Json) -> T:
    """A ``kind`` (a dataclass, or what its fields are made of) from its JSON-ready values.

    Raises:
        BillError: not what a ``kind`` is written as; says what was expected and what came.
    """
    try:
        made = _restored(kind, value)
    except BillError:
        raise
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise BillError(f"expected a stored {kind.__name__}, got: {error}") from error
    assert isinstance(made, kind)  # noqa: S101 # tells the type checker what _restored has seen to
    return made


def restored_bill(content: Mapping[str, Any], history: tuple[Event, ...] = ()) -> Bill:
    """A bill from :meth:`Bill.to_dict`, with what happened to it.

    Raises:
        BillError: not a bill of schema 1 or 2.
    """
    try:
        if content["schema"] not in {1, SCHEMA_VERSION}:
            raise BillError(f"expected a bill of schema 1 or {SCHEMA_VERSION}, got {content['schema']!r}")
        of_ledger = content["ledger"] if content["schema"] > 1 else content["ledger"] | {"surcharge": 0}
        return Bill(
            restore(ServiceConnection, content["connection"]),
            restore(Consumption, content["consumption"]),
            restore(Period, content["period"]),
            restore(Ledger, of_ledger),
            content["tariff"]["name"],
            content["tariff"]["sha256"],
            tuple(map(restored_line, content["lines"])),
            tuple(
                Rebate(RebateCode(r["code"]), r["formula"], restore(Money, r["amount_paise"]))
                for r in content["rebates"]
            ),
            history,
            content["schema"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BillError(f"expected a stored bill, got: {error!r}") from error


def restored_tariff(content: Mapping[str, Any]) -> Tariff:
    """A tariff from :meth:`Tariff.to_dict`; its digest is worked out anew.

    Raises:
        BillError: not a tariff.
    """
    try:
        required = {category: frozenset(map(Table, tables)) for category, tables in content["required"].items()}
        return Tariff(content["name"], required, tuple(restore(Entry, entry) for entry in content["entries"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BillError(f"expected a stored tariff, got: {error!r}") from error


def restored_line(line: Mapping[str, Any]) -> Line:
    """A line of :meth:`Bill.to_dict`."""
    days = Period(date.fromisoformat(line["from"]), date.fromisoformat(line["to"]))
    return Line(LineCode(line["code"]), line["formula"], Money(line["amount_paise"]), days)


def _restored(kind: Any, value: Any) -> object:
    if get_origin(kind) is tuple:
        return tuple(_restored(get_args(kind)[0], item) for item in _checked(list, value))
    if isinstance(kind, UnionType):
        return _one_of(get_args(kind), value)
    if kind is Money:
        return Money(value)
    if kind is Decimal:
        return Decimal(_checked(str, value))
    if kind in (date, datetime):
        return kind.fromisoformat(_checked(str, value))
    if issubclass(kind, Enum):
        return kind(value)
    if is_dataclass(kind):
        return _made(kind, _checked(dict, value))
    return _checked(kind, value)


def _made(kind: Any, values: Mapping[str, Any]) -> object:
    types = _field_types(kind)
    if values.keys() != types.keys():
        raise BillError(f"expected the fields {', '.join(types)} of a {kind.__name__}, got {', '.join(values)}")
    return kind(**{name: _restored(types[name], value) for name, value in values.items()})


def _one_of(kinds: tuple[Any, ...], value: Any) -> object:
    """The kind of a union that ``value`` was written from: nothing, or the dataclass that has its fields."""
    if value is None and NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not NoneType]
    if len(others) == 1:
        return _restored(others[0], value)
    found = [kind for kind in others if _field_types(kind).keys() == _checked(dict, value).keys()]
    if len(found) != 1:
        raise BillError(f"expected one of {', '.join(kind.__name__ for kind in others)}, got {', '.join(value)}")
    return _made(found[0], value)


def _checked(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise BillError(f"expected {kind.__name__}, got {value!r}")
    return value


@cache
def _field_types(kind: type[Any]) -> Mapping[str, Any]:
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind) if field.init}
