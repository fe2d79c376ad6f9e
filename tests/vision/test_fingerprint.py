"""The perceptual hash: the same photo sent on is nearly the same, another one is not."""

from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image as Pillow

from meterocr.metering.case import hamming
from meterocr.metering.policy import DEFAULT_POLICY
from meterocr.vision.fingerprint import perceptual_hash
from meterocr.vision.image import load_photo

ROOT = Path(__file__).parents[2]
PHOTOS = sorted((ROOT / "tests" / "golden").glob("*.jpg"))


def sent_on(path: Path, *, size: tuple[int, int] | None = None, quality: int = 75, kind: str = "JPEG") -> bytes:
    image = Pillow.open(path)
    file = io.BytesIO()
    (image.resize(size) if size else image).save(file, kind, quality=quality)
    return file.getvalue()


@pytest.mark.parametrize("path", PHOTOS, ids=lambda path: path.stem)
def test_the_same_photo_sent_on(path: Path) -> None:
    first = perceptual_hash(load_photo(path))
    assert first in range(2**64)
    again = [
        sent_on(path, quality=40),
        sent_on(path, size=(320, 320)),
        sent_on(path, size=(1600, 1600), quality=90),
        sent_on(path, kind="WEBP"),
    ]
    bits = [hamming(first, perceptual_hash(load_photo(data))) for data in again]
    assert max(bits) <= DEFAULT_POLICY.same_photo_bits


def test_other_photos_are_far() -> None:
    hashes = [perceptual_hash(load_photo(path)) for path in PHOTOS]
    assert min(hamming(a, b) for a, b in combinations(hashes, 2)) > 2 * DEFAULT_POLICY.same_photo_bits


def test_of_the_upright_photo() -> None:
    path = PHOTOS[0]
    turned = Pillow.open(path).transpose(Pillow.Transpose.ROTATE_90)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "JPEG", quality=95, exif=exif)
    assert hamming(perceptual_hash(load_photo(path)), perceptual_hash(load_photo(file.getvalue()))) <= 4
