"""A bill on one A4 page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from meterocr.delivery.pdf import parts
from meterocr.delivery.pdf.amount_words import in_words
from meterocr.delivery.pdf.canvas import BLACK, WHITE, Canvas, Colour, Style
from meterocr.delivery.pdf.codes import proof_text, upi_link
from meterocr.delivery.pdf.terms import day, rupees, term
from meterocr.errors import BillError
from meterocr.workflow.sheet import Sheet
from meterocr.workflow.wording import Language

WIDTH, HEIGHT = 210.0, 297.0
_LEFT, _TOP, _FULL = 12.0, 10.0, 186.0
_BLUE: Colour = (20, 60, 110)
_PALE: Colour = (232, 239, 247)
_GREY: Colour = (95, 95, 95)
_LIGHT: Colour = (176, 184, 194)
_CODE = 34.0  # side of a QR code
_FOOT = HEIGHT - 10.0
_BOTTOM = _FOOT - 9.0 - _CODE - 6.0  # where the bars and codes start
_DENSITIES = (1.15, 1.0, 0.88, 0.77)  # the last one is 6.2 points for the small print


def draw(sheet: Sheet, language: Language) -> bytes:
    """The page; a bill with many lines is set smaller.

    Raises:
        BillError: even so it does not go on one page.
    """
    needed = 0.0
    with Canvas(sheet, title=f"{term('title', language)} {sheet.bill.number}") as canvas:
        for density in _DENSITIES:
            page = _Page(sheet, language, canvas, density)
            needed = page.draw()
            if needed <= _BOTTOM:
                canvas.start(width=WIDTH, height=HEIGHT)
                page.draw()
                return canvas.pdf()
    raise BillError(
        f"bill {sheet.bill.number}: expected it to go on one A4 page, "
        f"got {len(sheet.bill.lines)} lines that are {needed - _BOTTOM:.0f} mm too long"
    )


@dataclass(frozen=True, slots=True)
class _Styles:
    density: float

    def of(self, size: float, *, bold: bool = False, colour: Colour = BLACK, align: str = "L") -> Style:
        return Style(size * self.density, bold, colour, align)


class _Page:
    def __init__(self, sheet: Sheet, language: Language, canvas: Canvas, density: float) -> None:
        self.sheet, self.language, self.canvas = sheet, language, canvas
        self.style = _Styles(density).of
        self.gap = 2.6 * density

    def draw(self) -> float:
        """Draw everything; where the part that grows with the bill ends."""
        y = self._head(_TOP)
        y = max(self._consumer(y), self._amount(y)) + self.gap
        if self.sheet.bill.consumption.provisional:
            y = self.canvas.write(_LEFT, y, _FULL, self._term("provisional"), self.style(9, bold=True)) + self.gap
        y = self._readings(y) + self.gap
        y = self._charges(y) + self.gap
        y = self._rebates(y)
        self._bottom()
        return y

    def _term(self, name: str) -> str:
        return term(name, self.language)

    def _head(self, y: float) -> float:
        utility = self.sheet.utility
        name = utility.name_hi if self.language is Language.HI else utility.name
        left = self.canvas.write(_LEFT, y, 128, name, self.style(15, bold=True, colour=_BLUE))
        left = self.canvas.write(_LEFT, left, 128, utility.address, self.style(8, colour=_GREY))
        title = self.style(14, bold=True, colour=_BLUE, align="R")
        right = self.canvas.write(_LEFT + 130, y, _FULL - 130, self._term("title"), title)
        y = max(left, right) + 1
        self.canvas.box(_LEFT, y, (_FULL, 0.7), _BLUE)
        return y + self.gap

    def _consumer(self, y: float) -> float:
        consumer, width = self.sheet.bill.connection.consumer, 108.0
        y = self.canvas.write(_LEFT, y, width, consumer.name, self.style(11, bold=True))
        y = self.canvas.write(_LEFT, y, width, consumer.address, self.style(8.5))
        return self._pairs((_LEFT, y + 1), (34, width), parts.facts(self.sheet, self.language))

    def _pairs(self, at: tuple[float, float], widths: tuple[float, float], pairs: list[tuple[str, str]]) -> float:
        (x, y), (names, whole) = at, widths
        for name, value in pairs:
            under = self.canvas.write(x, y, names - 1, name, self.style(8, colour=_GREY))
            y = max(under, self.canvas.write(x + names, y, whole - names, value, self.style(8.5, bold=True)))
        return y

    def _amount(self, y: float) -> float:
        """The box with what people look for first. Drawn twice: the pale ground must be as high as the text."""
        bottom = self._amount_text(y + 2)
        self.canvas.box(_LEFT + 114, y, (_FULL - 114, bottom - y + 1), _PALE)
        self._amount_text(y + 2)
        return bottom + 1

    def _amount_text(self, y: float) -> float:
        sheet, language, x, width = self.sheet, self.language, _LEFT + 117, _FULL - 120
        amount = rupees(parts.to_pay(sheet), language)
        y = self.canvas.write(x, y, width, self._term("to_pay"), self.style(9, colour=_GREY))
        big = self.canvas.fitting(amount, width, self.style(24, bold=True, colour=_BLUE))
        y = self.canvas.write(x, y, width, amount, big)
        words = parts.remark(sheet, language) or in_words(parts.to_pay(sheet), language)
        y = self.canvas.write(x, y, width, words, self.style(8)) + 1
        pairs = parts.dates(sheet, language)
        if parts.to_pay(sheet):
            pairs.insert(0, (self._term("due"), day(sheet.due, language)))
        return self._pairs((x, y), (23, width), pairs)

    def _row(self, y: float, cells: list[tuple[float, float, str]], style: Style) -> float:
        """Cells (x, width, text) beside each other; the last one, a number, to the right and on one line."""
        bottoms = [self.canvas.write(x, y, width, text, style) for x, width, text in cells[:-1]]
        x, width, text = cells[-1]
        last = self.canvas.fitting(text, width, replace(style, align="R"))
        return max(*bottoms, self.canvas.write(x, y, width, text, last))

    def _header(self, y: float, cells: list[tuple[float, float, str]]) -> float:
        style = self.style(8, bold=True, colour=WHITE)
        height = max(len(self.canvas.lines(text, width, style)) for _, width, text in cells) * style.line
        self.canvas.box(_LEFT, y, (_FULL, height + 0.8), _BLUE)
        self._row(y + 0.4, cells, style)
        return y + height + 1.4

    def _readings(self, y: float) -> float:
        names = [self._term(name) for name in ("meter", "previous", "present", "factor", "units")]
        columns = [(_LEFT + 1, 40.0), (_LEFT + 43, 48.0), (_LEFT + 93, 48.0), (_LEFT + 143, 18.0), (_LEFT + 163, 22.0)]
        y = self._header(y, [(x, width, name) for (x, width), name in zip(columns, names, strict=True)])
        consumption = self.sheet.bill.consumption
        for advance in consumption.advances:
            previous, present = (parts.reading(r, self.language) for r in (advance.opening, advance.closing))
            values = [advance.closing.serial_number, previous[0], present[0]]
            values += [parts.factor(advance, self.sheet), f"{advance.units:f}"]
            notes = [self._term("rolled_over") if advance.rolled_over else "", previous[1], present[1], "", ""]
            for row, style in ((values, self.style(9.5, bold=True)), (notes, self.style(7.5, colour=_GREY))):
                y = self._row(y, [(x, width, text) for (x, width), text in zip(columns, row, strict=True)], style)
            y += 0.6
        if len(consumption.advances) > 1:
            whole = [(_LEFT + 93, 68.0, self._term("units_consumed")), (*columns[-1], f"{consumption.units:f}")]
            y = self._row(y, whole, self.style(9.5, bold=True))
        if not self.sheet.strip:
            return y
        height = 15 * self.style(1).size
        self.canvas.write(_LEFT + 1, y, 40, self._term("strip"), self.style(7.5, colour=_GREY))
        return self.canvas.picture(_LEFT + 43, y + 0.6, (98, height), self.sheet.strip)

    def _charges(self, y: float) -> float:
        columns = [(_LEFT + 1, 46.0), (_LEFT + 49, 104.0), (_LEFT + 155, 30.0)]
        names = [self._term(name) for name in ("charge", "reckoned", "amount")]
        y = self._header(y, [(x, width, name) for (x, width), name in zip(columns, names, strict=True)])
        earlier = parts.charges(self.sheet, self.language, current=False)
        y = self._lines(y, columns, parts.charges(self.sheet, self.language, current=True))
        if earlier:
            self.canvas.rule(_LEFT, y, _FULL, _LIGHT)
            row = [(*columns[0], self._term("current")), (*columns[2], str(self.sheet.bill.current))]
            y = self._row(y + 0.4, row, self.style(9, bold=True)) + 0.4
            self.canvas.rule(_LEFT, y, _FULL, _LIGHT)
            y = self._lines(y + 0.4, columns, earlier)
        style = self.style(11, bold=True, colour=_BLUE)
        self.canvas.box(_LEFT, y, (_FULL, style.line + 1.2), _PALE)
        row = [(*columns[0], self._term("total")), (_LEFT + 100, 85.0, rupees(self.sheet.bill.total, self.language))]
        return self._row(y + 0.6, row, style) + 0.6

    def _lines(self, y: float, columns: list[tuple[float, float]], charges: list[parts.Charge]) -> float:
        for charge in charges:
            style, (x, width) = self.style(9), columns[1]
            whole = f"{charge.formula}, {charge.days}" if charge.days else charge.formula
            joined = len(self.canvas.lines(whole, width, style)) == 1
            texts = [charge.label, whole if joined else charge.formula, charge.amount]
            y = self._row(y, [(*column, text) for column, text in zip(columns, texts, strict=True)], style)
            if not joined and charge.days:
                y = self.canvas.write(x, y, width, charge.days, self.style(7.5, colour=_GREY))
            y += 0.4
        return y

    def _rebates(self, y: float) -> float:
        found = parts.rebates(self.sheet, self.language)
        if found:
            y = self.canvas.write(_LEFT, y, _FULL, self._term("rebates"), self.style(8.5, bold=True))
        for sentence in found:
            y = self.canvas.write(_LEFT, y, _FULL, sentence, self.style(8.5))
        return y

    def _bottom(self) -> None:
        """Bars, codes and foot keep their place and size."""
        small, sheet, y = Style(7.5, colour=_GREY), self.sheet, _BOTTOM + 2
        self.canvas.rule(_LEFT, _BOTTOM, _FULL, _LIGHT)
        codes = [(self._term("proof"), proof_text(sheet)), (self._term("pay"), upi_link(sheet))]
        x = _LEFT + _FULL
        for name, text in codes:
            if text:
                x -= _CODE
                self.canvas.code(x, y + 3, _CODE, text)
                self.canvas.write(x, y, _CODE, name, Style(8, bold=True, align="C"))
                x -= 3
        if sheet.months:
            self.canvas.write(_LEFT, y, x - _LEFT, self._term("months"), Style(8, bold=True))
            bars = parts.bars(sheet, self.language, _BLUE, _LIGHT)
            self.canvas.bars((_LEFT, y + 4, x - _LEFT - 3, _CODE - 4), bars, Style(7, align="C"))
            if any(m.provisional for m in sheet.months):
                self.canvas.write(_LEFT, y + _CODE + 1.2, x - _LEFT, self._term("months_provisional"), small)
        foot = f"{self._term('help')} {sheet.utility.helpline}"
        y = self.canvas.write(_LEFT, _FOOT - 7, _FULL, foot, Style(8.5, bold=True))
        self.canvas.write(_LEFT, y, _FULL, sheet.chain_head, Style(6, colour=_GREY))
