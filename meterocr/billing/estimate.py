"""What would it cost: a bill for units that nobody metered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from meterocr.billing.account import Area, Consumer, ServiceConnection
from meterocr.billing.bill import Bill, make_bill
from meterocr.billing.period import Period
from meterocr.billing.schedule import Tariff
from meterocr.errors import BillError
from meterocr.metering.consumption import Advance, Consumption
from meterocr.metering.meter import Meter, Register, Supply
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity

_NAME = "estimate"
_METER = Meter(_NAME, (Register(Quantity.KWH, digits=12),))
_ANY_LOAD = Supply(Decimal(1))  # where no charge depends on it


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose bill is estimated: ``supply`` may be left out where no charge depends on the sanctioned load."""

    category: str
    area: Area
    supply: Supply | None = None

    def needs_load(self, tariff: Tariff, period: Period) -> bool:
        """Whether a charge in ``period`` depends on the sanctioned load.

        Raises:
            TariffError: as :func:`make_bill`.
        """
        return any(part.rates.need_load for part in tariff.schedule(self.category, self.area).over(period))


def estimate(customer: Customer, units: Decimal, tariff: Tariff, period: Period) -> Bill:
    """The bill for ``units`` kWh in ``period``, from provisional readings.

    Raises:
        TariffError: as :func:`make_bill`.
        BillError: a charge depends on the sanctioned load, which is not given.
    """
    if customer.supply is None and customer.needs_load(tariff, period):
        raise BillError(f"expected the sanctioned load in kW for {customer.category}, {customer.area}, got none")
    supply = customer.supply or _ANY_LOAD
    connection = ServiceConnection(_NAME, customer.category, customer.area, supply, _METER, Consumer(_NAME, ""))
    advance = Advance(_reading(Decimal(0), period.start), _reading(units, period.end), units)
    return make_bill(connection, Consumption(Quantity.KWH, period.start, period.end, (advance,)), tariff, period)


def _reading(value: Decimal, day: date) -> Reading:
    at = datetime.combine(day, time(), tzinfo=UTC)
    return Reading(_NAME, Quantity.KWH, value, at, Source.PROVISIONAL)
