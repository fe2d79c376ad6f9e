"""From the bytes of an image file to upright RGB pixels: which formats are read, and how.

The decoders are called directly, not through ``PIL.Image.open``: nothing is registered in Pillow for others to
stumble over, no setting of Pillow or warnings filter of the process is touched, and no metadata is parsed but what
:mod:`meterocr.vision.exif` needs. What a decoder raises is not caught here; :mod:`meterocr.vision.image` does that in
one place.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from meterocr.errors import PhotoError, PhotoTooLargeError
from meterocr.vision.exif import exif_orientation

Image = NDArray[np.uint8]
"""(H, W, 3) RGB."""

MAX_PIXELS = 50_000_000
"""Photos with more pixels are refused before they are decoded."""

EXPECTED = "a photo (JPEG, PNG, WebP, HEIC, GIF or BMP)"
NEUTRAL = (128, 128, 128)
"""What lies behind transparent pixels: dark and light digits both stand out against it."""

_BAND_PX = 1 << 18  # about 1 MB of Pillow's pixels: stays in the cache, four times as fast as the whole image at once
_TRANSPOSE = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file whose header has been read and whose pixels have not.

    Attributes:
        width, height: as stored, before the orientation is applied, px.
        orientation: EXIF orientation, 1 to 8.
        load: decodes the first frame at 1/shrink of its size.
        shrinks: what may be given to ``load``, largest first; the decoder skips work, it does not resample.
        exif: the block as it stands in the file; empty where there is none.
    """

    width: int
    height: int
    orientation: int
    load: Callable[[int], Pillow.Image]
    shrinks: tuple[int, ...] = (1,)
    exif: bytes = b""

    def decode(self, shrink: int) -> Image:
        """Upright pixels at 1/shrink of the size, shape as promised by the header."""
        image = self.load(shrink)
        expected = (-(-self.width // shrink), -(-self.height // shrink))
        if image.size != expected:
            raise PhotoError(f"expected {expected} px as its header says, got {image.size}")
        return upright_pixels(image, self.orientation)


def open_image(data: bytes) -> ImageFile:
    """Read the header of an image file.

    Raises:
        PhotoTooLargeError: more than :data:`MAX_PIXELS`.
        PhotoError: not one of the formats. Decoders may raise anything besides.
    """
    return _OPENERS[_format(data)](data)


def check_size(width: int, height: int) -> None:
    """Refuse a photo without pixels or with more than :data:`MAX_PIXELS`."""
    if width < 1 or height < 1:
        raise PhotoError(f"expected at least one pixel, got {width} x {height}")
    if width * height > MAX_PIXELS:
        raise PhotoTooLargeError(f"expected at most {MAX_PIXELS:,} pixels, got {width * height:,} ({width} x {height})")


def upright_pixels(image: Pillow.Image, orientation: int) -> Image:
    """Pixels of a Pillow image of any mode as (H, W, 3) RGB, turned as its EXIF orientation asks; a copy."""
    width, height = image.size
    turned = orientation >= 5
    out = np.empty((width, height, 3) if turned else (height, width, 3), np.uint8)
    rows = max(1, _BAND_PX // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        band = _to_rgb(image.crop((0, top, width, bottom)))
        if orientation in _TRANSPOSE:
            band = band.transpose(_TRANSPOSE[orientation])
        place = slice(height - bottom, height - top) if orientation in (3, 4, 6, 7) else slice(top, bottom)
        out[(slice(None), place) if turned else place] = np.asarray(band)
    return out


def _to_rgb(image: Pillow.Image) -> Pillow.Image:
    if image.mode in ("F", "La"):
        raise PhotoError(f"expected 8 or 16 bit a channel, got a Pillow image of mode {image.mode}")
    if image.mode == "I" or image.mode.startswith("I;16"):
        wide = np.asarray(image).clip(0, 65535)
        return Pillow.fromarray((wide >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            behind = Pillow.new("RGB", image.size, NEUTRAL)
            behind.paste(image, mask=alpha)
            return behind
    return image if image.mode == "RGB" else image.convert("RGB")


class _Jpeg(JpegImageFile):
    def getexif(self) -> Pillow.Exif:
        # Pillow looks for the resolution in EXIF while opening, and warns about broken blocks.
        return Pillow.Exif()

    def load_read(self, read_bytes: int) -> bytes:
        # Pillow refuses a truncated file too, unless somebody set ImageFile.LOAD_TRUNCATED_IMAGES.
        data = self.fp.read(read_bytes) if self.fp else b""
        if not data:
            raise PhotoError("expected a complete JPEG file, got a truncated one")
        return data


def _open_jpeg(data: bytes) -> ImageFile:
    header = _Jpeg(io.BytesIO(data))
    width, height = header.size
    check_size(width, height)

    def load(shrink: int) -> Pillow.Image:
        image = _Jpeg(io.BytesIO(data))
        if shrink > 1:
            image.draft(None, (width // shrink, height // shrink))
        image.load()
        return image

    shrinks = tuple(s for s in (8, 4, 2, 1) if s <= min(width, height))
    exif = header.info.get("exif", b"")
    return ImageFile(width, height, exif_orientation(exif), load, shrinks, exif)


def _open_png(data: bytes) -> ImageFile:
    """Only the chunks that make pixels reach Pillow: no compressed text, no profiles; of an animation the still."""
    kept, exif, at = [data[:8]], b"", 8
    kind = b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise PhotoError("expected a complete PNG file, got a truncated one")
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise PhotoError("expected a complete PNG file, got a truncated one")
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise PhotoError(f"expected a PNG file with matching checksums, got a damaged {kind.decode()} chunk")
            kept.append(data[at:end])
        elif kind == b"eXIf":
            exif = data[at + 8 : end - 4]
        at = end
    return _open_simple(PngImageFile, b"".join(kept), exif)


def _open_webp(data: bytes) -> ImageFile:
    # libwebp allocates the canvas while opening: its size is checked first, from the header.
    chunk, payload = data[12:16], data[20:30].ljust(10, b"\0")
    if chunk == b"VP8X":
        check_size(int.from_bytes(payload[4:7], "little") + 1, int.from_bytes(payload[7:10], "little") + 1)
    elif chunk == b"VP8L":
        bits = int.from_bytes(payload[1:5], "little")
        check_size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    else:
        check_size(*(side & 0x3FFF for side in struct.unpack_from("<HH", payload, 6)))
    return _open_simple(WebPImageFile, data)


def _open_gif(data: bytes) -> ImageFile:
    """Only what makes the first frame reaches Pillow, which enlarges the canvas to it while opening, with a warning."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    start = at = 13 + (3 << (flags & 7) + 1 if flags & 128 else 0)
    control = b""
    while data[at] == 0x21:
        extension = at
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
        if data[extension + 1] == 0xF9 and at - extension == 8:
            control = data[extension:at]
    mark, x, y, frame_width, frame_height = struct.unpack_from("<BHHHH", data, at)
    if mark != 0x2C:
        raise PhotoError("expected a frame in the GIF file, got none")
    check_size(max(width, x + frame_width), max(height, y + frame_height))
    return _open_simple(GifImageFile, data[:start] + control + data[at:])


def _open_bmp(data: bytes) -> ImageFile:
    return _open_simple(BmpImageFile, data)


def _open_simple(decoder: Callable[[io.BytesIO], Pillow.Image], data: bytes, exif: bytes = b"") -> ImageFile:
    header = decoder(io.BytesIO(data))
    width, height = header.size
    check_size(width, height)

    def load(_: int) -> Pillow.Image:
        image = decoder(io.BytesIO(data))
        image.load()
        return image

    exif = exif or header.info.get("exif", b"")
    return ImageFile(width, height, exif_orientation(exif), load, exif=exif)


def _open_heif(data: bytes) -> ImageFile:
    # Imported here: it loads libheif, which few photos need.
    import pillow_heif

    header = pillow_heif.open_heif(data)
    width, height = header.size
    check_size(width, height)

    def load(_: int) -> Pillow.Image:
        return pillow_heif.open_heif(data).to_pillow()

    # libheif turns the pixels itself, from the container's own rotation; EXIF in HEIF only repeats it.
    return ImageFile(width, height, 1, load, exif=header.info.get("exif") or b"")


_OPENERS: Mapping[str, Callable[[bytes], ImageFile]] = {
    "JPEG": _open_jpeg,
    "PNG": _open_png,
    "WebP": _open_webp,
    "HEIF": _open_heif,
    "GIF": _open_gif,
    "BMP": _open_bmp,
}
_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"%PDF", "a PDF document"),
    (b"II*\0", "a TIFF or camera raw file"),
    (b"MM\0*", "a TIFF or camera raw file"),
    (b"PK\x03\x04", "a ZIP archive"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def _format(data: bytes) -> str:
    """Key into the openers, told from the content; the file's name does not matter."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return "HEIF"
    found = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if found in _OPENERS:
        return found
    if not data:
        found = "an empty file"
    elif not found and all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in data[:64]):
        found = "text"  # not which: it may be somebody's
    elif not found:
        found = f"bytes starting with {data[:8].hex()}"
    raise PhotoError(f"expected {EXPECTED}, got {found}")
