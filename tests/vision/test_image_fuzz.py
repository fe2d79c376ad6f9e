"""Whatever bytes come in: a photo or a PhotoError, never another exception, never a warning."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from meterocr.errors import PhotoError
from meterocr.vision.image import load_photo


def _samples() -> dict[str, bytes]:
    noise = np.random.default_rng(3).integers(0, 255, (12, 16, 3), dtype=np.uint8)
    image = Pillow.fromarray(np.repeat(np.repeat(noise, 4, axis=0), 4, axis=1))
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    frames = {"save_all": True, "append_images": [image.rotate(90)]}
    saved = {
        "jpeg": (image, "JPEG", {"exif": exif}),
        "progressive jpeg": (image, "JPEG", {"progressive": True, "exif": exif}),
        "cmyk jpeg": (image.convert("CMYK"), "JPEG", {}),
        "png": (image, "PNG", {"exif": exif}),
        "palette png": (image.convert("RGBA").quantize(16), "PNG", {}),
        "animated png": (image, "PNG", frames),
        "webp": (image, "WEBP", {"exif": exif}),
        "animated webp": (image, "WEBP", {"lossless": True, **frames}),
        "gif": (image, "GIF", frames),
        "bmp": (image, "BMP", {}),
    }
    samples = {}
    for name, (pillow, kind, options) in saved.items():
        buffer = io.BytesIO()
        pillow.save(buffer, kind, **options)
        samples[name] = buffer.getvalue()
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer)
    return samples | {"heif": buffer.getvalue()}


SAMPLES = _samples()
MAGIC = [data[:30] for data in SAMPLES.values()]


def read(data: bytes) -> None:
    """Load and decode at two sizes; a PhotoError is the only way out besides."""
    try:
        photo = load_photo(data)
        for side in (8, max(photo.width, photo.height)):
            pixels, factor = photo.view(side)
            assert pixels.shape == (-(-photo.height // int(factor)), -(-photo.width // int(factor)), 3)
    except PhotoError as error:
        message = str(error)
    else:
        return
    assert "expected" in message
    assert "got" in message


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    read(data)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(MAGIC), st.integers(3, 30), st.binary(max_size=400))
def test_random_bytes_after_a_real_beginning(magic: bytes, length: int, rest: bytes) -> None:
    read(magic[:length] + rest)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_whole(name: str) -> None:
    photo = load_photo(SAMPLES[name])
    assert photo.view(64)[0].size == 48 * 64 * 3


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.floats(0, 1, exclude_max=True))
def test_truncated_files(name: str, share: float) -> None:
    data = SAMPLES[name]
    read(data[: int(len(data) * share)])


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.booleans(),
)
def test_flipped_bytes(name: str, changes: list[tuple[int, int]], in_header: bool) -> None:
    data = bytearray(SAMPLES[name])
    for position, value in changes:
        data[position % (min(200, len(data)) if in_header else len(data))] = value
    read(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(0, 10_000), st.integers(0, 10_000), st.binary(max_size=20))
def test_pieces_cut_out_and_put_in(name: str, start: int, length: int, piece: bytes) -> None:
    data = SAMPLES[name]
    start %= len(data)
    read(data[:start] + piece + data[start + length % 50 :])
