"""Printed bills: what stands on them, their size, their codes, and that the same sheet gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from meterocr.billing.account import Consumer
from meterocr.billing.bill import make_bill, pay
from meterocr.delivery.pdf.bill import bill_pdf
from meterocr.delivery.pdf.canvas import Canvas, Style
from meterocr.delivery.pdf.codes import proof_text, runs, upi_link
from meterocr.delivery.pdf.formula import formula_in
from meterocr.errors import BillError
from meterocr.workflow.sheet import Layout, Payee, Sheet
from meterocr.workflow.wording import Language
from tests.billing.conftest import JBVNL_NO_DUTY, MONTH, consumed
from tests.delivery.sheets import (
    HEAD,
    ISSUED,
    NUMBER,
    SHEETS,
    credit,
    crowded,
    huge,
    plain,
    provisional,
    sheet,
    whose,
    zero,
)

ROOT = Path(__file__).parents[2]
MM = 72 / 25.4


def page_of(pdf: bytes) -> str:
    """The text of the one page, without line ends."""
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("language", Language)
def test_every_bill_is_one_page_with_everything_on_it(name: str, layout: Layout, language: Language) -> None:
    given = SHEETS[name]()
    pdf = bill_pdf(given, layout=layout, language=language)
    text = page_of(pdf)
    squeezed = text.replace(" ", "")
    wanted = [str(line.amount) for line in given.bill.lines]
    wanted += [given.bill.number, given.bill.connection.consumer_number, given.utility.helpline, "Dhurwa,Ranchi"]
    wanted += [a.closing.serial_number for a in given.bill.consumption.advances]
    assert [w for w in wanted if w not in squeezed] == []
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    width, height = float(page.mediabox.width) / MM, float(page.mediabox.height) / MM
    assert width == pytest.approx(210 if layout is Layout.A4 else 80, abs=0.05)
    if layout is Layout.A4:
        assert height == pytest.approx(297, abs=0.05)
    else:
        assert 150 < height < 600
    assert len(pdf) < 100_000
    assert [len(PdfReader(io.BytesIO(pdf)).pages[0].images)] == [1 if given.strip else 0]


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("layout", Layout)
def test_nothing_is_written_outside_the_paper(name: str, layout: Layout) -> None:
    (page,) = PdfReader(io.BytesIO(bill_pdf(SHEETS[name](), layout=layout, language=Language.HI))).pages
    places: list[tuple[float, float]] = []

    def see(text: str, _cm: object, tm: list[float], *_: object) -> None:
        if text.strip():
            places.append((tm[4], tm[5]))

    page.extract_text(visitor_text=see)
    assert len(places) > 30
    assert all(0 < x < float(page.mediabox.width) and 0 < y < float(page.mediabox.height) for x, y in places)


@pytest.mark.parametrize("layout", Layout)
def test_a_plain_bill_in_english(layout: Layout) -> None:
    text = page_of(bill_pdf(plain(), layout=layout, language=Language.EN))
    for wanted in (
        "Jharkhand Bijli Vitran Nigam Limited",
        "Anil Kumar Mahto",
        "domestic, urban",
        "2 kW, single phase",
        "1 Aug 2024 to 31 Aug 2024 (30 days)",
        "Rs 1,024.60",
        "Rupees one thousand twenty-four and sixty paise only",
        "17 Sep 2024",
        "201 units x Rs 6.65",
        "Energy charge",
        "State subsidy",
        "31 Aug 2024, photo",
        "2 % of Rs 1,024.60 when paid within 5 days of the bill",
        "Pay by UPI",
    ):
        assert wanted in text, text


@pytest.mark.parametrize(
    ("made", "there", "absent"),
    [
        (zero, ["Rs 0.00", "Nothing to pay for this bill."], ["Due date", "Pay by UPI", "You can save", "photo, "]),
        (credit, ["Rs 0.00", "Credit for the next bill: Rs 3,975.40", "-Rs 3,975.40"], ["Due date", "Pay by UPI"]),
        (provisional, ["Provisional bill: the meter could not be read.", "31 Aug 2024, provisional"], ["Your meter"]),
        (
            crowded,
            [
                "counter went through zero",
                "meter removed",
                "new meter",
                "photo, checked by the office",
                "For this period",
            ],
            ["Nothing to pay", "Provisional bill:"],
        ),
    ],
)
@pytest.mark.parametrize("layout", Layout)
def test_what_only_some_bills_say(made: object, there: list[str], absent: list[str], layout: Layout) -> None:
    assert callable(made)
    text = page_of(bill_pdf(made(), layout=layout, language=Language.EN))
    assert [t for t in there if t not in text] == []
    assert [t for t in absent if t in text] == []


def test_a_sheet_without_payee_photo_and_months() -> None:
    bare = replace(plain(), payee=None, strip=b"", months=())
    for layout in Layout:
        text = page_of(bill_pdf(bare, layout=layout, language=Language.EN))
        assert not [t for t in ("Pay by UPI", "Your meter", "recent months") if t in text]
        assert "Proof of this bill" in text


def test_a_paid_bill_is_printed_as_it_was_issued() -> None:
    given = plain()
    paid = replace(given, bill=pay(given.bill, reference="T-1", on=ISSUED))
    for layout in Layout:
        printed = [bill_pdf(s, layout=layout, language=Language.EN) for s in (given, paid)]
        assert printed[0] == printed[1]


@pytest.mark.parametrize("layout", Layout)
def test_the_same_bytes_in_another_process(layout: Layout) -> None:
    code = (
        "import hashlib; from tests.delivery.sheets import *; "
        f"print(hashlib.sha256(bill_pdf(crowded(), layout=Layout('{layout}'), language=Language.HI)).hexdigest())"
    )
    here = hashlib.sha256(bill_pdf(crowded(), layout=layout, language=Language.HI)).hexdigest()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo"}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
        assert done.stdout.decode().strip() == here


def test_its_date_is_that_of_the_bill() -> None:
    about = PdfReader(io.BytesIO(bill_pdf(plain(), layout=Layout.A4, language=Language.EN))).metadata
    assert about is not None
    assert about.creation_date == datetime(2024, 9, 2, tzinfo=UTC)
    assert about.title == f"Electricity bill {NUMBER}"


def test_a_year_of_arrears_goes_on_a_page_and_three_do_not() -> None:
    for language in Language:
        page_of(bill_pdf(crowded(12), layout=Layout.A4, language=language))
        with pytest.raises(BillError, match="expected it to go on one A4 page, got 80 lines that are"):
            bill_pdf(crowded(36), layout=Layout.A4, language=language)
    page_of(bill_pdf(crowded(36), layout=Layout.RECEIPT, language=Language.EN))
    with pytest.raises(BillError, match="expected it to go on 1200 mm of an 80 mm roll"):
        bill_pdf(crowded(100), layout=Layout.RECEIPT, language=Language.EN)


@pytest.mark.parametrize(
    ("strip", "message"),
    [
        (b"\x89PNG\r\n\x1a\n", "expected a picture that can be read"),
        (b"\xff\xd8\xff" + bytes(100), "expected a picture that can be read"),
        (plain().strip[:200], "expected a picture that can be read"),
    ],
)
@pytest.mark.parametrize("layout", Layout)
def test_a_broken_picture_is_refused(strip: bytes, message: str, layout: Layout) -> None:
    with pytest.raises(BillError, match=message):
        bill_pdf(replace(plain(), strip=strip), layout=layout, language=Language.EN)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "L"), ("PNG", "RGBA"), ("PNG", "P")]
)
def test_pictures_of_every_kind_are_taken(kind: str, mode: str) -> None:
    stream = io.BytesIO()
    Image.new(mode, (300, 500)).save(stream, kind)
    pdf = bill_pdf(replace(plain(), strip=stream.getvalue()), layout=Layout.A4, language=Language.EN)
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) >= 1


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    stream = io.BytesIO()
    Image.new("L", (2001, 2000)).save(stream, "PNG")
    with pytest.raises(BillError, match="expected a picture of at most 4000000 pixels, got 2001 x 2000"):
        bill_pdf(replace(plain(), strip=stream.getvalue()), layout=Layout.A4, language=Language.EN)


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    with Canvas(plain(), title="t") as opened:
        yield opened


@pytest.mark.parametrize("text", ["क्ष", "र्क", "द्य", "श्री", "क्क", "ज्ञ", "विद्युत"])
def test_devanagari_is_shaped(canvas: Canvas, text: str) -> None:
    """Shaped, a conjunct is narrower than its letters one by one, whatever the font's version."""
    style = Style(10)
    parts = sum(canvas._width(c, style) for c in text)
    assert 0 < canvas._width(text, style) < parts * 0.95


