"""A bill on a roll of 80 mm, for printers that only know black."""

from __future__ import annotations

from dataclasses import replace

from meterocr.delivery.pdf import parts
from meterocr.delivery.pdf.amount_words import in_words
from meterocr.delivery.pdf.canvas import BLACK, Canvas, Colour, Style
from meterocr.delivery.pdf.codes import proof_text, upi_link
from meterocr.delivery.pdf.terms import day, rupees, term
from meterocr.errors import BillError
from meterocr.workflow.sheet import Sheet
from meterocr.workflow.wording import Language

WIDTH = 80.0
LONGEST = 1200.0  # mm; a longer one is no bill
_LEFT, _FULL = 4.0, 72.0
_AMOUNTS = 24.0
_GREY: Colour = (150, 150, 150)
_SMALL, _PLAIN, _STRONG, _TITLE = Style(7), Style(8), Style(8.5, bold=True), Style(11, bold=True, align="C")


def draw(sheet: Sheet, language: Language) -> bytes:
    """The receipt, as long as it needs.

    Raises:
        BillError: longer than :data:`LONGEST`.
    """
    with Canvas(sheet, title=f"{term('title', language)} {sheet.bill.number}") as canvas:
        length = _Receipt(sheet, language, canvas).draw() + 6
        if length > LONGEST:
            raise BillError(
                f"bill {sheet.bill.number}: expected it to go on {LONGEST:.0f} mm of an 80 mm roll, "
                f"got {len(sheet.bill.lines)} lines that need {length:.0f} mm"
            )
        canvas.start(width=WIDTH, height=length)
        _Receipt(sheet, language, canvas).draw()
        return canvas.pdf()


class _Receipt:
    def __init__(self, sheet: Sheet, language: Language, canvas: Canvas) -> None:
        self.sheet, self.language, self.canvas = sheet, language, canvas
        self.y = 5.0

    def draw(self) -> float:
        """Draw everything; where it ends, mm from the top."""
        self._head()
        self._amount()
        self._readings()
        self._charges()
        self._rest()
        return self.y

    def _term(self, name: str) -> str:
        return term(name, self.language)

    def _write(self, text: str, style: Style) -> None:
        self.y = self.canvas.write(_LEFT, self.y, _FULL, text, style)

    def _rule(self) -> None:
        self.canvas.rule(_LEFT, self.y + 1, _FULL)
        self.y += 2

    def _pair(self, name: str, value: str, style: Style, *, right: float = _AMOUNTS) -> None:
        """A name, and a value that is aligned to the right; a number stays on one line."""
        end = replace(style, align="R")
        if right == _AMOUNTS:
            end = self.canvas.fitting(value, right, end)
        under = self.canvas.write(_LEFT, self.y, _FULL - right - 1, name, style)
        self.y = max(under, self.canvas.write(_LEFT + _FULL - right, self.y, right, value, end))

    def _head(self) -> None:
        utility, consumer = self.sheet.utility, self.sheet.bill.connection.consumer
        self._write(utility.name_hi if self.language is Language.HI else utility.name, _TITLE)
        self._write(utility.address, Style(7, align="C"))
        self._write(self._term("title"), Style(9.5, bold=True, align="C"))
        self._rule()
        for name, value in parts.dates(self.sheet, self.language):
            self._pair(name, value, _PLAIN, right=54)
        self._rule()
        self._write(consumer.name, _STRONG)
        self._write(consumer.address, _PLAIN)
        for name, value in parts.facts(self.sheet, self.language):
            self._pair(name, value, _PLAIN, right=44)
        if self.sheet.bill.consumption.provisional:
            self._rule()
            self._write(self._term("provisional"), _STRONG)
        self._rule()

    def _amount(self) -> None:
        sheet, language = self.sheet, self.language
        amount = rupees(parts.to_pay(sheet), language)
        self._write(self._term("to_pay"), Style(9, align="C"))
        self._write(amount, self.canvas.fitting(amount, _FULL, Style(20, bold=True, align="C")))
        words = parts.remark(sheet, language) or in_words(parts.to_pay(sheet), language)
        self._write(words, Style(7.5, align="C"))
        if parts.to_pay(sheet):
            self._write(f"{self._term('due')}: {day(sheet.due, language)}", Style(10, bold=True, align="C"))
        self._rule()

    def _readings(self) -> None:
        consumption = self.sheet.bill.consumption
        for advance in consumption.advances:
            self._pair(self._term("meter"), advance.closing.serial_number, _PLAIN, right=50)
            for name, of in (("present", advance.closing), ("previous", advance.opening)):
                value, note = parts.reading(of, self.language)
                self._pair(self._term(name), value, _STRONG)
                self._write(note, _SMALL)
            if advance.rolled_over:
                self._write(self._term("rolled_over"), _SMALL)
            factor = parts.factor(advance, self.sheet)
            if factor not in {"1", parts.UNKNOWN}:
                self._pair(self._term("factor"), factor, _PLAIN)
        self._pair(self._term("units_consumed"), f"{consumption.units:f}", _STRONG)
        if self.sheet.strip:
            self._write(self._term("strip"), _SMALL)
            self.y = self.canvas.picture(_LEFT, self.y, (_FULL, 24), self.sheet.strip)
        self._rule()

    def _charges(self) -> None:
        earlier = parts.charges(self.sheet, self.language, current=False)
        self._lines(parts.charges(self.sheet, self.language, current=True))
        if earlier:
            self._pair(self._term("current"), str(self.sheet.bill.current), _STRONG)
            self._lines(earlier)
        self._rule()
        self._pair(self._term("total"), rupees(self.sheet.bill.total, self.language), Style(10, bold=True), right=44)
        for sentence in parts.rebates(self.sheet, self.language):
            self._write(sentence, _SMALL)
        self._rule()

    def _lines(self, charges: list[parts.Charge]) -> None:
        for charge in charges:
            self._pair(charge.label, charge.amount, _PLAIN)
            for note in (charge.formula, charge.days):
                self._write(note, _SMALL)

    def _rest(self) -> None:
        sheet = self.sheet
        if sheet.months:
            self._write(self._term("months"), _STRONG)
            bars = parts.bars(sheet, self.language, BLACK, _GREY)
            self.canvas.bars((_LEFT, self.y, _FULL, 24), bars, Style(5.5, align="C"))
            self.y += 25
            if any(m.provisional for m in sheet.months):
                self._write(self._term("months_provisional"), _SMALL)
            self._rule()
        for name, text, side in (("pay", upi_link(sheet), 44.0), ("proof", proof_text(sheet), 44.0)):
            if text:
                self._write(self._term(name), Style(9, bold=True, align="C"))
                self.canvas.code((WIDTH - side) / 2, self.y, side, text)
                self.y += side
        self._write(f"{self._term('help')} {sheet.utility.helpline}", Style(8, bold=True, align="C"))
