"""Bills a second on one core: ``python -m benchmarks.billing [--bills N]``.

Domestic connections of both areas in all subsidy bands, one period in ten across a change of rates,
one bill in ten with arrears. Counts processor time, so that other work on the machine does not count; best of three.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from meterocr.billing.account import Area, Consumer, ServiceConnection
from meterocr.billing.bill import make_bill
from meterocr.billing.ledger import EMPTY, Arrears, Ledger
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.tariff_file import load_tariff
from meterocr.metering.consumption import Advance, Consumption
from meterocr.metering.meter import Meter, Register, Supply
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity

Inputs = tuple[ServiceConnection, Consumption, Period, Ledger]


def inputs(number: int, rng: random.Random) -> Inputs:
    """What one bill is made from."""
    start = date(2025, 4, 20) if number % 10 == 0 else date(2024, 8, 1)
    period = Period(start, start + timedelta(30))
    serial = f"M-{number}"
    meter = Meter(serial, (Register(Quantity.KWH, 6),))
    area = rng.choice(list(Area))
    connection = ServiceConnection(f"C-{number}", "domestic", area, Supply(Decimal(2)), meter, Consumer("A", "Dhanbad"))
    units = Decimal(rng.randrange(600))
    opening, closing = (
        Reading(serial, Quantity.KWH, value, datetime(day.year, day.month, day.day, tzinfo=UTC), Source.PHOTO)
        for value, day in ((Decimal(1000), period.start), (1000 + units, period.end))
    )
    used = Consumption(Quantity.KWH, period.start, period.end, (Advance(opening, closing, units),))
    ledger = Ledger(arrears=(Arrears("B-0", Money(50_000), 0),)) if number % 10 == 5 else EMPTY
    return connection, used, period, ledger


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bills", type=int, default=20_000)
    count = parser.parse_args().bills
    rng, tariff = random.Random(1), load_tariff()
    prepared = [inputs(number, rng) for number in range(count)]
    spent: list[float] = []
    for _ in range(3):
        before = time.process_time()
        for connection, used, period, ledger in prepared:
            make_bill(connection, used, tariff, period, ledger)
        spent.append(time.process_time() - before)
    print(f"{count / min(spent):,.0f} bills a second on one core (best of 3 runs of {count:,} bills)")


if __name__ == "__main__":
    main()
