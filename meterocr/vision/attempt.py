"""One try at reading: a display in one direction. The best of a few tries becomes the readout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from meterocr.readout import Digit, Display, DisplayKind
from meterocr.vision.decode import Decoded, Place, Turns, decode, decode_views
from meterocr.vision.geometry import StripShape, stretched, strip_spans, turned
from meterocr.vision.image import Image
from meterocr.vision.locate import Look, rivals
from meterocr.vision.recognize import Recognition, Recognizer

UPRIGHT_FROM = 0.5
"""Below this probability a strip is taken to be upside down, and is not read."""

UPRIGHT_FOR_SURE = 0.99
"""From this probability on nothing is gained by looking at a strip the other way round."""

SURE_FROM = 0.8
"""A reading of smaller confidence is LOW_CONFIDENCE, and the display is looked at again in other ways."""

_VIEWS = ((1.06, 1.16, 0.0, 0.0), (0.95, 0.88, 0.0, 0.0), (1.0, 1.0, 0.02, 0.04), (1.0, 1.0, -0.02, -0.04))
"""How further views of a display differ: factors of its width and height, shifts as parts of them. A detector's
corners are off by about as much."""

_TEST_DIGITS = 4  # from so many on, nothing but 8 is the page of a cycling display on which all segments are lit

_LONE_DIGIT = 0.12  # width of a single digit, as a part of the strip's


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A display, its strip with margin, what the net says of it, and the reading that makes.

    The reading is ``""`` where the strip is upside down or a person could not read it; the candidates stay.
    """

    display: Display
    strip: Image
    recognition: Recognition
    decoded: Decoded

    @property
    def rank(self) -> tuple[float, float]:
        """The attempt with the largest is the best: the surer reading the right way up, else the more legible strip."""
        upright = self.recognition.upright
        return self.decoded.confidence * upright, self.recognition.legible * upright

    @property
    def segment_test(self) -> bool:
        """Whether the display shows that its segments work, and no register; one that does stand so moves on soon."""
        digits = self.decoded.text.replace(".", "")
        return self.display.kind is DisplayKind.LCD and len(digits) >= _TEST_DIGITS and set(digits) == {"8"}


def attempts(recognizer: Recognizer, jobs: Sequence[tuple[Look, Display]], *, beams: int) -> list[Attempt]:
    """Read each display in the direction of its quad, all in one batch."""
    strips = [recognizer.strip(look.photo, display.quad, (look.pixels, look.factor)) for look, display in jobs]
    return [
        Attempt(display, strip, recognition, _decoded(recognizer, recognition, display, beams))
        for (_, display), strip, recognition in zip(jobs, strips, recognizer.recognize(strips), strict=True)
    ]


def second_tries(first: Attempt, displays: Sequence[Display], look: Look) -> list[Display]:
    """What else to try after the first attempt; nothing after most.

    A strip that is not surely upright is turned round, however sure its reading: 0, 2, 5, 8 and 6, 9 are digits upside
    down, too. A display that is higher than wide is read along its height, both ways; if the main display gave no
    reading, its rivals are tried.
    """
    main = first.display
    tries: list[Display] = []
    if first.recognition.upright < UPRIGHT_FOR_SURE:
        tries.append(replace(main, quad=turned(main.quad, 2)))
    if main.quad.width < main.quad.height:
        tries += [replace(main, quad=turned(main.quad, quarters)) for quarters in (1, 3)]
    if not first.decoded.text:
        tries += rivals(displays, look.photo)
    return tries


def further_views(best: Attempt) -> list[Display]:
    """The same display cut a little differently, for a second opinion; nothing where the reading is sure or none."""
    if not best.decoded.text or best.decoded.confidence >= SURE_FROM:
        return []
    return [replace(best.display, quad=stretched(best.display.quad, *view)) for view in _VIEWS]


def agreed(recognizer: Recognizer, views: Sequence[Attempt], *, beams: int) -> Attempt:
    """What several views of one display say together, as the attempt of the view that supports it most."""
    view, decoded = decode_views(
        [a.recognition.symbols for a in views],
        recognizer.info.alphabet,
        beams=beams,
        legible=[a.recognition.legible for a in views],
        turns=[_turns(a.recognition, a.display) for a in views],
    )
    return replace(views[view], decoded=decoded)


def digits(attempt: Attempt, shape: StripShape) -> tuple[Digit, ...]:
    """The digits of an attempt, with their quads in px of the photo."""
    places = attempt.decoded.places
    turns = _turns(attempt.recognition, attempt.display)
    spans = _spans(places, shape.width, steps=len(attempt.recognition.turn))
    # As exact as JSON has it: whether a wheel is in transition must not change by being stored.
    return tuple(
        Digit(place.symbol, place.confidence, 0.0 if turns is None else round(float(turns[place.peak]), 2), quad)
        for place, quad in zip(places, strip_spans(attempt.display.quad, shape, spans), strict=True)
    )


def _turns(recognition: Recognition, display: Display) -> Turns | None:
    return recognition.turn if display.kind is DisplayKind.MECHANICAL else None


def _decoded(recognizer: Recognizer, recognition: Recognition, display: Display, beams: int) -> Decoded:
    info, turns = recognizer.info, _turns(recognition, display)
    decoded = decode(recognition.symbols, info.alphabet, beams=beams, legible=recognition.legible, turns=turns)
    if recognition.legible < info.legible_threshold or recognition.upright < UPRIGHT_FROM:
        return Decoded("", 0.0, decoded.candidates, ())
    return decoded


def _spans(places: Sequence[Place], width: int, *, steps: int) -> list[tuple[float, float]]:
    """Columns of the digits, px of the strip: as wide as digits stand apart, none over its neighbour's half."""
    centres = [(place.step + 0.5) * width / steps for place in places]
    gaps = [float(gap) for gap in np.diff(centres)]
    half = (median(gaps) if gaps else _LONE_DIGIT * width) / 2
    lefts = [min(half, gap / 2) for gap in [2 * half, *gaps]]
    rights = [min(half, gap / 2) for gap in [*gaps, 2 * half]]
    return [(c - left, c + right) for c, left, right in zip(centres, lefts, rights, strict=False)]
