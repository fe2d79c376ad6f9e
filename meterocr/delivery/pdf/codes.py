"""The two QR codes of a bill: what they say, and their black squares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from urllib.parse import quote

import segno

from meterocr.workflow.sheet import Sheet


def upi_link(sheet: Sheet) -> str:
    """The payment of a bill as NPCI's linking specification has it; empty when nothing is to pay or no payee is known.

    ``am`` in rupees with two decimals, ``tr`` the bill's number without what is not a letter or digit (35 at most).
    """
    amount = sheet.bill.total
    if sheet.payee is None or amount.paise <= 0:
        return ""
    number = sheet.bill.number
    fields = {
        "pa": sheet.payee.upi_id,
        "pn": sheet.payee.name,
        "tr": "".join(c for c in number if c.isascii() and c.isalnum())[:35],
        "tn": f"Electricity bill {number}",
        "am": f"{amount.paise // 100}.{amount.paise % 100:02}",
        "cu": "INR",
    }
    return "upi://pay?" + "&".join(f"{name}={quote(text, safe='@')}" for name, text in fields.items() if text)


def proof_text(sheet: Sheet) -> str:
    """What ties the paper to the stored proof: number, amount and chain head.

    ``meterocr:proof?bill=B-1&paise=102460&head=<64 hex digits>``
    """
    number = quote(sheet.bill.number, safe="")
    return f"meterocr:proof?bill={number}&paise={sheet.bill.total.paise}&head={sheet.chain_head}"


def runs(text: str) -> tuple[int, list[tuple[int, int, int]]]:
    """A QR code: its number of squares a side, and the black ones as (x, y, how many to the right)."""
    rows = segno.make_qr(text, error="m").matrix
    return len(rows), [(x, y, length) for y, row in enumerate(rows) for x, length in _black(row)]


def _black(row: bytes | bytearray) -> Iterator[tuple[int, int]]:
    x = 0
    for black, squares in groupby(row):
        length = len(list(squares))
        if black:
            yield x, length
        x += length
