"""What goes onto a printed bill beside the bill itself, and the port to what prints it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from meterocr.billing.bill import Bill, State
from meterocr.errors import BillError
from meterocr.workflow.wording import Language

MAX_MONTHS = 12
_UPI_ID = re.compile(r"[A-Za-z0-9.\-_]{2,256}@[A-Za-z][A-Za-z0-9.\-]{1,63}")
_HEAD = re.compile(r"[0-9a-f]{64}")
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


class Layout(StrEnum):
    """The paper a bill is printed on."""

    A4 = "a4"  # one page
    RECEIPT = "receipt"  # a roll of 80 mm, as long as it needs


@dataclass(frozen=True, slots=True)
class Utility:
    """The distribution company as it stands on its bills: name in both languages, address, telephone."""

    name: str
    name_hi: str
    address: str
    helpline: str


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid by UPI: the virtual payment address, such as ``utility@bank``, and the name it belongs to."""

    upi_id: str
    name: str

    def __post_init__(self) -> None:
        if not _UPI_ID.fullmatch(self.upi_id):
            raise ValueError(f"expected a UPI address such as utility@bank, got {self.upi_id!r}")
        if not self.name.strip():
            raise ValueError(f"expected a payee's name, got {self.name!r}")


@dataclass(frozen=True, slots=True)
class MonthUnits:
    """What was billed for a month: ``month`` is any day of it."""

    month: date
    units: Decimal
    provisional: bool = False

    def __post_init__(self) -> None:
        if not self.units.is_finite() or self.units < 0:
            raise ValueError(f"expected at least 0 units, got {self.units}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A bill with what it does not know itself.

    Attributes:
        bill: issued or paid; it is printed as it was issued.
        due: last day to pay without a surcharge.
        chain_head: of the bill's proof, 64 hex digits.
        payee: for the UPI code; ``None`` leaves it out.
        strip: the display as photographed, PNG or JPEG; empty where there is no photo.
        months: what was billed lately, oldest first, at most :data:`MAX_MONTHS`.

    Raises:
        BillError: a draft or a reversed bill.
        ValueError: another value is not as said.
    """

    bill: Bill
    utility: Utility
    due: date
    chain_head: str
    payee: Payee | None = None
    strip: bytes = field(default=b"", repr=False)
    months: tuple[MonthUnits, ...] = ()

    def __post_init__(self) -> None:
        if self.bill.state not in {State.ISSUED, State.PAID}:
            raise BillError(
                f"expected an issued bill to print, got {self.bill.number or 'one'} that is {self.bill.state}"
            )
        if self.due < self.issued:
            raise ValueError(f"expected a due date not before {self.issued}, got {self.due}")
        if not _HEAD.fullmatch(self.chain_head):
            raise ValueError(f"expected 64 hex digits as the chain's head, got {self.chain_head!r}")
        if self.strip and not self.strip.startswith(_IMAGES):
            raise ValueError(f"expected a PNG or JPEG, got bytes that start with {self.strip[:8]!r}")
        later = all(a.month < b.month for a, b in pairwise(self.months))
        if len(self.months) > MAX_MONTHS or not later:
            raise ValueError(
                f"expected at most {MAX_MONTHS} months, oldest first, got {[str(m.month) for m in self.months]}"
            )

    @property
    def issued(self) -> date:
        """The day the bill was issued."""
        return self.bill.history[0].on


class Printer(Protocol):
    """What makes a PDF of a bill."""

    def __call__(self, sheet: Sheet, *, layout: Layout, language: Language) -> bytes:
        """The PDF; the same bytes for the same sheet.

        Raises:
            BillError: there is too much on it for the paper.
        """
