"""What can be asked of the server beside reading: made here once, done by either client.

>>> from meterocr import Client, calls
>>> with Client("http://127.0.0.1:3000", key="mo_...") as client:
...     taken = client.do(calls.submit("meter.jpg", "DHN00451278"))

A call that creates something has an idempotency key: done again, also in another process under the same key, it
creates nothing new. ``/v1/openapi.json`` describes all fields. Money is in paise, units and values are text.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote

from meterocr.errors import PhotoError

T = TypeVar("T")
PhotoFile = str | Path | bytes
"""A path, or the bytes of an image file."""

Part = tuple[str, tuple[str, bytes]]
Finding = Literal["locked", "refused", "meter_faulty"]
Layout = Literal["a4", "receipt"]
Spoken = Literal["en", "hi"]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, whose answer is a ``T``: JSON, or ``bytes`` where ``binary``.

    Attributes:
        key: idempotency key; empty where nothing is created.
    """

    method: str
    path: str
    key: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    binary: bool = False


class Line(TypedDict):
    """A line of a bill."""

    code: str
    label: str
    formula: str
    amount_paise: int


class Rebate(TypedDict):
    """What is offered for paying early or online."""

    code: str
    formula: str
    amount_paise: int


class Bill(TypedDict):
    """A bill."""

    number: str
    state: str
    consumer_number: str
    start: str
    end: str
    tariff: str
    tariff_sha256: str
    units: str
    provisional: bool
    lines: list[Line]
    rebates: list[Rebate]
    current_paise: int
    total_paise: int


class Step(TypedDict):
    """What happened to a bill."""

    state: str
    on: str
    note: str


class StoredBill(Bill):
    """A bill, and what happened to it."""

    due: str
    proof: str
    history: list[Step]


class Reasons(TypedDict):
    """Sentences for people, the most important one first."""

    en: list[str]
    hi: list[str]


class Submission(TypedDict):
    """A photo that came in; ``verdict`` is accepted, review or retake."""

    submission: int
    consumer_number: str
    sha256: str
    text: str
    suggested: str
    verdict: str
    reasons: Reasons
    waiting: bool


class Taken(Submission):
    """The same with the bill that its reading closed."""

    bill: Bill | None
    no_bill: str


class Visit(TypedDict):
    """What was written down of a visit; ``asked``: somebody was asked for a photo."""

    consumer_number: str
    finding: str
    asked: bool


class Phone(TypedDict):
    """Where bills go, masked; not ``live`` while its code was not confirmed."""

    consumer_number: str
    phone: str
    live: bool


class Credit(TypedDict):
    """Rupees that the next bill is less by."""

    reason: str
    amount_paise: int


class Receipt(TypedDict):
    """What a payment came to."""

    bill: str
    state: str
    amount_paise: int
    left_paise: int
    credit_paise: int
    rebates: list[Credit]


class Link(TypedDict):
    """A link to one bill, to be put behind the server's address; ``until`` in seconds since 1970."""

    path: str
    until: int


def new_key() -> str:
    """An idempotency key that nobody used."""
    return str(uuid.uuid4())


def photo_part(photo: PhotoFile, name: str | None = None) -> Part:
    """A photo as it is sent.

    Raises:
        PhotoError: there is no file that can be read.
    """
    if isinstance(photo, bytes):
        return "photo", (name or "photo", photo)
    path = Path(photo)
    try:
        return "photo", (name or path.name, path.read_bytes())
    except OSError as error:
        raise PhotoError(f"{path.name}: expected a file that can be read, got: {error.strerror}") from error


def submit(photo: PhotoFile, consumer_number: str, *, key: str = "") -> Call[Taken]:
    """Take in a photo of a connection's meter.

    Raises:
        PhotoError: there is no file that can be read.
    """
    return _send("/v1/submissions", photo, consumer_number, key)


def submission(number: int) -> Call[Submission]:
    """A submission that was made with the same key."""
    return Call("GET", f"/v1/submissions/{number}")


