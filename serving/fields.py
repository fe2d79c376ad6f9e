"""Kinds of values that several routes take or give. What does not fit is refused before a use case sees it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from meterocr.delivery.phone import e164

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
_DECIMAL = r"^[0-9]{1,12}(\.[0-9]{1,4})?$"

Name = Annotated[str, StringConstraints(pattern=NAME)]
"""What the distribution company calls something: a consumer number, a consumer's id, a serial number, a book."""

Line = Annotated[str, StringConstraints(pattern=_LINE, max_length=200)]
"""One line of text for people."""

Decimals = Annotated[str, StringConstraints(pattern=_DECIMAL)]
"""A number as text, so that nobody makes a float of it."""

NameInPath = Annotated[str, Path(pattern=NAME, examples=["DHN00451278"])]
BillInPath = Annotated[str, Path(pattern=r"^[0-9]{4}-[0-9]{7,12}$", examples=["2026-0000042"])]
IdInPath = Annotated[int, Path(ge=1, le=2**53, examples=[17])]
Most = Annotated[int, Query(ge=1, le=500, description="At most so many.", examples=[50])]


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[
    str,
    StringConstraints(pattern=r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_day),
    Field(examples=["2026-11-25"]),
]
"""A day in India."""


Phone = Annotated[
    str, StringConstraints(min_length=6, max_length=20), AfterValidator(e164), Field(examples=["+919812345678"])
]
"""A phone number as people write it; E.164 from here on."""


class Form(BaseModel):
    """What a client sends; nothing else may be in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """What a client is told. Money in paise, units as text, times in UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def shown(example: dict[str, Any]) -> ConfigDict:
    """The settings of a model with an example of it."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [example]})


class Reasons(Told):
    """Sentences for people, the most important one first."""

    en: list[str]
    hi: list[str]
