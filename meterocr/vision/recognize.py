"""What a straightened display says, by the recogniser net."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterocr.readout import Quad, Quantity
from meterocr.vision.geometry import StripShape, cut_strip, moved
from meterocr.vision.image import Image, Photo
from meterocr.vision.session import RecognizerInfo, Session, recognizer_info

_ENOUGH = 0.8  # of the strip's px is enough px of the photo: enlarging by so little loses nothing


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What the net says of one strip.

    Attributes:
        symbols: (T, 1 + alphabet) probabilities per step, calibrated by the model's temperature; class 0 is blank.
        turn: (T,) how far the wheel at a step has turned past its digit, in digits.
        shows: the most probable quantity.
        upright: probability that the strip is the right way up.
        legible: probability that a person could read it.
    """

    symbols: NDArray[np.float64]
    turn: NDArray[np.float64]
    shows: Quantity
    upright: float
    legible: float


class Recognizer:
    """Reads strips. Safe to use from many threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sha256 = session.sha256
        self.info: RecognizerInfo = recognizer_info(session.metadata)
        session.expect("symbols", 1 + len(self.info.alphabet))
        session.expect("shows", len(self.info.shows))
        self.shape = StripShape(self.info.width, self.info.height, self.info.margin)

    def strip(self, photo: Photo, quad: Quad, view: tuple[Image, float]) -> Image:
        """The display at ``quad`` (px of the photo) as a strip (height, width, 3).

        Args:
            photo: where it is cut from.
            quad: where it is, px of the photo.
            view: a view that is already decoded; a larger one is asked for only if the strip has more px than that.
        """
        pixels, factor = view
        needed = min(1.0, _ENOUGH * self.shape.demand(quad)) * max(photo.width, photo.height)
        if max(pixels.shape[:2]) < needed:
            pixels, factor = photo.view(int(needed))
        return cut_strip(pixels, moved(quad, 1 / factor), self.shape)

    def recognize(self, strips: Sequence[Image]) -> list[Recognition]:
        """What each of the strips (height, width, 3) says, in one batch."""
        if not strips:
            return []
        symbols, turn, shows, upright, legible = self._session.run(np.stack(strips))
        probabilities = _softmax(symbols.astype(np.float64) / self.info.temperature)
        return [
            Recognition(
                symbols=probabilities[i],
                turn=turn[i].astype(np.float64).clip(-1.0, 1.0),
                shows=self.info.shows[int(shows[i].argmax())],
                upright=_probability(upright[i]),
                legible=_probability(legible[i]),
            )
            for i in range(len(strips))
        ]


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _probability(value: np.float32) -> float:
    return float(np.clip(value, 0.0, 1.0))
