"""Photos that leave the office: bare, and on request with nothing to be seen but the display."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from meterocr.errors import PhotoError
from meterocr.readout import Quad
from meterocr.vision.anonymous import bare_photo

QUAD = Quad(((100, 100), (300, 110), (298, 170), (98, 160)))


def noise() -> bytes:
    """Turned by its EXIF: 400 wide and 300 high when it is upright."""
    pixels = np.random.default_rng(1).integers(0, 256, (400, 300, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=exif)
    return file.getvalue()


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)).convert("L"), dtype=float)


def test_bare() -> None:
    content, size = bare_photo(noise(), QUAD, blurred=False)
    assert size == (400, 300) == Image.open(BytesIO(content)).size
    assert dict(Image.open(BytesIO(content)).getexif()) == {}


def test_only_the_display_is_sharp() -> None:
    sharp, blurred = (pixels_of(bare_photo(noise(), QUAD, blurred=b)[0]) for b in (False, True))
    inside, outside = np.s_[115:155, 110:285], np.s_[0:80, :]
    assert np.abs(sharp[inside] - blurred[inside]).mean() < 8
    assert blurred[outside].std() < sharp[outside].std() / 5
    assert abs(np.corrcoef(sharp[outside].ravel(), blurred[outside].ravel())[0, 1]) < 0.3


def test_what_is_no_photo() -> None:
    with pytest.raises(PhotoError):
        bare_photo(b"no photo", QUAD, blurred=True)
