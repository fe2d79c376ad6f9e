"""Where digits stand, found through a net that reads what the test tells it to."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.align import aligned, boundaries, spotted
from training.nets import Prediction
from training.strips import ALPHABET, SIZE, STEPS, Cut, encode, strip_at
from training.swap import DigitSwap

CELL = 100  # px of the drawn photo


class Says(nn.Module):
    """Reads ``text`` from every strip, each symbol at the given step."""

    def __init__(self, text: str, steps: list[int]) -> None:
        super().__init__()
        self.path = dict(zip(steps, encode(text), strict=True))

    def forward(self, strips: Tensor) -> Prediction:
        symbols = torch.zeros(len(strips), STEPS, len(ALPHABET) + 1)
        for step in range(STEPS):
            symbols[:, step, self.path.get(step, 0)] = 9.0
        nothing = torch.zeros(len(strips), STEPS)
        return Prediction(symbols, nothing, nothing, nothing[:, 0], nothing[:, 0])


class Compass(Says):
    """Reads nothing, and takes a strip for upright whose left half is darker than its right half."""

    def forward(self, strips: Tensor) -> Prediction:
        half = strips.shape[2] // 2
        left, right = strips[:, :, :half].float().mean((1, 2, 3)), strips[:, :, half:].float().mean((1, 2, 3))
        return super().forward(strips)._replace(upright=(right - left).sign() * 9)


def counter(text: str, *, legible: int = 1) -> Cut:
    """A light display with dark digits, one in each cell of 100 x 120 px, and some wall around."""
    image = np.full((220, CELL * len(text) + 100, 3), 200, np.uint8)
    for i, symbol in enumerate(text):
        cv2.putText(image, symbol, (50 + i * CELL + 20, 150), cv2.FONT_HERSHEY_SIMPLEX, 3.0, (20, 20, 20), 8)
    right = 50 + CELL * len(text)
    quad = np.array([(50, 50), (right, 50), (right, 170), (50, 170)], dtype=np.float64)
    return Cut(image, quad, encode(text), legible, "bangladesh")


def middles(count: int) -> list[int]:
    """The steps in the middle of ``count`` cells of a strip cut with the usual margin of 5 %."""
    return [int(STEPS * (0.05 + (i + 0.5) / count) / 1.1) for i in range(count)]


def test_cells_hold_one_digit_each() -> None:
    text = "48213"
    (cut,) = aligned(Says(text, middles(5)), [counter(text)])
    assert [c.place for c in cut.cells] == [0, 1, 2, 3, 4]
    assert len({c.look for c in cut.cells}) == 1
    for cell in cut.cells:
        x0, y0, x1, y1 = cell.box
        dark = cut.image[y0:y1, x0:x1].mean(2) < 100
        assert dark.any()
        assert not dark[:, 0].any()
        assert not dark[:, -1].any()


def test_an_aligned_display_looks_the_same_to_the_recogniser() -> None:
    cut = counter("48213")
    (level,) = aligned(Says("48213", middles(5)), [cut])
    before, after = (strip_at(c.image, c.quad).astype(float) for c in (cut, level))
    assert np.abs(before - after).mean() < 4


def test_digits_beside_the_point_stay_and_no_digit_passes_it() -> None:
    cut = counter("4821375")
    steps = middles(7)
    pointed = Cut(cut.image, cut.quad, encode("4821.375"), 1, cut.source)
    (level,) = aligned(Says("4821.375", [*steps[:4], steps[3] + 2, *steps[4:]]), [pointed])
    assert [c.place for c in level.cells] == [0, 1, 2, 6, 7]
    assert [c.look for c in level.cells] == [level.cells[0].look] * 3 + [level.cells[-1].look] * 2
    assert level.cells[0].look != level.cells[-1].look
    changed = DigitSwap([level])(level, np.random.default_rng(4))
    assert set(changed.targets[:3]) <= set(encode("482"))
    assert changed.targets[3:6] == encode("1.3")
    assert set(changed.targets[6:]) <= set(encode("75"))


@pytest.mark.parametrize(
    ("cut", "reads"),
    [(counter("48213"), "48218"), (counter("48213", legible=0), "48213")],
    ids=["read wrong", "unreadable"],
)
def test_what_the_net_cannot_read_stays_as_it_is(cut: Cut, reads: str) -> None:
    (same,) = aligned(Says(reads, middles(5)), [cut])
    assert same is cut


def test_digits_that_were_not_told_apart_are_not_exchanged() -> None:
    steps = [2, 3 + 2, 20, 25, 38]
    (cut,) = aligned(Says("48213", steps), [counter("48213")])
    assert cut.cells == ()


def test_spotted_gives_the_column_of_each_symbol() -> None:
    path = [encode("12")[[4, 30].index(step)] if step in (4, 30) else 0 for step in range(STEPS)]
    assert spotted(path, encode("12")) == [4.5 * 8, 30.5 * 8]
    assert spotted(path, encode("13")) is None
    assert spotted(path, ()) is None


def test_a_single_digit_has_two_ends() -> None:
    strip = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    ((left, right),) = boundaries(strip, [160.0], encode("7"))
    assert left < 160 < right


@pytest.mark.parametrize("dark_end", ["left", "right"])
def test_corners_that_start_at_the_wrong_end_are_turned(dark_end: str) -> None:
    cut = counter("48213")
    half = np.s_[:, :300] if dark_end == "left" else np.s_[:, 300:]
    cut.image[half] //= 2
    (got,) = aligned(Compass("", []), [cut])
    assert got.cells == ()
    first = 0 if dark_end == "left" else 2
    assert got.quad[0].tolist() == cut.quad[first].tolist()
