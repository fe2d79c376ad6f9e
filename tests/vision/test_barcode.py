"""Barcodes drawn with zxing-cpp's own writer, placed in a photo, found where they were put."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from meterocr.errors import PhotoError, SettingError
from meterocr.vision.barcode import Barcode, read_barcodes
from meterocr.vision.image import Image, load_photo

zxingcpp = pytest.importorskip("zxingcpp")


def drawn(text: str, kind: str) -> Image:
    barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    grey = np.array(zxingcpp.write_barcode_to_image(barcode, scale=3))
    return np.stack([grey] * 3, axis=2)


def plate(*codes: tuple[Image, int, int]) -> Image:
    """A light grey plate with each code's top left corner at x, y."""
    pixels = np.full((700, 900, 3), 225, np.uint8)
    for code, x, y in codes:
        pixels[y : y + code.shape[0], x : x + code.shape[1]] = code
    return pixels


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("Code128", "HPL1234567"), ("Code39", "JH00123"), ("Code93", "SEC77"), ("ITF", "28170477"),
        ("EAN13", "8901234567890"), ("QRCode", "https://meter.example/?sn=00123"), ("DataMatrix", "G 42"),
        ("PDF417", "Sr. No. 28170477"),
    ],
)  # fmt: skip
def test_codes_on_meter_plates(kind: str, text: str) -> None:
    code = drawn(text, kind)
    (found,) = read_barcodes(load_photo(plate((code, 150, 100))))
    assert (found.text, found.format) == (text, kind)
    x0, y0, x1, y1 = found.quad.bounds
    assert x0 >= 150
    assert y0 >= 100
    assert x1 <= 150 + code.shape[1]
    assert y1 <= 100 + code.shape[0]
    assert found.quad.width > code.shape[1] / 2


@pytest.mark.parametrize(("turns", "angle"), [(0, 0.0), (1, -90.0), (2, 180.0), (3, 90.0)])
def test_quad_starts_at_the_top_left_in_reading_direction(turns: int, angle: float) -> None:
    pixels = np.rot90(plate((drawn("JH0012345", "QRCode"), 200, 300)), turns)
    (found,) = read_barcodes(load_photo(pixels))
    assert abs((found.quad.angle - angle + 180) % 360 - 180) < 3


def test_several_from_top_to_bottom() -> None:
    low, high = drawn("LOW", "Code128"), drawn("HIGH", "QRCode")
    photo = load_photo(plate((low, 50, 450), (high, 500, 60)))
    assert [code.text for code in read_barcodes(photo)] == ["HIGH", "LOW"]


def test_nothing_to_find() -> None:
    assert read_barcodes(load_photo(plate())) == ()


def test_frozen() -> None:
    (found,) = read_barcodes(load_photo(plate((drawn("1", "QRCode"), 0, 0))))
    with pytest.raises(AttributeError):
        found.text = "2"  # type: ignore[misc]
    assert isinstance(found, Barcode)


def test_without_zxing_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(SettingError, match=r"pip install 'meterocr\[barcode\]'"):
        read_barcodes(load_photo(plate()))


def test_a_damaged_photo_is_a_photo_error() -> None:
    with pytest.raises(PhotoError, match="expected"):
        read_barcodes(load_photo(b"BM" + bytes(60)))
