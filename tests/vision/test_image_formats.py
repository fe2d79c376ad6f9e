"""Every kind of image file that is read: its pixels, its orientation, and how damage is refused."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from meterocr.errors import PhotoError, PhotoTooLargeError
from meterocr.vision.exif import exif_orientation
from meterocr.vision.image import Image, load_photo
from meterocr.vision.image_formats import NEUTRAL


def corners(width: int = 48, height: int = 32) -> Image:
    """Red, green and blue corners on yellow: no symmetry, and blocks that JPEG keeps."""
    pixels = np.full((height, width, 3), (220, 220, 40), np.uint8)
    half = 16
    pixels[:half, :half], pixels[:half, -half:], pixels[-half:, :half] = (220, 30, 30), (30, 200, 30), (30, 30, 220)
    return pixels


PIXELS = corners()


def encoded(image: Pillow.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    if kind == "HEIF":
        heif = pillow_heif.from_pillow(image)
        heif.save(buffer, quality=95, chroma=444, **options)
    else:
        image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels_of(source: Any) -> Image:
    photo = load_photo(source)
    pixels, _ = photo.view(max(photo.width, photo.height))
    assert pixels.shape == (photo.height, photo.width, 3)
    assert pixels.dtype == np.uint8
    return pixels


def difference(a: Image, b: Image) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 4),
        ("JPEG", {"quality": 95, "progressive": True}, 4),
        ("MPO", {"quality": 95, "save_all": True, "append_images": [Pillow.new("RGB", (48, 32))]}, 4),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 8),
        ("HEIF", {}, 6),
        ("GIF", {}, 2),
        ("BMP", {}, 0),
    ],
)
def test_formats(kind: str, options: dict[str, Any], tolerance: float) -> None:
    data = encoded(Pillow.fromarray(PIXELS), kind, **options)
    assert difference(pixels_of(data), PIXELS) <= tolerance


GREY = np.asarray(Pillow.fromarray(PIXELS).convert("L"))


@pytest.mark.parametrize(
    ("mode", "kind", "tolerance"),
    [
        ("L", "JPEG", 4), ("CMYK", "JPEG", 6), ("1", "PNG", 255), ("L", "PNG", 0), ("LA", "PNG", 0), ("P", "PNG", 3),
        ("RGBA", "PNG", 0), ("RGBA", "WEBP", 8), ("RGBA", "HEIF", 6), ("L", "HEIF", 4), ("P", "GIF", 3),
        ("L", "BMP", 0),
    ],
)  # fmt: skip
def test_modes(mode: str, kind: str, tolerance: float) -> None:
    image = Pillow.fromarray(PIXELS).convert(mode, palette=Pillow.Palette.ADAPTIVE)
    wanted = np.stack([GREY] * 3, axis=2) if mode in ("1", "L", "LA") else PIXELS
    assert difference(pixels_of(encoded(image, kind)), wanted) <= tolerance
    assert difference(pixels_of(image), wanted) <= tolerance


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "RGBX", "RGBa", "I;16", "I"])
def test_modes_of_pillow_images_only(mode: str) -> None:
    source = Pillow.fromarray(PIXELS)
    grey = mode in ("I;16", "I")
    if mode in ("I;16", "I"):
        image = Pillow.fromarray(GREY.astype(np.uint16) * 257)
        image = image.convert(mode) if mode == "I" else image
    else:
        image = source.convert({"RGBa": "RGBA"}.get(mode, mode)).convert(mode)
    assert image.mode == mode
    assert difference(pixels_of(image), np.stack([GREY] * 3, axis=2) if grey else PIXELS) <= 3


@pytest.mark.parametrize("mode", ["F", "La"])
def test_modes_of_no_photo_are_refused(mode: str) -> None:
    with pytest.raises(PhotoError, match=f"expected .* got a Pillow image of mode {mode}"):
        load_photo(Pillow.new(mode, (4, 4)))


def test_cmyk_is_inverted_as_adobe_writes_it() -> None:
    data = encoded(Pillow.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")
    assert b"Adobe" in data
    assert pixels_of(data)[8, 8].tolist() == pytest.approx([255, 0, 0], abs=6)


def test_sixteen_bit_png_is_scaled() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    pixels = pixels_of(encoded(Pillow.fromarray(ramp), "PNG"))
    assert np.array_equal(pixels[0, :, 0], np.arange(256))
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, colour: tuple[int, int], body: bytes, *extra: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *colour, 0, 0, 0))
    idat = chunk(b"IDAT", zlib.compress(body))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + idat + chunk(b"IEND", b"")


def test_sixteen_bit_colour_png() -> None:
    data = png(1, 1, (16, 2), b"\0" + struct.pack(">3H", 0xFF00, 0x8000, 0x0100))
    assert pixels_of(data)[0, 0].tolist() == [255, 128, 1]


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGBA", "GIF"), ("RGBA", "WEBP")]
)
def test_transparent_pixels_become_grey(mode: str, kind: str) -> None:
    image = Pillow.new("RGBA", (20, 10), (255, 255, 255, 255))
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    pixels = pixels_of(encoded(image.convert(mode), kind))
    assert pixels[5, 2].tolist() == list(NEUTRAL)
    assert pixels[5, 15].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame(kind: str) -> None:
    frames = [Pillow.new("RGB", (24, 16), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert pixels_of(data)[8, 8].tolist() == pytest.approx([255, 0, 0], abs=8)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "pillow", "pillow in memory"])
def test_exif_orientation(kind: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = Pillow.fromarray(PIXELS)
    source: Any
    if kind == "pillow in memory":
        source = image
        source.getexif()[0x0112] = orientation
    else:
        source = encoded(image, "JPEG" if kind == "pillow" else kind, exif=exif, quality=95)
        source = Pillow.open(io.BytesIO(source)) if kind == "pillow" else source
    tagged = Pillow.fromarray(PIXELS)
    tagged.getexif()[0x0112] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(tagged))
    photo = load_photo(source)
    assert (photo.height, photo.width) == wanted.shape[:2]
    assert difference(pixels_of(source), wanted) < 8
    shrunk, factor = photo.view(12)
    assert difference(shrunk, wanted[int(factor) // 2 :: int(factor), int(factor) // 2 :: int(factor)]) < 12


def test_large_photos_are_turned_in_bands_that_meet() -> None:
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 255, (701, 1203, 3), dtype=np.uint8)
    for orientation in range(1, 9):
        image = Pillow.fromarray(pixels)
        image.getexif()[0x0112] = orientation
        assert np.array_equal(pixels_of(image), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heif_is_turned_once(orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    image = Pillow.fromarray(PIXELS)
    data = encoded(image, "HEIF", exif=exif.tobytes())
    image.getexif()[0x0112] = orientation
    assert difference(pixels_of(data), np.asarray(ImageOps.exif_transpose(image))) < 8


@pytest.mark.parametrize(
    "exif",
    [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12\x01", b"junk" * 9],
)
def test_broken_exif_means_upright_and_warns_nobody(exif: bytes) -> None:
    assert exif_orientation(exif) == 1
    data = encoded(Pillow.fromarray(PIXELS), "JPEG", exif=b"Exif\0\0" + exif)
    assert load_photo(data).width == 48
    assert load_photo(Pillow.open(io.BytesIO(encoded(Pillow.fromarray(PIXELS), "WEBP", exif=exif)))).width == 48


def test_big_endian_and_long_orientation() -> None:
    for order, mark in (("<", b"II*\0"), (">", b"MM\0*")):
        for kind, value in ((3, "HH"), (4, "I")):
            entry = struct.pack(order + "HHI", 0x0112, kind, 1) + struct.pack(order + value, *([8, 0][: len(value)]))
            exif = mark + struct.pack(order + "IH", 8, 1) + entry
            assert exif_orientation(exif) == 8
            assert exif_orientation(b"Exif\0\0" + exif) == 8


def webp_header(kind: bytes, payload: bytes) -> bytes:
    return (
        b"RIFF" + struct.pack("<I", 4 + 8 + len(payload)) + b"WEBP" + kind + struct.pack("<I", len(payload)) + payload
    )


def inflated(kind: str, layout: str) -> bytes:
    """A small real file whose header says 9000 x 9000 px."""
    small, large = struct.pack(layout, 64, 64), struct.pack(layout, 9000, 9000)
    return encoded(Pillow.fromarray(corners(64, 64)), kind).replace(small, large)


BOMBS = {
    "png": png(30_000, 30_000, (8, 0), b""),
    "jpeg": inflated("JPEG", ">HH"),
    "gif": inflated("GIF", "<HH"),
    "gif with a frame larger than its canvas": b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0"
    + struct.pack("<HHBB", 10_000, 9000, 0, 2),
    "bmp": inflated("BMP", "<II"),
    "heif": inflated("HEIF", ">II"),
    "webp extended": webp_header(b"VP8X", b"\0\0\0\0" + b"\xff\x3f\0" * 2),
    "webp lossless": webp_header(b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF) + bytes(9)),
    "webp lossy": webp_header(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0x3FFF, 0x3FFF)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_decompression_bombs_are_refused_before_decoding(name: str) -> None:
    with pytest.raises(PhotoTooLargeError, match="expected at most 50,000,000 pixels, got"):
        load_photo(BOMBS[name])


def test_png_text_and_profiles_are_not_unpacked() -> None:
    bomb = zlib.compress(bytes(20_000_000))
    extra = (chunk(b"zTXt", b"k\0\0" + bomb), chunk(b"iCCP", b"p\0\0" + bomb), chunk(b"acTL", bytes(8)))
    assert pixels_of(png(1, 1, (8, 2), b"\0abc", *extra))[0, 0].tolist() == list(b"abc")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "GIF", "BMP"])
def test_truncated_files_are_refused(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    data = encoded(Pillow.fromarray(noise), kind)
    for length in (20, 40, len(data) // 2, len(data) * 9 // 10):
        with pytest.raises(PhotoError, match="expected"):
            pixels_of(data[:length])


def test_a_damaged_png_is_refused() -> None:
    data = bytearray(encoded(Pillow.fromarray(PIXELS), "PNG"))
    data[data.index(b"IDAT") + 20] ^= 4
    with pytest.raises(PhotoError, match="damaged IDAT chunk"):
        load_photo(bytes(data))


def test_nothing_is_registered_in_pillow_for_others() -> None:
    code = (
        "import PIL.Image, meterocr.vision.image as i; before = sorted(PIL.Image.OPEN), sorted(PIL.Image.SAVE);"
        "import sys; assert 'pillow_heif' not in sys.modules;"
        f"i.load_photo({encoded(Pillow.fromarray(PIXELS), 'HEIF')!r}).view(1);"
        "assert 'HEIF' not in PIL.Image.OPEN and before == (sorted(PIL.Image.OPEN), sorted(PIL.Image.SAVE))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
