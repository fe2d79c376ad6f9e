"""Bill runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterocr.billing.money import NOTHING, Money


@dataclass(frozen=True, slots=True)
class Run:
    """A bill run: all connections of ``book`` (empty: of every book), with readings up to ``until``.

    Attributes:
        after: the last consumer number that is done.
        total: of the bills that it issued.
    """

    name: str
    book: str
    until: date
    after: str = ""
    issued: int = 0
    refused: int = 0
    total: Money = NOTHING
    done: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a connection got no bill."""

    consumer_number: str
    reason: str
