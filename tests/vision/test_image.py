"""load_photo and Photo: every way to hand over a photo, and every way to get it wrong."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageFile

import meterocr.vision.image as image_module
from meterocr.errors import PhotoError, PhotoTooLargeError
from meterocr.vision.image import Image, load_photo


def gradient(width: int, height: int) -> Image:
    """Smooth, without symmetry, so that JPEG keeps it and a wrong turn shows."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = 255 * x / max(width - 1, 1), 255 * y / max(height - 1, 1)
    return np.stack([red, green, np.full_like(red, 60.0)], axis=2).astype(np.uint8)


PIXELS = gradient(96, 64)


def encoded(image: Image | Pillow.Image, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    pillow = Pillow.fromarray(image) if isinstance(image, np.ndarray) else image
    pillow.save(buffer, kind, **options)
    return buffer.getvalue()


JPEG = encoded(PIXELS, quality=95, subsampling=0)
PNG = encoded(PIXELS, "PNG")


def full(source: Any) -> Image:
    photo = load_photo(source)
    pixels, factor = photo.view(max(photo.width, photo.height))
    assert factor == 1.0
    assert pixels.shape == (photo.height, photo.width, 3)
    return pixels


@pytest.mark.parametrize("kind", ["path", "text path", "bytes", "bytearray", "memoryview", "stream", "file"])
def test_every_way_to_hand_over_a_file_gives_the_same_photo(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(PNG)
    with path.open("rb") as stream:
        source = {
            "path": path,
            "text path": str(path),
            "bytes": PNG,
            "bytearray": bytearray(PNG),
            "memoryview": memoryview(PNG),
            "stream": io.BytesIO(PNG),
            "file": stream,
        }[kind]
        photo = load_photo(source)
    assert photo.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (photo.width, photo.height) == (96, 64)
    assert np.array_equal(photo.view(1)[0], PIXELS)
    assert photo.name == ("meter.png" if kind in ("path", "text path", "file") else "photo")


def test_arrays_and_pillow_images_of_the_same_pixels_are_the_same_photo() -> None:
    array, pillow = load_photo(PIXELS), load_photo(Pillow.fromarray(PIXELS))
    assert array.sha256 == pillow.sha256
    assert array.sha256 != load_photo(PIXELS.reshape(96, 64, 3)).sha256
    assert np.array_equal(array.view(10)[0], PIXELS)
    assert np.array_equal(pillow.view(10)[0], PIXELS)


def test_name_given_by_the_caller_wins(tmp_path: Path) -> None:
    assert load_photo(PNG, name="consumer 7").name == "consumer 7"
    with pytest.raises(PhotoError, match="consumer 7: expected"):
        load_photo(tmp_path / "gone.jpg", name="consumer 7")


def test_what_the_caller_gave_is_not_changed_and_later_changes_do_not_show() -> None:
    array = PIXELS.copy()
    photo = load_photo(array)
    array[:] = 0
    assert np.array_equal(photo.view(1)[0], PIXELS)

    pillow = Pillow.fromarray(PIXELS).convert("P")
    pillow.info["transparency"] = 3
    before = (pillow.mode, pillow.size, dict(pillow.info), pillow.tobytes())
    load_photo(pillow).view(1)
    assert (pillow.mode, pillow.size, dict(pillow.info), pillow.tobytes()) == before

    stream = io.BytesIO(b"prefix" + PNG)
    stream.seek(6)
    assert np.array_equal(full(stream), PIXELS)
    assert not stream.closed


def test_views_are_read_only_and_kept() -> None:
    photo = load_photo(JPEG)
    pixels, _ = photo.view(96)
    assert photo.view(96)[0] is pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("min_long_side", "factor"),
    [(1, 8), (100, 8), (101, 4), (200, 4), (201, 2), (401, 2), (402, 1), (803, 1), (5000, 1)],
)
def test_a_jpeg_is_decoded_no_larger_than_asked(min_long_side: int, factor: int) -> None:
    original = gradient(803, 601)
    pixels, got = load_photo(encoded(original, quality=95)).view(min_long_side)
    assert got == factor
    assert pixels.shape == (-(-601 // factor), -(-803 // factor), 3)
    rows, columns = np.array([100, 300, 500]), np.array([100, 400, 700])
    expected = original[rows][:, columns].astype(int)
    assert np.abs(pixels[rows // factor][:, columns // factor].astype(int) - expected).max() <= 8


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (7, 3), (15, 9), (1, 40), (3000, 1)])
def test_odd_sizes_in_every_view(size: tuple[int, int]) -> None:
    photo = load_photo(encoded(gradient(*size)))
    for side in (1, 2, 5, 20, 4000):
        pixels, factor = photo.view(side)
        assert pixels.shape == (-(-size[1] // int(factor)), -(-size[0] // int(factor)), 3)
    assert photo.view(max(size))[1] == 1.0


FAILURES: list[tuple[str, Any, str]] = [
    ("empty", b"", "an empty file"),
    ("text", b"the meter shows 123", "got text"),
    ("html", b"<html><body>login</body></html>", "got text"),
    ("noise", bytes(range(200, 256)), "bytes starting with c8c9"),
    ("pdf", b"%PDF-1.7 ...", "a PDF document"),
    ("tiff", encoded(PIXELS, "TIFF"), "a TIFF"),
    ("zip", b"PK\x03\x04xxxx", "a ZIP archive"),
    ("only a magic number", b"\xff\xd8\xff", "a damaged one"),
    ("png signature", PNG[:8], "truncated"),
    ("none", None, "got NoneType"),
    ("number", 7, "got int"),
    ("list", [[1, 2]], "got list"),
    ("grey array", PIXELS[..., 0], r"got shape \(64, 96\) of uint8"),
    ("alpha array", np.zeros((4, 4, 4), np.uint8), r"got shape \(4, 4, 4\)"),
    ("float array", PIXELS.astype(np.float32), "of float32"),
    ("object array", np.full((2, 2, 3), None), "of object"),
    ("empty array", np.zeros((0, 5, 3), np.uint8), "at least one pixel, got 5 x 0"),
    ("empty pillow image", Pillow.new("RGB", (0, 3)), "at least one pixel"),
    ("text stream", io.StringIO("abc"), "one that reads str"),
    ("missing file", "no/such/meter.jpg", "a path where no file is"),
    ("nul in path", "a\0b", "cannot be read"),
    ("empty path", "", "a directory"),
    ("very long path", "x" * 5000, "cannot be read"),
]


@pytest.mark.parametrize(("source", "reason"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_what_is_not_a_photo_is_refused_with_the_reason(source: Any, reason: str) -> None:
    with pytest.raises(PhotoError, match=reason) as caught:
        load_photo(source)
    assert "expected" in str(caught.value)
    assert "got" in str(caught.value)


def test_directories_and_devices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="a directory"):
        load_photo(tmp_path)
    with pytest.raises(PhotoError, match="a device or pipe"):
        load_photo(os.devnull)


def test_closed_things_are_refused() -> None:
    stream = io.BytesIO(PNG)
    stream.close()
    with pytest.raises(PhotoError, match="open for reading"):
        load_photo(stream)
    pillow = Pillow.open(io.BytesIO(PNG))
    pillow.close()
    with pytest.raises(PhotoError, match="expected"):
        load_photo(pillow)
    view = memoryview(PNG)
    view.release()
    with pytest.raises(PhotoError, match="expected"):
        load_photo(view)


def test_a_stream_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        def read(self, size: int) -> bytes:
            return bytes(min(size, 1000))

    monkeypatch.setattr(image_module, "MAX_BYTES", 5000)
    with pytest.raises(PhotoError, match="at most 5,000 bytes"):
        load_photo(Endless())  # type: ignore[arg-type]


def test_objects_that_misbehave_are_refused() -> None:
    class Hostile:
        @property
        def name(self) -> str:
            raise RuntimeError("no name")

        def read(self, size: int) -> bytes:
            raise RuntimeError(f"no {size} bytes")

    with pytest.raises(PhotoError, match="photo: expected a file object open for reading, got RuntimeError"):
        load_photo(Hostile())  # type: ignore[arg-type]


def test_too_many_pixels() -> None:
    just_right = np.broadcast_to(np.uint8(0), (5000, 10_000, 3))
    assert load_photo(just_right).width == 10_000
    with pytest.raises(PhotoTooLargeError, match=r"at most 50,000,000 pixels, got 50,010,000 \(10002 x 5000\)"):
        load_photo(np.broadcast_to(np.uint8(0), (5000, 10_002, 3)))
    with pytest.raises(PhotoTooLargeError):
        load_photo(Pillow.new("1", (10_000, 5_001)))


@pytest.mark.parametrize("tolerant", [False, True], ids=["pillow as it is", "pillow told to tolerate"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=["baseline", "progressive"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.999])
def test_a_truncated_jpeg_is_refused_not_read_half_grey(
    share: float, options: dict[str, bool], tolerant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)
    data = encoded(gradient(800, 600), quality=90, **options)
    for side in (1, 300, 800):
        with pytest.raises(PhotoError, match="truncated"):
            load_photo(data[: int(len(data) * share)]).view(side)


def test_many_threads_see_the_same() -> None:
    photo = load_photo(encoded(gradient(803, 601)))
    lazy = Pillow.open(io.BytesIO(PNG))
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lambda i: photo.view((1, 150, 300, 803)[i % 4])[0], range(64)))
        photos = list(pool.map(lambda _: load_photo(lazy), range(16)))
    for index, view in enumerate(views):
        assert view is views[index % 4]
    assert len({p.sha256 for p in photos}) == 1