def test_both_scripts_come_from_their_fonts() -> None:
    pdf = bill_pdf(plain(), layout=Layout.A4, language=Language.HI)
    found = {f.rpartition(b"+")[2] for f in pdf.split() if b"+NotoSans" in f}
    assert {b"NotoSans", b"NotoSansBold", b"NotoSansDevanagari", b"NotoSansDevanagariBold"} <= found


def test_other_scripts_show_as_question_marks() -> None:
    given = sheet(make_bill(whose(Consumer("ᱥᱟᱱᱛᱟᱲ Žižek \u202ex", "A")), consumed("201"), JBVNL_NO_DUTY, MONTH))
    assert "?????? Žižek ?x" in page_of(bill_pdf(given, layout=Layout.A4, language=Language.EN))


@pytest.mark.parametrize(
    "text", ["", "one two three four", "x" * 100, "विद्युतलोहाकारखानाविस्तारपरियोजना" * 3, "a\u00a0b c\n\td"]
)
@pytest.mark.parametrize("width", [12.0, 50.0])
def test_lines_fit_and_lose_nothing(canvas: Canvas, text: str, width: float) -> None:
    style = Style(9)
    lines = canvas.lines(text, width, style)
    assert "".join(lines).replace(" ", "") == "".join(text.replace("\u00a0", "?").split()).replace("?", "\u00a0")
    assert all(canvas._width(line, style) <= width + 1e-6 for line in lines)
    assert not [line for line in lines if line[0] in "ािीुूृेैोौ्ंँ"]  # no line starts in the middle of a letter


