"""A perceptual hash: 64 bits that stay nearly the same when a photo is sent on, shrunk or pressed again."""

from __future__ import annotations

import cv2
import numpy as np

from meterocr.vision.image import Photo

_SIDE = 32
_LOW = 8


def perceptual_hash(photo: Photo) -> int:
    """The signs of the photo's lowest frequencies against their median, for the upright photo in grey.

    The DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2:
    32 x 32 px, the 8 x 8 lowest frequencies without those that are constant along a side.

    Raises:
        PhotoError: the photo cannot be decoded.
    """
    pixels, _ = photo.view(4 * _SIDE)
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[1 : _LOW + 1, 1 : _LOW + 1].ravel()
    bits = low > np.median(low)
    return int.from_bytes(np.packbits(bits).tobytes())
