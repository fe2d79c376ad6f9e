"""Drawn displays: the same seed draws the same photo, and the truth that comes with it fits what is drawn."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from meterocr.readout import IN_TRANSITION, UNREAD, DisplayKind, Quantity, check_text
from training.canvas import SynthDisplay, box_quad, homography, move
from training.crops import CropBank
from training.faded import faded
from training.glyphs import random_strokes, stroke_mask, text_mask
from training.segments import LIT, lit_segments, outlines, random_style, readable_as
from training.synth import (
    SynthStrip,
    draw_background,
    draw_lcd_strip,
    draw_mechanical_strip,
    draw_meter,
    draw_sample,
)
from training.wheel_looks import ROLLED_OVER, Count, random_count

KINDS = ("lcd", "mechanical")


def strips(n: int, first: int = 0) -> list[SynthStrip]:
    drawn = [draw_lcd_strip(np.random.default_rng(first + seed)) for seed in range(n)]
    return drawn + [draw_mechanical_strip(np.random.default_rng(first + seed)) for seed in range(n)]


@pytest.fixture(scope="module")
def many() -> list[SynthStrip]:
    return strips(60)


@pytest.fixture
def bank(tmp_path: Path) -> CropBank:
    """A bank of one group with a crop at every tenth, two too small groups and rows that do not count."""
    rows = [(f"h/{i:05d}.png", f"{i / 10:.1f}", "many", "mechanical") for i in range(100)]
    rows += [("h/few.png", "1.0", "few", "mechanical"), ("h/nan.png", "NaN", "many", "mechanical")]
    rows += [("h/lcd.png", "3", "many", "lcd")]
    _, png = cv2.imencode(".png", np.full((40, 28, 3), (40, 90, 200), np.uint8))
    with zipfile.ZipFile(tmp_path / "digits.zip", "w") as files, (tmp_path / "digits.csv").open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["file", "label", "source", "group", "kind"])
        for file, label, group, kind in rows:
            files.writestr(file, png.tobytes())
            table.writerow([file, label, "test", group, kind])
    return CropBank.load(tmp_path)


def check_truth(display: SynthDisplay) -> None:
    check_text(display.text)
    symbols = display.text.replace(".", "")
    assert display.digits.shape == (len(symbols), 4, 2)
    assert len(display.turns) == len(symbols)
    whole = display.text.partition(".")[0]
    assert display.legible == (bool(whole) and UNREAD not in whole)
    assert display.quad.shape == (4, 2)


def assert_inside(points: np.ndarray, image: np.ndarray) -> None:
    h, w = image.shape[:2]
    assert (points >= -0.5).all()
    assert (points <= (w, h)).all()


@pytest.mark.parametrize("draw", [draw_lcd_strip, draw_mechanical_strip])
def test_the_same_seed_draws_the_same_strip(draw: Callable[[np.random.Generator], SynthStrip]) -> None:
    a, b, c = (draw(np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert np.array_equal(a.image, b.image)
    assert (a.text, a.shows, a.legible) == (b.text, b.shows, b.legible)
    assert a.image.shape != c.image.shape or not np.array_equal(a.image, c.image)


def test_strips_carry_a_truth_that_fits(many: list[SynthStrip]) -> None:
    for strip in many:
        assert strip.image.dtype == np.uint8
        assert strip.image.ndim == 3
        check_truth(strip)
        assert_inside(strip.quad, strip.image)


def test_digits_lie_in_reading_order_inside_the_glass(many: list[SynthStrip]) -> None:
    for strip in many:
        if not len(strip.digits):
            continue
        middles = strip.digits.mean(axis=1)
        assert (np.diff(middles[:, 0]) > 0).all()
        outline = strip.quad.reshape(-1, 1, 2)
        for x, y in middles:
            assert cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0


def test_strips_are_of_many_kinds(many: list[SynthStrip]) -> None:
    lcd = [s for s in many if s.kind is DisplayKind.LCD]
    wheels = [s for s in many if s.kind is DisplayKind.MECHANICAL]
    assert not any(any(s.turns) for s in lcd)
    assert any(max(s.turns, default=0) > IN_TRANSITION for s in wheels)
    for group in (lcd, wheels):
        assert any("." in s.text for s in group)
        assert any(s.text and "." not in s.text for s in group)
        assert {Quantity.KWH, Quantity.UNKNOWN} <= {s.shows for s in group}
    assert any(s.text == "" for s in lcd)


def test_quads_go_clockwise_from_the_top_left(many: list[SynthStrip]) -> None:
    for strip in many:
        a, b, c, d = strip.quad
        assert a[0] < b[0]
        assert d[0] < c[0]
        assert a[1] < d[1]
        assert b[1] < c[1]


@pytest.mark.parametrize("kind", KINDS)
def test_meters_show_displays_of_their_kind_inside_the_photo(kind: str) -> None:
    for seed in range(4):
        scene = draw_meter(np.random.default_rng(seed), kind)
        again = draw_meter(np.random.default_rng(seed), kind)
        assert np.array_equal(scene.image, again.image)
        assert 640 <= max(scene.image.shape[:2]) <= 1024
        assert scene.displays[0].kind == kind
        for display in scene.displays:
            check_truth(display)
            assert_inside(display.quad, scene.image)
            assert_inside(display.digits, scene.image)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="dial"):
        draw_meter(np.random.default_rng(0), "dial")


def test_a_background_has_no_display() -> None:
    scene = draw_background(np.random.default_rng(3))
    assert scene.displays == ()
    assert scene.image.std() > 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_is_legible_and_of_the_size_asked_for(kind: str) -> None:
    scene = draw_sample(np.random.default_rng(5), kind, (800, 600))
    (display,) = scene.displays
    assert scene.image.shape == (600, 800, 3)
    assert display.legible
    assert UNREAD not in display.text
    assert len(display.digits) >= 5
    assert max(display.turns) <= IN_TRANSITION
    assert_inside(display.quad, scene.image)


def test_wheels_move_only_while_all_to_their_right_pass_nine() -> None:
    for seed in range(300):
        count = random_count(np.random.default_rng(seed))
        wheels = [int(p) for p in count.positions]
        for i, position in enumerate(count.positions[:-1]):
            if position % 1:
                assert wheels[i + 1 :] == [9] * (len(wheels) - i - 1)
        phase = count.positions[-1] % 1
        shown = int("".join(map(str, wheels)))
        read = int("".join(map(str, count.digits)))
        assert read == (shown if phase < ROLLED_OVER else (shown + 1) % 10 ** len(wheels))


def test_turns_say_how_far_a_wheel_stands_past_its_digit() -> None:
    count = Count(digits=(1, 0, 0, 7), positions=(1.0, 9.9, 9.95, 7.4), decimals=1)
    assert count.turns == pytest.approx((0.0, -0.1, -0.05, 0.4))


def test_old_wheels_stand_off_their_places_and_are_read_as_new_ones() -> None:
    for seed in range(50):
        new, old = (random_count(np.random.default_rng(seed), slack) for slack in (0.0, 0.1))
        assert old.digits == new.digits
        assert 0 < np.abs(np.subtract(old.turns, new.turns)).max() <= 0.25 + 1e-9


@pytest.mark.parametrize(
    ("lit", "visible", "expected"),
    [
        ("abcdefg", "abcdefg", {"8"}),
        ("bc", "abcdefg", {"1"}),
        ("abcdef", "abcdef", {"0", "8"}),
        ("abcdefg", "abcdfg", {"8", "9"}),
        ("", "", set(LIT)),
    ],
)
def test_what_covered_segments_leave_open(lit: str, visible: str, expected: set[str]) -> None:
    assert readable_as(lit, visible) == expected


def test_every_digit_has_its_own_segments() -> None:
    for seed in range(20):
        style = random_style(np.random.default_rng(seed))
        assert set(outlines(style)) == set("abcdefg")
        assert len({lit_segments(d, style) for d in "0123456789"}) == 10


def test_ink_has_the_height_asked_for() -> None:
    style = random_strokes(np.random.default_rng(0))
    for digit in range(10):
        assert stroke_mask(digit, style, 31).shape[0] == 31
    assert text_mask("kW h", "DejaVuSans", 17).shape[0] == 17
    assert text_mask(" ", "DejaVuSans", 17).max() == 0


def test_digits_that_the_photo_lost_become_unread() -> None:
    clear = np.full((40, 90, 3), 200, np.uint8)
    clear[10:30:4, 5:85] = 20
    digits = np.stack([box_quad(x, 5, x + 20, 35) for x in (5, 35, 65)])
    quad = box_quad(0, 0, 90, 40)
    drawn = SynthDisplay(DisplayKind.LCD, "12.3", Quantity.KWH, True, quad, digits, (False,) * 3)
    half, noise = clear.copy(), np.random.default_rng(0).integers(0, 255, clear.shape).astype(np.uint8)
    half[:, :30] = 250
    assert faded(drawn, clear, clear).text == "12.3"
    lost = faded(drawn, clear, half)
    assert (lost.text, lost.legible) == ("?2.3", False)
    assert (faded(drawn, clear, noise).text, len(faded(drawn, clear, noise).digits)) == ("", 0)


def test_a_point_goes_with_the_homography() -> None:
    square, kite = box_quad(0, 0, 10, 10), np.array([[1, 2], [14, 1], [12, 15], [0, 9]], np.float32)
    assert np.allclose(move(square, homography(square, kite)), kite, atol=1e-3)


def test_crops_of_a_folder(bank: CropBank) -> None:
    (group,) = bank.groups
    assert group.name == "many"
    assert len(group.images) == 100
    assert group.images[0].tolist()[0][0] == [200, 90, 40]
    row = bank.row(np.random.default_rng(0), [0.0, 3.4, 9.9], 1)
    assert row is not None
    assert len(row) == 3


def test_a_counter_of_crops(bank: CropBank) -> None:
    drawn = [draw_mechanical_strip(np.random.default_rng(seed), bank) for seed in range(12)]
    for strip in drawn:
        check_truth(strip)
    orange = [s for s in drawn if (np.abs(s.image.astype(int) - (200, 90, 40)).sum(axis=2) < 90).mean() > 0.1]
    assert orange


def test_crops_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CropBank.load(tmp_path)
