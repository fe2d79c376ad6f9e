from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from meterocr.readout import Candidate, check_text
from meterocr.vision.decode import beam_search, decode, decode_views, digit_votes, integer_chance, locate

ALPHABET = "0123456789.?"
Rows = NDArray[np.float64]


def rows(*steps: dict[str, float]) -> Rows:
    """Probabilities per step; what a step leaves over is blank."""
    out = np.zeros((len(steps), 13))
    for row, step in zip(out, steps, strict=True):
        for symbol, p in step.items():
            row[ALPHABET.index(symbol) + 1] = p
        row[0] = 1 - sum(step.values())
    return out


def spelled(text: str, p: float = 0.99) -> Rows:
    """Each symbol sharp, blanks between."""
    return rows(*(step for symbol in text for step in ({symbol: p}, {}, {})))


def every_alignment(symbols: Rows, classes: tuple[int, ...]) -> dict[str, float]:
    """The exact probabilities of readings of these classes, by adding up all alignments."""
    sums: dict[str, float] = {}
    for path in product(classes, repeat=len(symbols)):
        p = float(np.prod([row[c] for row, c in zip(symbols, path, strict=True)]))
        merged = [c for c, before in zip(path, (None, *path), strict=False) if c not in (before, 0)]
        text = "".join(ALPHABET[c - 1] for c in merged)
        sums[text] = sums.get(text, 0.0) + p
    return {text: p for text, p in sums.items() if is_reading(text)}


def is_reading(text: str) -> bool:
    try:
        check_text(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["7", "00482.1", "482", "11.11", "0?5", "999999.999"])
def test_reads_what_is_spelled(text: str) -> None:
    decoded = decode(spelled(text), ALPHABET, beams=10, legible=1.0)
    assert decoded.text == text
    assert "".join(place.symbol for place in decoded.places) == text.replace(".", "")
    assert decoded.candidates[0].text == text
    assert decoded.confidence == pytest.approx(decoded.candidates[0].probability, abs=0.02)


def test_nothing_spelled_is_nothing_read() -> None:
    decoded = decode(rows(*[{}] * 40), ALPHABET, beams=10, legible=1.0)
    assert (decoded.text, decoded.confidence, decoded.places) == ("", 0.0, ())
    assert [c.text for c in decoded.candidates] == [""]


@pytest.mark.parametrize("seed", range(4))
def test_probabilities_are_sums_over_all_alignments(seed: int) -> None:
    classes = (0, 1, 2, 11)  # blank, 0, 1 and the point
    symbols = np.zeros((6, 13))
    symbols[:, classes] = np.random.default_rng(seed).dirichlet([0.6] * 4, 6)
    exact = every_alignment(symbols, classes)
    found = dict(beam_search(symbols, ALPHABET, beams=500))
    assert found == pytest.approx({text: p for text, p in exact.items() if text in found}, abs=1e-3)
    assert sum(found.values()) == pytest.approx(sum(exact.values()), abs=1e-2)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([{".": 0.9}, {}, {"5": 0.9}], "5"),
        ([{"5": 0.9}, {}, {".": 0.9}], "5"),
        ([{"1": 0.9}, {".": 0.9}, {"2": 0.9}, {".": 0.8}, {"3": 0.9}], "1.23"),
        ([{".": 0.9}], ""),
    ],
    ids=["point first", "point last", "two points", "only a point"],
)
def test_results_are_readings(steps: list[dict[str, float]], text: str) -> None:
    decoded = decode(rows(*steps), ALPHABET, beams=10, legible=1.0)
    assert decoded.text == text
    for candidate in decoded.candidates:
        check_text(candidate.text)
    # What the impossible string had is not given to the others.
    assert decoded.confidence < 0.25


def test_candidates_come_most_probable_first_with_their_probabilities() -> None:
    symbols = rows({"4": 1.0}, {}, {"8": 0.7, "3": 0.3}, {}, {"1": 0.9, "7": 0.1})
    found = decode(symbols, ALPHABET, beams=10, legible=1.0).candidates
    assert [c.text for c in found] == ["481", "431", "487", "437"]
    assert [c.probability for c in found] == pytest.approx([0.63, 0.27, 0.07, 0.03])


def test_digits_have_the_share_of_candidates_that_agree() -> None:
    symbols = rows({"4": 1.0}, {}, {"8": 0.7, "3": 0.3}, {}, {"1": 0.9, "7": 0.1})
    decoded = decode(symbols, ALPHABET, beams=10, legible=1.0)
    assert [p.confidence for p in decoded.places] == pytest.approx([1.0, 0.7, 0.9])
    assert decoded.confidence == pytest.approx(0.63)


def test_a_digit_with_too_little_support_is_not_guessed() -> None:
    symbols = rows({"4": 1.0}, {}, {"8": 0.34, "3": 0.33, "6": 0.33}, {}, {"1": 1.0})
    decoded = decode(symbols, ALPHABET, beams=10, legible=1.0)
    assert decoded.text == "4?1"
    assert [p.confidence for p in decoded.places] == pytest.approx([1.0, 0.34, 1.0])
    assert decoded.confidence == pytest.approx(1.0)  # all digits that are given are certain
    assert decoded.candidates[0].text == "481"


def test_a_digit_that_is_merely_the_most_probable_is_given_and_the_whole_is_no_surer_than_it() -> None:
    decoded = decode(rows({"4": 1.0}, {}, {"8": 0.4, "3": 0.35, "6": 0.25}), ALPHABET, beams=10, legible=1.0)
    assert decoded.text == "48"
    assert decoded.confidence == pytest.approx(0.4)


