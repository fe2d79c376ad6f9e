"""A page to write and draw on, in mm from the top left corner; text is shaped, so that Devanagari comes out right."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from importlib.resources import as_file, files
from itertools import groupby
from typing import Self

from fpdf import FPDF
from fpdf.fonts import CoreFont, TTFFont
from PIL import Image, UnidentifiedImageError

from meterocr.delivery.pdf.codes import runs
from meterocr.errors import BillError
from meterocr.workflow.sheet import Sheet

NO_BREAK = "\N{NO-BREAK SPACE}"  # holds words on one line; drawn as a space, so that a reader can search for it
Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)

_FONTS = files("meterocr.delivery.pdf") / "fonts"
_LATIN, _DEVANAGARI = "NotoSans", "NotoSansDevanagari"
_MM_OF_A_POINT = 25.4 / 72
_ALIGNS = {"L": 0.0, "C": 0.5, "R": 1.0}  # how much of the free room is on the left
_MAX_PIXELS = 4_000_000  # of a picture; more would make the PDF too large for a phone
_LEADING = 1.32  # room for matras above and below
_JOINERS = "\u094d\u200d"  # a word is not broken after a virama or a joiner


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks: size in points; ``align`` is ``L``, ``C`` or ``R``."""

    size: float
    bold: bool = False
    colour: Colour = BLACK
    align: str = "L"

    @property
    def line(self) -> float:
        """Height of a line, mm."""
        return self.size * _MM_OF_A_POINT * _LEADING


