"""What a photo leaves of a drawn display: digits that light, noise or blur took away become ``?``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from meterocr.readout import UNREAD
from training.canvas import Image, Points, SynthDisplay

_MIN_SPREAD = 2.7
_MIN_LIKENESS = 0.4


def _lost(clear: Image, photo: Image, quad: Points) -> bool:
    """Whether the pattern that ``clear`` has within ``quad`` is gone in ``photo``, or drowned in noise."""
    x0, y0 = np.maximum(quad.min(axis=0), 0).astype(int).tolist()
    x1, y1 = (quad.max(axis=0) + 1).astype(int).tolist()
    was = clear[y0:y1, x0:x1].reshape(-1, 3).astype(np.float32)
    now = photo[y0:y1, x0:x1].reshape(-1, 3).astype(np.float32)
    if not len(was):
        return True
    was, now = was - was.mean(axis=0), now - now.mean(axis=0)
    common = (was * now).mean(axis=0) / np.maximum(was.std(axis=0), 1e-3)
    likeness = common / np.maximum(now.std(axis=0), 1e-3)
    return not bool(((common >= _MIN_SPREAD) & (likeness >= _MIN_LIKENESS)).any())


def faded(display: SynthDisplay, clear: Image, photo: Image) -> SynthDisplay:
    """``display`` as it can be read in ``photo``, drawn clearly in ``clear`` (both (H, W, 3), the same view)."""
    symbols = list(display.text.replace(".", ""))
    for i, quad in enumerate(display.digits):
        if symbols[i] != UNREAD and _lost(clear, photo, quad):
            symbols[i] = UNREAD
    if not set(symbols) - {UNREAD}:
        return display.unreadable()
    whole, point, _ = display.text.partition(".")
    text = "".join(symbols[: len(whole)]) + point + "".join(symbols[len(whole) :])
    return replace(display, text=text, legible=UNREAD not in text[: len(whole)])