def test_of_an_unread_digit_the_best_guess_has_the_confidence() -> None:
    decoded = decode(rows({"4": 1.0}, {}, {"?": 0.8, "3": 0.2}), ALPHABET, beams=10, legible=1.0)
    assert decoded.text == "4?"
    assert decoded.places[1].confidence == pytest.approx(0.2)


def test_noise_gives_no_confident_digits() -> None:
    rng = np.random.default_rng(0)
    decoded = decode(rng.dirichlet([0.3] * 13, 40), ALPHABET, beams=10, legible=1.0)
    assert decoded.confidence < 0.01
    assert "?" in decoded.text


def test_legibility_scales_what_is_whole_and_not_what_is_relative() -> None:
    decoded = decode(spelled("482", 1.0), ALPHABET, beams=10, legible=0.6)
    assert decoded.confidence == pytest.approx(0.6)
    assert decoded.candidates[0].probability == pytest.approx(0.6)
    assert [p.confidence for p in decoded.places] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize(
    ("others", "shares"),
    [
        ([("482", 0.5), ("482", 0.5)], [1, 1, 1]),
        ([("482", 0.75), ("432", 0.25)], [1, 0.75, 1]),
        ([("482", 0.6), ("1482", 0.4)], [1, 1, 1]),
        ([("482", 0.6), ("48", 0.4)], [1, 1, 0.6]),
        ([("482", 0.3), ("82", 0.1)], [0.75, 1, 1]),
        ([("482", 0.5), ("", 0.5)], [0.5, 0.5, 0.5]),
    ],
)
def test_votes_align_candidates_of_other_lengths(others: list[tuple[str, float]], shares: list[float]) -> None:
    votes = digit_votes("482", others)
    assert [vote[symbol] for vote, symbol in zip(votes, "482", strict=True)] == pytest.approx(shares)


def test_places_are_where_the_digits_were_seen() -> None:
    symbols = rows({}, {"4": 0.9}, {"4": 0.9}, {}, {}, {"4": 0.2}, {"4": 0.95}, {}, {".": 0.9}, {"1": 0.8})
    seen = locate(symbols, ALPHABET, "44.1")
    assert [s.peak for s in seen] == [1, 6, 8, 9]
    assert seen[0].step == pytest.approx(1.5)
    assert seen[3].step == pytest.approx(9)


def test_a_repeated_digit_needs_a_blank_between() -> None:
    assert decode(rows({"1": 1.0}, {"1": 1.0}), ALPHABET, beams=10, legible=1.0).text == "1"
    assert decode(rows({"1": 1.0}, {}, {"1": 1.0}), ALPHABET, beams=10, legible=1.0).text == "11"


def test_one_beam_is_enough_for_a_sharp_strip() -> None:
    decoded = decode(spelled("00482.1", 1.0), ALPHABET, beams=1, legible=1.0)
    assert (decoded.text, len(decoded.candidates)) == ("00482.1", 1)


def test_views_are_weighed_together() -> None:
    one = rows({"4": 1.0}, {}, {"3": 0.6, "8": 0.4})
    two = rows({"4": 1.0}, {}, {"8": 0.9, "3": 0.1})
    view, decoded = decode_views([one, two], ALPHABET, beams=10, legible=[1.0, 1.0], turns=[None, None])
    assert (view, decoded.text) == (1, "48")
    assert {c.text: round(c.probability, 3) for c in decoded.candidates} == {"48": 0.65, "43": 0.35}
    assert decoded.confidence == pytest.approx(0.65)


def test_an_illegible_view_has_little_to_say() -> None:
    sharp, wrong = spelled("482", 1.0), spelled("999", 1.0)
    view, decoded = decode_views([sharp, wrong], ALPHABET, beams=10, legible=[0.9, 0.1], turns=[None, None])
    assert (view, decoded.text) == (0, "482")
    assert decoded.confidence == pytest.approx(0.45)


@pytest.mark.parametrize("count", [1, 3])
def test_views_that_agree_are_as_sure_as_one(count: int) -> None:
    symbols = spelled("00482.1", 0.9)
    one = decode(symbols, ALPHABET, beams=10, legible=0.8)
    _, many = decode_views([symbols] * count, ALPHABET, beams=10, legible=[0.8] * count, turns=[None] * count)
    assert many.text == one.text
    assert many.confidence == pytest.approx(one.confidence)
    assert [p.confidence for p in many.places] == pytest.approx([p.confidence for p in one.places])


@pytest.mark.parametrize(
    ("text", "chance"),
    [
        ("00482.1", 0.7),
        ("482", 0.7),
        ("482.?", 0.7),
        ("4821", 0.1),
        ("0.5", 0.1),
        ("", 0.05),
        ("7", 0.0),
        ("48?.1", 0.0),
    ],
)
def test_the_chance_of_a_number_is_that_of_all_readings_with_its_integer_part(text: str, chance: float) -> None:
    found = {"00482.1": 0.4, "482.7": 0.2, "482": 0.1, "4821": 0.1, "000.5": 0.1, "": 0.05}
    candidates = [Candidate(other, p) for other, p in found.items()]
    assert integer_chance(text, candidates) == pytest.approx(chance)


def test_chances_never_exceed_one() -> None:
    assert integer_chance("1", [Candidate("1.2", 0.6), Candidate("1.3", 0.5)]) == 1.0