class Canvas:
    """One page. What is written stays within what it was given: text is broken into lines, never cut.

    Until :meth:`start` nothing is drawn, only measured: so a layout is gone through until it fits, and then drawn.
    It holds the font files open: use it as a context manager.
    """

    def __init__(self, sheet: Sheet, *, title: str) -> None:
        """``title``: for the window of whoever reads the PDF."""
        pdf = FPDF()
        pdf.set_auto_page_break(auto=False)
        pdf.set_margin(0)
        pdf.c_margin = 0
        with as_file(_FONTS) as folder:
            for family in (_LATIN, _DEVANAGARI):
                pdf.add_font(family, "", folder / f"{family}-Regular.ttf")
                pdf.add_font(family, "B", folder / f"{family}-Bold.ttf")
        pdf.set_text_shaping(use_shaping_engine=True)
        pdf.set_creation_date(datetime.combine(sheet.issued, time(), tzinfo=UTC))  # the same bytes on any day
        pdf.set_title(title)
        pdf.set_producer("meterocr")
        self._pdf = pdf
        self._drawing = False
        self._widths: dict[tuple[str, bool], float] = {}  # of words, mm for a point of size
        self._latin, self._devanagari = (_characters(pdf.fonts[family.lower()]) for family in (_LATIN, _DEVANAGARI))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def start(self, *, width: float, height: float) -> None:
        """Draw from now on, on paper of this size."""
        self._pdf.add_page(format=(width, height))
        self._drawing = True

    def pdf(self) -> bytes:
        """The PDF."""
        return bytes(self._pdf.output())

    def lines(self, text: str, width: float, style: Style) -> list[str]:
        """``text`` broken into lines of at most ``width`` mm, between words where it can be."""
        lines: list[str] = []
        space, used = self._width(" ", style), 0.0
        for word in filter(None, re.split("[ \t\n]+", self._visible(text))):  # str.split would break at NO_BREAK too
            needed = self._width(word, style)
            if lines and used + space + needed <= width:
                lines[-1] += f" {word}"
                used += space + needed
            else:
                lines += [word] if needed <= width else self._pieces(word, width, style)
                used = self._width(lines[-1], style)
        return lines

    def write(self, x: float, y: float, width: float, text: str, style: Style) -> float:
        """Write ``text`` from ``y`` down; where the next line would start."""
        lines = self.lines(text, width, style)
        if not self._drawing:
            return y + len(lines) * style.line
        for line in lines:
            room = width - self._width(line, style)
            self._pdf.set_xy(x + room * _ALIGNS[style.align], y)
            for family, run in self._runs(line):
                self._use(family, style)
                self._pdf.cell(None, style.line, run)
            y += style.line
        return y

    def fitting(self, text: str, width: float, style: Style) -> Style:
        """``style`` made so small that ``text`` goes on one line of ``width`` mm."""
        needed = self._width(self._visible(text), style)
        if needed <= width:
            return style
        return replace(style, size=style.size * width / needed * 0.99)

    def rule(self, x: float, y: float, width: float, colour: Colour = BLACK) -> None:
        """A thin line to the right."""
        if not self._drawing:
            return
        self._pdf.set_draw_color(*colour)
        self._pdf.set_line_width(0.2)
        self._pdf.line(x, y, x + width, y)

    def box(self, x: float, y: float, size: tuple[float, float], colour: Colour) -> None:
        """A filled rectangle."""
        if not self._drawing:
            return
        self._pdf.set_fill_color(*colour)
        self._pdf.rect(x, y, *size, style="F")

    def picture(self, x: float, y: float, size: tuple[float, float], content: bytes) -> float:
        """A PNG or JPEG as large as fits; its bottom.

        Raises:
            BillError: it cannot be read, or has too many pixels.
        """
        try:
            with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
                width, height = image.size
                if width * height > _MAX_PIXELS:
                    raise BillError(f"expected a picture of at most {_MAX_PIXELS} pixels, got {width} x {height}")
                scale = min(size[0] / width, size[1] / height)
                if self._drawing:
                    self._pdf.image(io.BytesIO(content), x, y, width * scale, height * scale)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as broken:
            raise BillError(f"expected a picture that can be read, got one that fails: {broken}") from broken
        return y + height * scale

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """A QR code in ``side`` x ``side`` mm, the quiet zone of four squares included."""
        if not self._drawing:
            return
        count, black = runs(text)
        square = side / (count + 8)
        self._pdf.set_fill_color(*BLACK)
        for column, row, length in black:
            # A hundredth of a mm more, so that no hairline shows between rows.
            left, top = x + (column + 4) * square, y + (row + 4) * square
            self._pdf.rect(left, top, length * square, square + 0.01, style="F")

    def bars(self, box: tuple[float, float, float, float], bars: Sequence[Bar], style: Style) -> None:
        """Upright bars with their values above and names below, in ``box`` (x, y, width, height)."""
        x, y, width, height = box
        step = width / max(len(bars), 6)  # a few bars do not become walls
        room = height - 2 * style.line
        highest = max((bar.height for bar in bars), default=0) or 1
        for i, bar in enumerate(bars):
            tall = room * bar.height / highest
            left, top = x + i * step, y + style.line + room - tall
            self.box(left + step * 0.18, top, (step * 0.64, tall), bar.colour)
            self.write(left, top - style.line, step, bar.value, self.fitting(bar.value, step, style))
            self.write(left, y + height - style.line + 0.4, step, bar.name, self.fitting(bar.name, step, style))
        self.rule(x, y + height - style.line, step * len(bars))

    def _use(self, family: str, style: Style) -> None:
        self._pdf.set_font(family, "B" if style.bold else "", style.size)
        self._pdf.set_text_color(*style.colour)

    def _visible(self, text: str) -> str:
        """``text`` with a question mark for what no font here has; scripts other than these two are not expected."""
        known = self._latin | self._devanagari
        return "".join(c if c.isspace() or ord(c) in known else "?" for c in unicodedata.normalize("NFC", text))

    def _runs(self, text: str) -> list[tuple[str, str]]:
        """``text`` cut where the font changes. (fpdf2's own fall-back forgets to change back after it.)"""
        runs = groupby(text, key=lambda c: _LATIN if ord(c) in self._latin else _DEVANAGARI)
        return [(family, "".join(letters).replace(NO_BREAK, " ")) for family, letters in runs]

    def _width(self, text: str, style: Style) -> float:
        """Sum of its words and spaces, mm: no font here moves letters across a space."""
        words = text.split(" ")
        spaces = len(words) - 1
        return style.size * (sum(self._word(w, style.bold) for w in words) + spaces * self._word(NO_BREAK, style.bold))

    def _word(self, word: str, bold: bool) -> float:
        """Width for a point of size, mm."""
        found = self._widths.get((word, bold))
        if found is None:
            found = 0.0
            for family, run in self._runs(word):
                self._pdf.set_font(family, "B" if bold else "", 100)
                found += self._pdf.get_string_width(run) / 100
            self._widths[word, bold] = found
        return found

    def _pieces(self, word: str, width: float, style: Style) -> list[str]:
        """A word in as few pieces as fit, broken between letters as people see them."""
        pieces = [""]
        for letter in _letters(word):
            if pieces[-1] and self._width(pieces[-1] + letter, style) > width:
                pieces.append("")
            pieces[-1] += letter
        return pieces


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``height`` in any unit, at least 0."""

    name: str
    value: str
    height: float
    colour: Colour


def _letters(word: str) -> list[str]:
    letters: list[str] = []
    for c in word:
        if letters and (unicodedata.category(c) in {"Mn", "Mc", "Cf"} or letters[-1][-1] in _JOINERS):
            letters[-1] += c
        else:
            letters.append(c)
    return letters


def _characters(font: CoreFont | TTFFont) -> frozenset[int]:
    return frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()
