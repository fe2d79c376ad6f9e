"""A photo with nothing in it but the picture, and on request nothing to be seen but the display."""

from __future__ import annotations

import io

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from meterocr.readout import Quad
from meterocr.vision.image import load_photo

_QUALITY = 92
_AROUND = 0.15  # of the display's height stays sharp around it
_SMALL = 24  # px of the long side to which everything else is shrunk: no letter and no face survives it


def bare_photo(photo: bytes, quad: Quad, *, blurred: bool) -> tuple[bytes, tuple[int, int]]:
    """A JPEG of the upright photo without EXIF, in its full size, and that size (width, height), px.

    Args:
        quad: of the display, px of the upright photo.
        blurred: everything outside of it is made unrecognisable.

    Raises:
        PhotoError: the photo cannot be decoded.
    """
    loaded = load_photo(photo)
    pixels, _ = loaded.view(max(loaded.width, loaded.height))
    image = Pillow.fromarray(pixels)
    if blurred:
        image = Pillow.composite(image, _unrecognisable(image), _mask(image.size, quad))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue(), image.size


def _unrecognisable(image: Pillow.Image) -> Pillow.Image:
    small = image.copy()
    small.thumbnail((_SMALL, _SMALL))
    return small.resize(image.size, Pillow.Resampling.BICUBIC)


def _mask(size: tuple[int, int], quad: Quad) -> Pillow.Image:
    mask = Pillow.new("L", size, 0)
    margin = max(1, round(quad.height * _AROUND))
    draw = ImageDraw.Draw(mask)
    draw.polygon(quad.points, fill=255)
    draw.line([*quad.points, quad.points[0]], fill=255, width=2 * margin, joint="curve")
    return mask.filter(ImageFilter.BoxBlur(1))
