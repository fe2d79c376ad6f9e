"""One spelling for every value: what is hashed, stored and compared byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, cast

from meterocr.billing.money import Money

_AS_THEY_ARE = frozenset({type(None), bool, int, str})

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None


def plain(value: object) -> Json:
    """``value`` as JSON-ready values without floats.

    Dataclasses become objects of the fields they are made with, :class:`Money` whole paise, Decimal and dates text.

    Raises:
        TypeError: something of another type is in it, such as a float.
    """
    kind: Any = type(value)
    if kind in _AS_THEY_ARE:
        return cast("Json", value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Money):
        return value.paise
    names = _fields(kind)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): plain(item) for key, item in value.items()}
    raise TypeError(f"expected text, whole numbers, Decimal, dates, Money and what is made of them, got {value!r}")


@cache
def _fields(kind: type[Any]) -> tuple[str, ...] | None:
    """What a dataclass is made with; ``None`` for another type. Bills are made of the same few, over and over."""
    return tuple(f.name for f in fields(kind) if f.init) if is_dataclass(kind) else None


def canonical_bytes(value: object) -> bytes:
    """:func:`plain` as UTF-8 JSON: keys sorted, no spaces, nothing escaped that need not be.

    Raises:
        TypeError: as :func:`plain`.
    """
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()
