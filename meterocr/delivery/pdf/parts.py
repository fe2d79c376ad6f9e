"""What both layouts show, as plain values: rows of text and numbers that are ready to be written."""

from __future__ import annotations

from dataclasses import dataclass

from meterocr.billing.line import Line
from meterocr.billing.money import NOTHING, Money
from meterocr.delivery.pdf import terms
from meterocr.delivery.pdf.canvas import Bar, Colour
from meterocr.delivery.pdf.formula import formula_in
from meterocr.metering.consumption import Advance
from meterocr.metering.reading import Reading
from meterocr.workflow.sheet import Sheet
from meterocr.workflow.wording import Language

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the bill: label, how it is reckoned, the days it is for (empty for all of them), and the amount."""

    label: str
    formula: str
    days: str
    amount: str


def charges(sheet: Sheet, language: Language, *, current: bool) -> list[Charge]:
    """The lines for the period of the bill, or those that come from earlier bills."""
    return [_charge(line, sheet, language) for line in sheet.bill.lines if line.code.current is current]


def _charge(line: Line, sheet: Sheet, language: Language) -> Charge:
    whole = line.period == sheet.bill.period or not line.code.current
    days = "" if whole else terms.period(line.period.start, line.period.end, language)
    return Charge(line.code.label(language), formula_in(line.formula, language), days, str(line.amount))


def to_pay(sheet: Sheet) -> Money:
    """What is to be paid: never below zero."""
    return max(sheet.bill.total, NOTHING)


def remark(sheet: Sheet, language: Language) -> str:
    """What is said beside an amount of zero; empty where there is something to pay."""
    if sheet.bill.total < NOTHING:
        return f"{terms.term('credit', language)}: {terms.rupees(-sheet.bill.total, language)}"
    return terms.term("nothing_to_pay", language) if not sheet.bill.total else ""


def facts(sheet: Sheet, language: Language) -> list[tuple[str, str]]:
    """What the connection is, as name and value."""
    connection = sheet.bill.connection
    supply = connection.supply
    return [
        (terms.term("consumer_number", language), connection.consumer_number),
        (terms.term("category", language), terms.category(connection.category, connection.area, language)),
        (
            terms.term("load", language),
            f"{supply.sanctioned_load_kw.normalize():f} kW, {terms.phase(supply.phase, language)}",
        ),
    ]


def dates(sheet: Sheet, language: Language) -> list[tuple[str, str]]:
    """Number and dates, as name and value."""
    period = sheet.bill.period
    return [
        (terms.term("bill_number", language), sheet.bill.number),
        (terms.term("issued", language), terms.day(sheet.issued, language)),
        (terms.term("period", language), terms.period(period.start, period.end, language)),
    ]


def reading(of: Reading, language: Language) -> tuple[str, str]:
    """A reading's value, and when and how it was read."""
    return f"{of.value:f}", f"{terms.day_there(of.at, language)}, {terms.source(of.source, language)}"


def factor(advance: Advance, sheet: Sheet) -> str:
    """The multiplying factor of an advance; a meter that is gone is not known any more, so it is reckoned back."""
    meter = sheet.bill.connection.meter
    if advance.closing.serial_number == meter.serial_number:
        return f"{meter.register(advance.closing.quantity).multiplying_factor.normalize():f}"
    difference = advance.closing.value - advance.opening.value
    if difference > 0 and advance.units % difference == 0:
        return f"{(advance.units / difference).normalize():f}"
    return UNKNOWN


def bars(sheet: Sheet, language: Language, colour: Colour, provisional: Colour) -> list[Bar]:
    """Consumption of the last months."""
    return [
        Bar(
            terms.month(m.month, language),
            f"{m.units.quantize(1):f}" if m.units >= 10 else f"{m.units.normalize():f}",
            float(m.units),
            provisional if m.provisional else colour,
        )
        for m in sheet.months
    ]


def rebates(sheet: Sheet, language: Language) -> list[str]:
    """What can be saved, one sentence each; nothing where nothing is to pay."""
    if not to_pay(sheet):
        return []
    return [f"{terms.rupees(r.amount, language)}: {formula_in(r.formula, language)}" for r in sheet.bill.rebates]
