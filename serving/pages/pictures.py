"""Photos as pages show them: upright, small enough for a slow network, and with nothing in them but the picture."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from starlette.responses import Response

from meterocr.vision.image import load_photo

LONG_SIDE = 1280


def picture(photo: bytes, *, long_side: int = LONG_SIDE) -> Response:
    """A JPEG of the upright photo, at most ``long_side`` px wide and high, without EXIF. For its owner only.

    Raises:
        PhotoError: it cannot be decoded any more.
    """
    loaded = load_photo(photo)
    pixels, _ = loaded.view(long_side)
    image = Pillow.fromarray(pixels)
    image.thumbnail((long_side, long_side))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=78, optimize=True)
    return jpeg(file.getvalue())


def size_of(photo: bytes) -> tuple[int, int]:
    """Width and height of the upright photo, px: what a readout's coordinates are in.

    Raises:
        PhotoError: it cannot be decoded any more.
    """
    loaded = load_photo(photo)
    return loaded.width, loaded.height


def jpeg(content: bytes) -> Response:
    """A picture that only this browser may keep, and not for long."""
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})
