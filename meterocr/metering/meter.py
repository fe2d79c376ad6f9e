"""The instrument on the wall: a meter with its registers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from meterocr.errors import MeteringError
from meterocr.readout import Quantity


class Phase(StrEnum):
    """Supply of a connection."""

    SINGLE = "single"
    THREE = "three"


@dataclass(frozen=True, slots=True)
class Register:
    """One counter of a meter.

    Attributes:
        quantity: what it counts.
        digits: digits before the point, 1 to 12; the counter returns to zero at ``10 ** digits``.
        decimals: digits after the point, 0 to 4.
        multiplying_factor: what a displayed unit stands for, because of instrument transformers; above 0.
    """

    quantity: Quantity
    digits: int
    decimals: int = 0
    multiplying_factor: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= 12:
            raise ValueError(f"expected 1 to 12 digits before the point, got {self.digits!r}")
        if not 0 <= self.decimals <= 4:
            raise ValueError(f"expected 0 to 4 decimals, got {self.decimals!r}")
        if not isinstance(self.multiplying_factor, Decimal) or not self.multiplying_factor > 0:
            raise ValueError(f"expected a multiplying factor above 0 as Decimal, got {self.multiplying_factor!r}")

    @property
    def capacity(self) -> Decimal:
        """The value at which the counter returns to zero."""
        return Decimal(10) ** self.digits


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter by its serial number, with at least one register and no quantity twice."""

    serial_number: str
    registers: tuple[Register, ...]
    phase: Phase = Phase.SINGLE

    def __post_init__(self) -> None:
        quantities = [r.quantity for r in self.registers]
        if not self.serial_number.strip():
            raise ValueError(f"expected a serial number, got {self.serial_number!r}")
        if not quantities or len(set(quantities)) != len(quantities):
            raise ValueError(f"expected registers of different quantities, got {[str(q) for q in quantities]}")

    def register(self, quantity: Quantity) -> Register:
        """The register that counts ``quantity``.

        Raises:
            KeyError: the meter has none.
        """
        for register in self.registers:
            if register.quantity == quantity:
                return register
        raise KeyError(f"expected a register for {quantity}, meter {self.serial_number} has none")


def find_register(meters: Iterable[Meter], serial_number: str, quantity: Quantity) -> Register:
    """The register of one of ``meters``.

    Raises:
        MeteringError: none of the meters has this serial number, or that meter does not count ``quantity``.
    """
    known = {meter.serial_number: meter for meter in meters}
    if serial_number not in known:
        raise MeteringError(f"expected a reading of one of the meters {sorted(known)}, got one of {serial_number!r}")
    try:
        return known[serial_number].register(quantity)
    except KeyError as error:
        raise MeteringError(error.args[0]) from error


@dataclass(frozen=True, slots=True)
class Supply:
    """What a connection may draw.

    Attributes:
        sanctioned_load_kw: the load it was granted, kW; above 0.
        phase: single or three phase.
    """

    sanctioned_load_kw: Decimal
    phase: Phase = Phase.SINGLE

    def __post_init__(self) -> None:
        if not isinstance(self.sanctioned_load_kw, Decimal) or not self.sanctioned_load_kw > 0:
            raise ValueError(f"expected a sanctioned load above 0 kW as Decimal, got {self.sanctioned_load_kw!r}")
