"""The one way to a printed bill."""

from __future__ import annotations

from meterocr.delivery.pdf import a4, receipt
from meterocr.workflow.sheet import Layout, Sheet
from meterocr.workflow.wording import Language


def bill_pdf(sheet: Sheet, *, layout: Layout, language: Language) -> bytes:
    """The bill as a PDF of one page: a :class:`~meterocr.workflow.sheet.Printer`.

    The same sheet gives the same bytes with the same versions of fpdf2, HarfBuzz and zlib: no clock, nothing random.

    Raises:
        BillError: there is too much on it for the paper.
    """
    draw = a4.draw if layout is Layout.A4 else receipt.draw
    return draw(sheet, language)