def read_at_door(photo: PhotoFile, consumer_number: str, *, key: str = "") -> Call[Taken]:
    """Take in a photo that a meter reader took; raises as :func:`submit`."""
    return _send("/v1/visits/read", photo, consumer_number, key)


def visit(
    consumer_number: str,
    finding: Finding,
    *,
    note: str | None = None,
    key: str = "",
) -> Call[Visit]:
    """A meter could not be read."""
    form = {"consumer_number": consumer_number, "finding": finding, "note": note}
    return _create("/v1/visits", form, key)


def register_phone(consumer_number: str, phone: str, *, key: str = "") -> Call[Phone]:
    """A phone whose holder agreed, at the door: live at once."""
    return _create(f"/v1/connections/{_word(consumer_number)}/phone", {"phone": phone, "consent": True}, key)


def request_phone(consumer_number: str, phone: str, *, key: str = "") -> Call[Phone]:
    """A phone whose holder agreed, from home: a one-time code is sent to it first."""
    return _create(f"/v1/connections/{_word(consumer_number)}/phone/request", {"phone": phone, "consent": True}, key)


def issue(consumer_number: str, *, until: str | None = None, key: str = "") -> Call[Bill]:
    """The bill of a connection up to its last reading, on a day up to ``until`` (ISO 8601; without it, today)."""
    return _create("/v1/bills", {"consumer_number": consumer_number, "until": until}, key)


def bill(number: str) -> Call[StoredBill]:
    """A bill."""
    return Call("GET", f"/v1/bills/{_word(number)}")


def bill_pdf(number: str, *, layout: Layout = "a4", language: Spoken = "hi") -> Call[bytes]:
    """A bill as PDF."""
    parameters = {"layout": layout, "language": language}
    return Call("GET", f"/v1/bills/{_word(number)}/pdf", options={"params": parameters}, binary=True)


def pay(number: str, amount_paise: int, reference: str, *, online: bool = False, key: str = "") -> Call[Receipt]:
    """Money came in for a bill today."""
    form = {"amount_paise": amount_paise, "reference": reference, "online": online}
    return _create(f"/v1/bills/{_word(number)}/payments", form, key)


def reverse(number: str, reason: str, *, key: str = "") -> Call[Bill]:
    """Take back the last bill of a connection."""
    return _create(f"/v1/bills/{_word(number)}/reverse", {"reason": reason}, key)


def link(number: str, *, days: int = 30) -> Call[Link]:
    """A signed link by which a consumer sees this bill."""
    return Call("POST", f"/v1/bills/{_word(number)}/link", options={"json": {"days": days}})


def accept(number: int, *, note: str | None = None, key: str = "") -> Call[Taken]:
    """What was read in a photo is right."""
    return _create(f"/v1/reviews/{number}/accept", {"note": note}, key)


def correct(number: int, value: str, *, note: str | None = None, key: str = "") -> Call[Taken]:
    """A photo shows ``value``."""
    return _create(f"/v1/reviews/{number}/correct", {"value": value, "note": note}, key)


def get(path: str, **parameters: str | int) -> Call[Any]:
    """Anything else that is only looked at, such as ``get("/v1/areas", since="2026-11-01")``."""
    return Call("GET", path, options={"params": parameters})


def create(path: str, form: Mapping[str, Any], *, key: str = "") -> Call[Any]:
    """Anything else that is created, such as ``create("/v1/consumers", {...})``."""
    return _create(path, form, key)


def _create(path: str, form: Mapping[str, Any], key: str) -> Call[Any]:
    return Call("POST", path, key or new_key(), {"json": form})


def _send(path: str, photo: PhotoFile, consumer_number: str, key: str) -> Call[Any]:
    options = {"files": [photo_part(photo)], "data": {"consumer_number": consumer_number}}
    return Call("POST", path, key or new_key(), options)


def _word(text: str) -> str:
    """Part of a path, whatever is in it."""
    return quote(text, safe="")
