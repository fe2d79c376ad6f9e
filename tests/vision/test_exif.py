"""When a photo was taken, by its EXIF block; how it is turned is in test_image_formats."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from PIL import Image as Pillow

from meterocr.vision.exif import exif_taken
from meterocr.vision.image import load_photo

KOLKATA = timezone(timedelta(hours=5, minutes=30))
NOON = "2024:08:31 12:00:00"


def block(taken: object = NOON, offset: object = None, *, tag: int = 0x9003) -> bytes:
    exif = Pillow.Exif()
    inner = exif.get_ifd(0x8769)
    inner[tag] = taken
    if offset is not None:
        inner[0x9011] = offset
    return exif.tobytes()


def photo(kind: str, exif: bytes) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (48, 32)).save(file, kind, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (None, datetime(2024, 8, 31, 12, tzinfo=KOLKATA)),
        ("+05:30", datetime(2024, 8, 31, 6, 30, tzinfo=UTC)),
        ("-03:00", datetime(2024, 8, 31, 15, tzinfo=UTC)),
        ("   :  ", datetime(2024, 8, 31, 12, tzinfo=KOLKATA)),  # as EXIF writes what it does not know
        ("+99:99", datetime(2024, 8, 31, 12, tzinfo=KOLKATA)),
    ],
)
def test_time_and_offset(offset: str | None, expected: datetime) -> None:
    assert exif_taken(block(offset=offset), KOLKATA) == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_of_a_file(kind: str) -> None:
    assert exif_taken(load_photo(photo(kind, block())).exif, KOLKATA) == datetime(2024, 8, 31, 12, tzinfo=KOLKATA)
    assert load_photo(photo(kind, b"")).exif == b""


def test_of_a_heic_file() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Pillow.new("RGB", (48, 32))).save(file, exif=block())
    assert exif_taken(load_photo(file.getvalue()).exif, KOLKATA) == datetime(2024, 8, 31, 12, tzinfo=KOLKATA)
    file = io.BytesIO()
    pillow_heif.from_pillow(Pillow.new("RGB", (48, 32))).save(file)
    assert exif_taken(load_photo(file.getvalue()).exif, KOLKATA) is None


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"Exif\0\0",
        b"II*\0\xff\xff\xff\xff",
        b"junk" * 9,
        block("0000:00:00 00:00:00"),
        block("    :  :     :  :  "),
        block("yesterday"),
        block("0001:01:01 00:00:00"),  # what .NET writes where it knows of none
        block("0001:01:01 00:00:00", "+14:00"),
        block("1970:01:01 00:00:00"),
        block("9999:12:31 23:59:59", "-12:00"),
        block("2024:08:31"),
        block(tag=0x9004),
        block()[:-12],
    ],
)
def test_none_where_it_does_not_say(exif: bytes) -> None:
    assert exif_taken(exif, KOLKATA) is None
