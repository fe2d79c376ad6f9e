"""Sheets of every kind, for the tests of printed bills and to look at: ``python -m tests.delivery.sheets FOLDER``."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw

from meterocr.billing.account import Consumer, ServiceConnection
from meterocr.billing.bill import Bill, issue, make_bill
from meterocr.billing.ledger import Adjustment, AdjustmentKind, Arrears, Credit, Ledger, Replaced
from meterocr.billing.money import Money, rupees
from meterocr.billing.period import Period
from meterocr.delivery.pdf.bill import bill_pdf
from meterocr.metering.consumption import Advance, Consumption
from meterocr.metering.meter import Meter, Phase, Register, Supply
from meterocr.metering.reading import Source
from meterocr.readout import Quantity
from meterocr.workflow.sheet import Layout, MonthUnits, Payee, Sheet, Utility
from meterocr.workflow.wording import Language
from tests.billing.conftest import JBVNL_NO_DUTY, MONTH, WITH_OPERATOR, connection, consumed, reading

ISSUED = date(2024, 9, 2)
HEAD = "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92"
UTILITY = Utility(
    "Jharkhand Bijli Vitran Nigam Limited",
    "झारखंड बिजली वितरण निगम लिमिटेड",
    "Engineering Building, HEC, Dhurwa, Ranchi 834004",
    "1912",
)
NUMBER = "DHN/2024-09/000123"
LONG = Consumer(
    "श्रीमती राजलक्ष्मी विश्वकर्मा चतुर्वेदी द्वारा स्वर्गीय ज्ञानेश्वर प्रसाद सिंह",
    "Flat 12/B, Shree Krishna Apartment, behind Durga Mandir, Hirapur, Dhanbad, झारखंड 826001",
)


def strip() -> bytes:
    """A display as it would be cut out of a photo, PNG."""
    image = Image.new("RGB", (480, 96), (150, 170, 140))
    ImageDraw.Draw(image).text((60, 4), "004821.5", fill=(20, 30, 20), font_size=80)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def months(count: int = 12) -> tuple[MonthUnits, ...]:
    firsts = [date(2023 + (8 + i) // 12, (8 + i) % 12 + 1, 1) for i in range(12)][-count:] if count else []
    units = [188, 160, 131, 95, 110, 120, 145, 230, 310, 365, 402, 201]
    return tuple(MonthUnits(f, Decimal(u), i in {4, 5}) for i, (f, u) in enumerate(zip(firsts, units, strict=False)))


def sheet(bill: Bill, **changes: object) -> Sheet:
    if not bill.number:
        bill = issue(bill, number=NUMBER, on=ISSUED)
    due = bill.history[0].on + timedelta(days=15)
    made = Sheet(bill, UTILITY, due, HEAD, Payee("jbvnl@sbi", "JBVNL"), strip(), months())
    return replace(made, **changes)  # type: ignore[arg-type]


def whose(consumer: Consumer, **changes: object) -> ServiceConnection:
    made = replace(connection(), consumer=consumer, consumer_number="DHN00451278")
    return replace(made, **changes)  # type: ignore[arg-type]


def plain() -> Sheet:
    ours = whose(Consumer("Anil Kumar Mahto", "House 14, Bank More, Dhanbad 826001"))
    return sheet(make_bill(ours, consumed("201"), JBVNL_NO_DUTY, MONTH))


def zero() -> Sheet:
    ours = whose(Consumer("सरिता देवी", "ग्राम बलियापुर, पोस्ट सिंदरी, धनबाद 828122"))
    return sheet(make_bill(ours, consumed("188.5"), JBVNL_NO_DUTY, MONTH), strip=b"")


def credit() -> Sheet:
    ledger = Ledger(credits=(Credit("paid in advance on 12 Aug 2024", rupees("5,000.00")),))
    return sheet(make_bill(whose(LONG), consumed("201"), JBVNL_NO_DUTY, MONTH, ledger), months=months(3))


def provisional() -> Sheet:
    return sheet(make_bill(whose(LONG), consumed("210", source=Source.PROVISIONAL), JBVNL_NO_DUTY, MONTH), strip=b"")


def crowded(arrears: int = 5) -> Sheet:
    """A tariff change, a meter exchange with rollover, arrears, an adjustment, a credit and a replaced bill."""
    period = Period(date(2025, 12, 22), date(2026, 1, 21))
    opening, removed = (reading(Decimal(v), period.start, serial="OLD-88120045/JH") for v in ("99870.4", "12.9"))
    advances = (
        Advance(opening, replace(removed, source=Source.REMOVED), Decimal("142.5"), rolled_over=True),
        Advance(
            reading(Decimal(0), date(2026, 1, 4), Source.INSTALLED, "GOEPL3-2217450091"),
            reading(Decimal("76.875"), period.end, Source.REVIEWER, "GOEPL3-2217450091"),
            Decimal("307.5"),
        ),
    )
    meter = Meter("GOEPL3-2217450091", (Register(Quantity.KWH, 6, 3, Decimal(4)),), Phase.THREE)
    ours = whose(LONG, meter=meter, supply=Supply(Decimal("7.5"), Phase.THREE))
    ledger = Ledger(
        tuple(Arrears(f"DHN/2025-{i + 1:02}/000123", Money(151_234 + i), 30 * i) for i in range(arrears)),
        (Credit("interest on the security deposit 2024-25", rupees("118.50")),),
        (
            Adjustment(
                AdjustmentKind.CORRECTION,
                "DHN/2025-07/000123",
                rupees("-412.05"),
                "the photo showed 4821, and 4871 was billed; corrected after the consumer's complaint",
            ),
        ),
        (Replaced("DHN/2025-12/000123", Period(date(2025, 12, 23), date(2026, 1, 20)), rupees("1,204.00")),),
    )
    consumption = Consumption(Quantity.KWH, period.start, period.end, advances)
    bill = make_bill(ours, consumption, WITH_OPERATOR, period, ledger)
    bill = issue(bill, number="DHN/2026-01/000123", on=date(2026, 1, 22))
    return sheet(bill)


def huge() -> Sheet:
    """Crores of rupees, and words that are longer than their columns."""
    name = "M/s." + "Bharatcokingcoallimited" * 3 + " & विद्युतलोहाकारखानाविस्तारपरियोजना" * 2
    ours = whose(Consumer(name, "x" * 150), category="ht_industrial", consumer_number="HT-" + "0123456789" * 3)
    bill = make_bill(ours, consumed("123456789.125"), WITH_OPERATOR, MONTH)
    return sheet(issue(bill, number="N" * 60, on=ISSUED))


SHEETS = {
    "huge": huge,
    "plain": plain,
    "zero": zero,
    "credit": credit,
    "provisional": provisional,
    "crowded": crowded,
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in SHEETS.items():
        for layout in Layout:
            for language in Language:
                pdf = bill_pdf(make(), layout=layout, language=language)
                (folder / f"{name}-{layout}-{language}.pdf").write_bytes(pdf)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
