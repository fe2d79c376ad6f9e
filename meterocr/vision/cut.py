"""The display as it was photographed, straightened, for people: what a bill shows of its photo."""

from __future__ import annotations

import io

from PIL import Image as Pillow

from meterocr.readout import Quad
from meterocr.vision.geometry import StripShape, cut_strip
from meterocr.vision.image import load_photo

_HEIGHT = 160  # px, enough for 24 mm of paper
_WIDEST = 8  # times the height
_MARGIN = 0.08


def cut_display(photo: bytes, quad: Quad) -> bytes:
    """A JPEG of the display at ``quad`` (px of the upright photo) with a little around it.

    Raises:
        PhotoError: the photo cannot be decoded.
    """
    loaded = load_photo(photo)
    pixels, _ = loaded.view(max(loaded.width, loaded.height))
    ratio = min(max(quad.width / max(quad.height, 1.0), 1.0), _WIDEST)
    strip = cut_strip(pixels, quad, StripShape(round(_HEIGHT * ratio), _HEIGHT, (_MARGIN, _MARGIN)))
    file = io.BytesIO()
    Pillow.fromarray(strip).save(file, "JPEG", quality=80)
    return file.getvalue()
