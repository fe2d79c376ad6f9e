"""What a connection owes or is owed beside what it consumed: the part of a bill that comes from earlier bills."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from meterocr.billing.money import NOTHING, Money
from meterocr.billing.period import Period


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is still unpaid of an earlier bill.

    Attributes:
        bill: its number.
        amount: above zero, without surcharges that were billed before.
        overdue_days: days since its due date, or since the last surcharge on it; 0 when it is not overdue.
    """

    bill: str
    amount: Money
    overdue_days: int

    def __post_init__(self) -> None:
        if not self.amount > NOTHING:
            raise ValueError(f"expected arrears above zero, got {self.amount}")
        if self.overdue_days < 0:
            raise ValueError(f"expected at least 0 overdue days, got {self.overdue_days}")


@dataclass(frozen=True, slots=True)
class Credit:
    """What the connection has in advance, such as an overpayment or a rebate that was earned.

    Attributes:
        reason: in words, for the bill.
        amount: above zero; the bill is less by it.
    """

    reason: str
    amount: Money

    def __post_init__(self) -> None:
        if not self.amount > NOTHING:
            raise ValueError(f"expected a credit above zero, got {self.amount}")


class AdjustmentKind(StrEnum):
    """Why an issued bill is put right on a later one."""

    RERATE = "rerate"  # corrected rates
    CORRECTION = "correction"  # a person's decision


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Puts an issued bill right on a later one.

    Attributes:
        bill: number of the bill that was not right.
        amount: what it was too little (above zero) or too much (below zero); never zero.
        reason: in words, for the bill.
    """

    kind: AdjustmentKind
    bill: str
    amount: Money
    reason: str

    def __post_init__(self) -> None:
        if not self.amount:
            raise ValueError("expected an amount other than zero, got 0.00")


@dataclass(frozen=True, slots=True)
class Replaced:
    """A provisional bill that an actual reading replaces.

    Attributes:
        bill: its number.
        period: within the period of the bill that replaces it.
        current: its current charges, paid or not; what is unpaid of it stays in the arrears.
    """

    bill: str
    period: Period
    current: Money


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that a bill takes over from earlier ones.

    Attributes:
        surcharge: what is unpaid of surcharges that earlier bills charged; it bears none itself.
    """

    arrears: tuple[Arrears, ...] = ()
    credits: tuple[Credit, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    replaces: tuple[Replaced, ...] = ()
    surcharge: Money = NOTHING

    def __post_init__(self) -> None:
        if self.surcharge < NOTHING:
            raise ValueError(f"expected an unpaid surcharge of at least 0, got {self.surcharge}")


EMPTY = Ledger()
