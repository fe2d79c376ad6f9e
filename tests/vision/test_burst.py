"""Photos of a cycling display become one readout a page, never surer than the surest of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from meterocr.errors import PhotoError
from meterocr.issue import Issue
from meterocr.readout import Candidate, Digit, Display, DisplayKind, Models, Quad, Quantity, Readout
from meterocr.vision.burst import fused, pages
from meterocr.vision.reader import MeterReader

from .conftest import WHEELS, paint

GOLDEN = Path(__file__).parents[1] / "golden"
QUAD = Quad(((0, 0), (100, 0), (100, 20), (0, 20)))
SURE, USABLE = 0.8, 0.5


def readout(text: str, candidates: dict[str, float], *, shows: str = "kwh", kind: str = "lcd") -> Readout:
    confidence = sum(p for t, p in candidates.items() if t == text or "?" in text)
    usable = confidence >= USABLE and "?" not in text
    return Readout(
        photo=text,
        sha256="0" * 64,
        width=640,
        height=480,
        models=Models("d.v1", "r.v1"),
        displays=(Display(DisplayKind(kind), QUAD, 0.9),),
        text=text,
        digits=tuple(Digit(c, max(0.5, confidence), turn=0.0, quad=QUAD) for c in text if c != "."),
        confidence=confidence,
        candidates=tuple(Candidate(t, p) for t, p in candidates.items()),
        shows=Quantity(shows),
        issues=() if confidence >= SURE else (Issue.LOW_CONFIDENCE,),
        retake=not usable,
    )


def fuse(*page: Readout) -> Readout:
    return fused(page, sure_from=SURE, usable_from=USABLE)


CLEAR = readout("00482", {"00482": 0.97, "00432": 0.02})
VAGUE = readout("00432", {"00432": 0.55, "00482": 0.4})
POWER = readout("01.25", {"01.25": 0.95}, shows="kw")
NOTHING = Readout("p", "0" * 64, 640, 480, Models("d.v1", "r.v1"), issues=(Issue.NO_DISPLAY,), retake=True)


@pytest.mark.parametrize(
    ("readouts", "expected"),
    [
        ([], []),
        ([NOTHING], []),
        ([CLEAR, CLEAR], [["00482", "00482"]]),
        ([POWER, CLEAR, NOTHING, POWER], [["01.25", "01.25"], ["00482"]]),
        ([VAGUE, CLEAR], [["00432", "00482"]]),  # each thinks the other's reading possible
        ([CLEAR, readout("00482", {"00482": 0.9}, shows="unknown")], [["00482", "00482"]]),
        ([CLEAR, readout("00482", {"00482": 0.9}, shows="kvah")], [["00482"], ["00482"]]),
        ([CLEAR, readout("00482", {"00482": 0.9}, kind="mechanical")], [["00482"], ["00482"]]),
        ([CLEAR, readout("07113", {"07113": 0.9})], [["00482"], ["07113"]]),  # two registers, or one misread
        ([CLEAR, readout("00482", {"00482": 0.9, "00432": 0.005})], [["00482", "00482"]]),
    ],
)
def test_pages(readouts: list[Readout], expected: list[list[str]]) -> None:
    assert [[r.text for r in page] for page in pages(readouts)] == expected


def test_a_page_of_one_photo_is_its_readout() -> None:
    assert fuse(VAGUE) is VAGUE


def test_the_clear_photo_decides_and_the_vague_one_leaves_doubt() -> None:
    got = fuse(VAGUE, CLEAR)
    assert (got.text, got.photo, got.retake) == ("00482", "00482", False)
    assert VAGUE.confidence < got.confidence < CLEAR.confidence
    assert got.confidence == pytest.approx((0.97 * 0.97 + 0.55 * 0.4) / (0.97 + 0.55))
    assert Issue.LOW_CONFIDENCE in got.issues
    assert got.candidates[0] == Candidate("00482", got.confidence)
    third = got.digits[3].confidence  # 8 here, 3 there
    assert third < min(d.confidence for i, d in enumerate(got.digits) if i != 3)


def test_photos_that_agree_are_as_sure_as_their_mean() -> None:
    got = fuse(CLEAR, readout("00482", {"00482": 0.9}))
    assert 0.9 < got.confidence < 0.97
    assert got.issues == ()


def test_a_digit_that_one_photo_hides_comes_from_another() -> None:
    hidden = readout("0048?", {"00482": 0.5, "00489": 0.45})
    got = fuse(hidden, readout("00482", {"00482": 0.9}))
    assert (got.text, got.retake) == ("00482", False)
    lost = fuse(hidden, readout("00483", {"00483": 0.3, "00482": 0.25}))
    assert lost.text == "0048?"
    assert lost.retake


def test_a_quantity_that_one_photo_shows_is_the_pages() -> None:
    best = readout("00482", {"00482": 0.99}, shows="unknown")
    assert fuse(best, CLEAR).shows is Quantity.KWH
    assert fuse(best, best).shows is Quantity.UNKNOWN


readings = st.sampled_from(["00482", "00432", "00489"])


@given(st.lists(st.tuples(readings, st.floats(0.05, 0.9)), min_size=1, max_size=5))
def test_a_page_is_never_surer_than_its_surest_photo(seen: list[tuple[str, float]]) -> None:
    others = {"00482": 0.02, "00432": 0.02, "00489": 0.02}
    page = [readout(text, others | {text: p}) for text, p in seen]
    got = fuse(*page)
    assert got.text in {r.text for r in page}
    assert got.confidence <= max(r.confidence for r in page)
    assert all(g.confidence <= max(d.confidence for r in page for d in r.digits) for g in got.digits)


def test_a_burst_is_read_page_by_page(reader: MeterReader) -> None:
    wheels = paint("771", blue=WHEELS)
    grey = np.full((450, 600, 3), 128, np.uint8)
    got = reader.read_burst([paint("00482.1"), wheels, paint("00482.1", (140, 190, 440, 250)), grey])
    assert [(r.text, r.kind) for r in got] == [("00482.1", DisplayKind.LCD), ("771", DisplayKind.MECHANICAL)]
    assert got[0].confidence > 0.99


def test_drawn_photos_of_two_pages() -> None:
    """With the released models: the same display twice, once soft and dark, and another one."""
    expected = {row["photo"]: row["text"] for row in json.loads((GOLDEN / "expected.json").read_text())}
    first, second = "lcd-20.jpg", "lcd-25.jpg"
    with Pillow.open(GOLDEN / first) as photo:
        soft = photo.resize((320, 320)).point([value // 2 for value in range(256)] * 3)
    reader = MeterReader(threads=1)
    got = reader.read_burst([soft, GOLDEN / second, GOLDEN / first])
    assert [r.text for r in got] == [expected[first], expected[second]]
    alone = [reader.read(photo).confidence for photo in (soft, GOLDEN / first)]
    assert min(alone) <= got[0].confidence <= max(alone)
    assert got[1].confidence == reader.read(GOLDEN / second).confidence


def test_a_burst_of_nothing_gives_one_readout_that_says_so(reader: MeterReader) -> None:
    grey = np.full((450, 600, 3), 128, np.uint8)
    (got,) = reader.read_burst([grey, grey])
    assert (got.text, got.retake) == ("", True)
    assert reader.read_burst([]) == ()


def test_a_burst_with_something_else_in_it_is_refused(reader: MeterReader) -> None:
    with pytest.raises(PhotoError):
        reader.read_burst([io.BytesIO(b"no photo")])


def test_photos_that_differ_in_the_decimals_only_need_not_be_retaken() -> None:
    one, other = (readout(text, {text: 0.6, "482.9": 0.1}) for text in ("482.1", "482.4"))
    got = fuse(one, replace(other, candidates=(*other.candidates, Candidate("482.1", 0.2))))
    assert (got.text, got.retake) == ("482.1", False)
    assert got.confidence < USABLE
    assert Issue.LOW_CONFIDENCE in got.issues