def decoded(picture: Image.Image) -> set[str]:
    zxingcpp = pytest.importorskip("zxingcpp")
    found = zxingcpp.read_barcodes(np.asarray(picture.convert("L")), formats=zxingcpp.BarcodeFormat.QRCode)
    return {code.text for code in found}


@pytest.mark.parametrize("made", [plain, crowded, huge])
def test_codes_can_be_read(made: object) -> None:
    assert callable(made)
    given: Sheet = made()
    for text in (upi_link(given), proof_text(given)):
        count, black = runs(text)
        picture = np.full((count + 8, count + 8), 255, np.uint8)
        for x, y, length in black:
            picture[y + 4, x + 4 : x + 4 + length] = 0
        assert decoded(Image.fromarray(picture.repeat(4, 0).repeat(4, 1))) == {text}


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils) draws the page")
@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("layout", Layout)
def test_codes_can_be_read_from_the_page(name: str, layout: Layout, tmp_path: Path) -> None:
    given = SHEETS[name]()
    (tmp_path / "bill.pdf").write_bytes(bill_pdf(given, layout=layout, language=Language.HI))
    subprocess.run(["pdftoppm", "-r", "203", "-png", "-singlefile", "bill.pdf", "bill"], cwd=tmp_path, check=True)
    with Image.open(tmp_path / "bill.png") as picture:
        assert decoded(picture) == {text for text in (upi_link(given), proof_text(given)) if text}


def test_the_payment_link() -> None:
    given = replace(plain(), payee=Payee("jbvnl.dhn@sbi", "JBVNL & Co, Dhanbad"))
    link = upi_link(given)
    assert link.startswith("upi://pay?pa=jbvnl.dhn@sbi&pn=JBVNL%20%26%20Co%2C%20Dhanbad&")
    assert {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()} == {
        "pa": "jbvnl.dhn@sbi",
        "pn": "JBVNL & Co, Dhanbad",
        "tr": "DHN202409000123",
        "tn": f"Electricity bill {NUMBER}",
        "am": "1024.60",
        "cu": "INR",
    }
    assert [upi_link(s) for s in (zero(), credit(), replace(given, payee=None))] == ["", "", ""]
    assert "am=780000907.69&" in upi_link(huge())


def test_the_proof() -> None:
    assert proof_text(plain()) == f"meterocr:proof?bill=DHN%2F2024-09%2F000123&paise=102460&head={HEAD}"
    assert segno.make_qr(proof_text(plain())).version <= 10  # coarse enough for a thermal printer


def test_hindi_formulas_are_on_the_hindi_bill() -> None:
    texts = [formula_in(line.formula, Language.HI) for line in plain().bill.lines]
    assert texts == ["201 यूनिट × ₹6.65", "₹100.00 × 1 माह", "201 यूनिट × ₹2.05"]
    text = page_of(bill_pdf(plain(), layout=Layout.A4, language=Language.HI))
    assert all(number in text for number in ("₹6.65", "₹100.00", "₹2.05"))
