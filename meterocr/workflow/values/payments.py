"""Money that comes in, and the rebates that are earned with it."""

from __future__ import annotations

from dataclasses import dataclass

from meterocr.billing.bill import RebateCode
from meterocr.billing.money import NOTHING, Money
from meterocr.workflow.values.act import Act


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in for a bill; not necessarily all of it.

    Attributes:
        number: of the bill.
        reference: of the receipt or the gateway: the same one for the same bill is the same payment.
        amount: above zero.
        online: as rebates ask for.
    """

    number: str
    reference: str
    amount: Money
    online: bool
    act: Act

    def __post_init__(self) -> None:
        if not self.reference.strip():
            raise ValueError(f"expected a reference of the payment, got {self.reference!r}")
        if not self.amount > NOTHING:
            raise ValueError(f"expected a payment above zero, got {self.amount}")


def rebate_key(number: str, code: RebateCode) -> str:
    """Of the credit for a rebate that was earned with a bill."""
    return f"rebate:{number}:{code}"
