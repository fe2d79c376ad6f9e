"""Photos: whatever the caller has, checked once, decoded only as far as it is looked at."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import numpy as np
from PIL import Image as Pillow

from meterocr.errors import PhotoError
from meterocr.vision.exif import exif_orientation
from meterocr.vision.image_formats import (
    EXPECTED,
    MAX_PIXELS,
    Image,
    check_size,
    open_image,
    upright_pixels,
)

__all__ = ["MAX_BYTES", "MAX_PIXELS", "Image", "Photo", "PhotoSource", "load_photo"]

PhotoSource = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Pillow.Image | Image
"""A path, the bytes of an image file, a binary file object, a Pillow image, or (H, W, 3) RGB uint8 pixels."""

MAX_BYTES = 256 * 2**20
"""Files with more bytes are refused unread."""

_ORIENTATION_TAG = 0x0112
_PILLOW_LOADING = Lock()  # a Pillow image that is still on disk cannot be loaded from two threads at once


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One photo, upright; made by :func:`load_photo`, safe to look at from several threads.

    Attributes:
        name: file name, or ``"photo"``.
        sha256: hex digest of the bytes as given; for Pillow images and arrays, of shape and upright pixels.
        width, height: size of the upright photo, px.
        exif: the EXIF block of the file; empty where there is none, and for Pillow images and arrays.
    """

    name: str
    sha256: str
    width: int
    height: int
    _decode: Callable[[int], Image] = field(repr=False)
    _shrinks: tuple[int, ...] = field(repr=False)
    exif: bytes = field(default=b"", repr=False)
    _views: dict[int, Image] = field(default_factory=dict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def view(self, min_long_side: int) -> tuple[Image, float]:
        """The photo no smaller than it has to be.

        A JPEG is decoded at 1/8, 1/4, 1/2 or 1/1, whichever is the smallest with a long side of at least
        ``min_long_side`` px; anything else at its full size. ``view(max(width, height))`` is always the full size.

        Returns:
            The pixels, (H, W, 3) RGB uint8, read-only, kept for the life of the photo; and the factor from px of
            the view to px of the photo.

        Raises:
            PhotoError: the file is damaged or truncated, which shows only when it is decoded.
        """
        long_side = max(self.width, self.height)
        shrink = next((s for s in self._shrinks if long_side // s >= min_long_side), 1)
        with self._lock:
            if shrink not in self._views:
                with _refusing(self.name):
                    pixels = self._decode(shrink)
                pixels.setflags(write=False)
                self._views[shrink] = pixels
            return self._views[shrink], float(shrink)


def load_photo(source: PhotoSource, *, name: str | None = None) -> Photo:
    """Check a photo and read its header; pixels are decoded by :meth:`Photo.view`.

    Read are JPEG (also the first picture of an MPO), PNG, WebP, HEIC/HEIF, GIF and BMP files, told by their content
    and not by their name; of an animation the first frame. EXIF orientation is applied; transparent pixels become
    grey; 16-bit grey is scaled to 8 bit. A file object is read from where it stands to its end and is left open.
    Of a Pillow image the current frame counts. What the caller gave is never changed.

    Args:
        source: see :data:`PhotoSource`.
        name: what the photo is called in results and errors, instead of the file's name.

    Raises:
        PhotoTooLargeError: more than :data:`MAX_PIXELS` pixels.
        PhotoError: anything else that is wrong with the photo, whatever was given; no other exception.
    """
    if name is None:
        name = _name_of(source)
    with _refusing(name):
        if isinstance(source, np.ndarray):
            return _photo_of_pixels(name, _copy_of_array(source))
        if isinstance(source, Pillow.Image):
            return _photo_of_pixels(name, _pixels_of_pillow(source))
        data = _read(source)
        file = open_image(data)
        size = (file.width, file.height) if file.orientation < 5 else (file.height, file.width)
        return Photo(name, hashlib.sha256(data).hexdigest(), *size, file.decode, file.shrinks, file.exif)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Whatever goes wrong with a photo becomes a PhotoError that names it."""
    try:
        yield
    except PhotoError as error:
        raise type(error)(f"{name}: {error}") from error.__cause__
    except Exception as error:  # decoders fed with damaged files raise all sorts, from struct.error to MemoryError
        reason = " ".join(f"{type(error).__name__}: {error}".rstrip(": ").split())
        raise PhotoError(f"{name}: expected a photo that can be decoded, got a damaged one ({reason})") from error


def _name_of(source: object) -> str:
    attribute = "filename" if isinstance(source, Pillow.Image) else "name"
    try:
        named = source if isinstance(source, str | os.PathLike) else getattr(source, attribute, None)
        return Path(named).name or "photo" if named is not None else "photo"
    except Exception:  # file objects made from descriptors are named by a number, others may do anything
        return "photo"


def _read(source: Any) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif isinstance(source, str | os.PathLike):
        data = _read_path(Path(source))
    elif callable(getattr(source, "read", None)):
        data = _read_stream(source)
    else:
        raise PhotoError(
            "expected a path, bytes, a binary file object, a Pillow image or an (H, W, 3) RGB uint8 array, "
            f"got {type(source).__name__}"
        )
    if len(data) > MAX_BYTES:
        raise PhotoError(f"expected at most {MAX_BYTES:,} bytes, got more")
    return data


def _read_path(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PhotoError(f"expected {EXPECTED}, got a directory")
        if path.exists() and not path.is_file():
            raise PhotoError(f"expected {EXPECTED}, got a device or pipe")
        with path.open("rb") as stream:
            return _read_stream(stream)
    except FileNotFoundError as error:
        raise PhotoError(f"expected {EXPECTED}, got a path where no file is") from error
    except (OSError, ValueError) as error:
        raise PhotoError(f"expected {EXPECTED}, got a path that cannot be read ({error})") from error


def _read_stream(stream: Any) -> bytes:
    """In pieces, so that an endless stream ends at MAX_BYTES and a raw one may hand over less than asked for."""
    pieces: list[bytes] = []
    total = 0
    while total <= MAX_BYTES:
        try:
            piece = stream.read(1 << 20)
        except Exception as error:  # a file object may be anybody's code
            raise PhotoError(f"expected a file object open for reading, got {type(error).__name__}: {error}") from error
        if not isinstance(piece, bytes):
            raise PhotoError(f"expected a binary file object, got one that reads {type(piece).__name__}")
        if not piece:
            break
        pieces.append(piece)
        total += len(piece)
    return b"".join(pieces)


def _copy_of_array(array: np.ndarray[Any, Any]) -> Image:
    if array.ndim != 3 or array.shape[2] != 3 or array.dtype != np.uint8:
        raise PhotoError(f"expected an (H, W, 3) RGB uint8 array, got shape {array.shape} of {array.dtype}")
    check_size(array.shape[1], array.shape[0])
    return np.array(array, order="C")


def _pixels_of_pillow(image: Pillow.Image) -> Image:
    check_size(*image.size)
    with _PILLOW_LOADING:
        image.load()
    exif = image.info.get("exif")
    # Pillow's own parser warns about broken EXIF blocks, so it is asked only about tags set in memory.
    orientation = exif_orientation(exif) if isinstance(exif, bytes) else image.getexif().get(_ORIENTATION_TAG, 1)
    return upright_pixels(image, orientation if orientation in range(1, 9) else 1)


def _photo_of_pixels(name: str, pixels: Image) -> Photo:
    height, width, _ = pixels.shape
    digest = hashlib.sha256(f"{height}x{width}x3 uint8 RGB\n".encode())
    digest.update(pixels.data)
    return Photo(name, digest.hexdigest(), width, height, lambda _: pixels, (1,))
