"""What people decided at the review desk, as examples that train the next model: only of those who agreed to that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterocr.metering.meter import Register
from meterocr.readout import Quad
from meterocr.workflow.evidence import Decision
from meterocr.workflow.ports import UnitOfWork
from meterocr.workflow.values.connections import ERASED

SOURCE = "office"
_ONE_IN = 10  # meters for validation
_SHOWN = {"kwh": "kwh", "m3": "m3", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Example:
    """A photo with what a person says that it shows. Nothing in it tells whose it is.

    Attributes:
        sha256: of the photo.
        group: of the meter, made unrecognisable: all its photos are on one side of the split.
        reading: all digits, without the point; ``decimals`` of them are behind it.
        hard: the machine had read something else, or nothing.
    """

    sha256: str
    group: str
    kind: str
    quad: Quad
    reading: str
    decimals: int
    hard: bool
    shows: str

    @property
    def split(self) -> str:
        """``train`` or ``val``, by the meter."""
        return "val" if int(self.group[-8:], 16) % _ONE_IN == 0 else "train"


def examples(uow: UnitOfWork, since: datetime, agreed: frozenset[str]) -> Iterator[Example]:
    """One for each photo that a person read since then, of the connections whose consumers ``agreed``.

    Photos that were rejected are left out, because a rejection does not say that the display cannot be read; so are
    those in which no display was found, because nothing says where it is, those whose reading does not count any more,
    because the person misread it, and those of consumers who were erased since: they do not agree any more.
    """
    for stored, review in uow.submissions.decided(since):
        made = stored.submission
        readout = json.loads(made.readout)
        if made.consumer_number not in agreed or review.value is None or readout["quad"] is None:
            continue
        if uow.book.connection(made.consumer_number).consumer.name == ERASED:
            continue
        counted = [each.reading for each in uow.readings.of(made.consumer_number) if each.submission == stored.id]
        if not counted:
            continue
        reading = counted[0]  # of the meter in the photo, which may not hang there any more
        history = uow.readings.history(made.consumer_number, reading.quantity)
        text = as_shown(review.value, readout["text"], history.register(reading.serial_number, reading.quantity))
        a, b, c, d = ((x, y) for x, y in readout["quad"])
        yield Example(
            made.sha256,
            f"{SOURCE}-{hashlib.sha256(reading.serial_number.encode()).hexdigest()[:16]}",
            readout["kind"],
            Quad((a, b, c, d)),
            text.replace(".", ""),
            len(text.partition(".")[2]),
            review.decision is Decision.CORRECT,
            _SHOWN.get(readout["shows"], "other"),
        )


def as_shown(value: Decimal, read: str, register: Register) -> str:
    """A value with the zeros that stand before and behind it on the display.

    They are taken from what was read where the value has room in it, else from the register.
    """
    whole, _, fraction = read.partition(".")
    for digits, decimals in ((len(whole), len(fraction)), (register.digits, register.decimals)):
        if digits and value < Decimal(10) ** digits and value == round(value, decimals):
            return f"{value:0{digits + decimals + bool(decimals)}.{decimals}f}"
    return f"{value:f}"
