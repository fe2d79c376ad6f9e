from collections.abc import Sequence

import numpy as np
import pytest

from meterocr.vision.carry import likelihoods
from meterocr.vision.decode import decode

ALPHABET = "0123456789.?"


@pytest.mark.parametrize(
    ("readings", "turns", "best"),
    [
        (["0482", "0483"], (0, 0, 0, 0.1), "0482"),
        # the tens are half-way: with a 9 beside them they have not arrived, with a 0 they have
        (["0129", "0139"], (0, 0, 0.5, 0.5), "0129"),
        (["0120", "0130"], (0, 0, 0.7, 0.1), "0130"),
        (["0120", "0130"], (0, 0, 0.7, -0.1), "0130"),
        # a wheel hangs back beside one that is not passing
        (["0123", "0133"], (0, 0, 0.6, 0.0), "0133"),
        (["0123", "0133"], (0, 0, 0.4, 0.0), "0123"),
        # everything rolls over at once
        (["0999", "1999"], (0.4, 0.4, 0.4, 0.4), "0999"),
        (["1000", "0000"], (-0.1, -0.1, -0.1, -0.1), "1000"),
        (["0099", "0199"], (0, 0.45, 0.5, 0.5), "0099"),
    ],
)
def test_the_reading_that_goes_with_the_wheels(readings: list[str], turns: Sequence[float], best: str) -> None:
    fits = likelihoods(readings, turns)
    assert readings[int(np.argmax(fits))] == best
    assert all(0 < fit <= 1 for fit in fits)


@pytest.mark.parametrize(
    ("readings", "turns"),
    [
        (["0482", "0487"], (0, 0, 0, 0.4)),  # 2 and 7 are no neighbours: the turn says nothing of them
        (["0482", "482"], (0, 0.5, 0, 0.1)),  # another number of wheels
        (["048?", "049?"], (0, 0, 0.6, 0.0)),  # what the last wheel does is not known
    ],
)
def test_what_the_wheels_say_nothing_of(readings: list[str], turns: Sequence[float]) -> None:
    first, second = likelihoods(readings, turns)
    assert first == pytest.approx(second, rel=0.2)


def symbols(text: str, unsure: dict[int, tuple[str, float]]) -> np.ndarray:
    """A clear strip of ``text``, five steps a symbol; ``unsure``: the other symbol at a place, and its chance."""
    steps = np.full((5 * len(text), 1 + len(ALPHABET)), 1e-6)
    steps[:, 0] = 1.0
    for i, symbol in enumerate(text):
        other, chance = unsure.get(i, (symbol, 0.0))
        steps[5 * i + 2] = 1e-6
        steps[5 * i + 2, 1 + ALPHABET.index(symbol)] = 1 - chance
        steps[5 * i + 2, 1 + ALPHABET.index(other)] += chance
    return steps / steps.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("turns", "text"), [((0, 0, 0.65, 0.0), "0133"), ((0, 0, 0.1, 0.0), "0123")])
def test_drums_are_read_by_the_carry_rule(turns: Sequence[float], text: str) -> None:
    views = symbols("0123", {2: ("3", 0.45)})
    turned = np.repeat(np.asarray(turns, dtype=np.float64), 5)
    plain = decode(views, ALPHABET, beams=10, legible=0.9)
    drums = decode(views, ALPHABET, beams=10, legible=0.9, turns=turned)
    assert plain.text == "0123"
    assert "".join(place.symbol for place in drums.places) == drums.text == text
    # nothing is won or lost on the whole
    masses = [sum(c.probability for c in d.candidates) for d in (plain, drums)]
    assert masses[0] == pytest.approx(masses[1], abs=1e-3)
    before, after = ({c.text: c.probability for c in d.candidates} for d in (plain, drums))
    assert after[text] > before[text]
