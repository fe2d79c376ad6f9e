"""Barcodes and QR codes on the meter's plate: candidates for its serial number (optional extra ``barcode``)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from meterocr.errors import SettingError
from meterocr.readout import Quad
from meterocr.vision.image import Photo


@dataclass(frozen=True, slots=True)
class Barcode:
    """One code that was read, its checksum right where the format has one.

    Attributes:
        text: what it says, as it stands; which part of it is the serial number is the manufacturer's convention.
        format: name of the symbology, such as ``"Code128"`` or ``"QRCode"``.
        quad: corners in px of the upright photo, top left first in the code's own reading direction.
    """

    text: str
    format: str
    quad: Quad


def read_barcodes(photo: Photo) -> tuple[Barcode, ...]:
    """All barcodes and QR codes in the photo, from top to bottom; looked for at full resolution, any direction.

    Raises:
        SettingError: zxing-cpp is not installed.
        PhotoError: the photo cannot be decoded.
    """
    try:
        import zxingcpp
    except ImportError as error:
        raise SettingError(
            "expected zxing-cpp for reading barcodes, got none: pip install 'meterocr[barcode]'"
        ) from error
    kinds = zxingcpp.BarcodeFormat
    # What meter plates carry; the rest is left out, as it is found in any pattern of lines.
    wanted = zxingcpp.BarcodeFormats(
        [
            kinds.Code128,
            kinds.Code39,
            kinds.Code93,
            kinds.ITF,
            kinds.EAN13,
            kinds.QRCode,
            kinds.DataMatrix,
            kinds.PDF417,
        ]
    )
    pixels, factor = photo.view(max(photo.width, photo.height))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    found = []
    for code in zxingcpp.read_barcodes(grey, formats=wanted, text_mode=zxingcpp.TextMode.Plain):
        at = code.position
        corners = [at.top_left, at.top_right, at.bottom_right, at.bottom_left]
        a, b, c, d = ((p.x * factor, p.y * factor) for p in corners)
        found.append(Barcode(code.text, code.format.name, Quad((a, b, c, d))))
    return tuple(sorted(found, key=lambda code: (code.quad.bounds[1], code.quad.bounds[0])))
