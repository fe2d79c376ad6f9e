"""What a meter looks like around its display, as a vector: alike meters lie close together.

The models' inner features are not used: the exported files do not give them out, and they were trained to tell digits
apart, whatever the meter. Colours and edges of the display and of what surrounds it, seen straight on (twice the
display's width, four times its height), tell makes apart and need no net.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import Quad
from meterocr.vision.geometry import StripShape, cut_strip

Image = NDArray[np.uint8]
Vector = NDArray[np.float64]

_SHAPE = StripShape(96, 48, (0.5, 1.5))
_COLOURS = (8, 4)  # cells of the colour map
_EDGES = (6, 3)  # cells of the edge map
_DIRECTIONS = 8


def describe(image: Image, quad: Quad) -> Vector:
    """The descriptor of the meter whose display is at ``quad`` (px of ``image``, (H, W, 3) RGB uint8); length 1."""
    view = cut_strip(image, quad, _SHAPE)
    lab = cv2.cvtColor(view, cv2.COLOR_RGB2LAB)
    colours = cv2.resize(lab, _COLOURS, interpolation=cv2.INTER_AREA).astype(np.float64) - 128
    colours[..., 0] -= colours[..., 0].mean()  # how light it was that day says nothing about the meter
    return _joined(colours.ravel(), _edges(view))


def _edges(view: Image) -> Vector:
    """How much edge there is in each direction in each cell."""
    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength, angle = cv2.cartToPolar(across, down)
    bins = (angle * _DIRECTIONS / np.pi).astype(int) % _DIRECTIONS  # an edge and its opposite are the same
    layers = [cv2.resize(strength * (bins == i), _EDGES, interpolation=cv2.INTER_AREA) for i in range(_DIRECTIONS)]
    return np.sqrt(np.stack(layers).astype(np.float64)).ravel()


def _joined(*parts: Vector) -> Vector:
    """The parts one behind the other, each counting the same."""
    lengths = [float(np.linalg.norm(part)) or 1.0 for part in parts]
    return np.concatenate([p / n for p, n in zip(parts, lengths, strict=True)]) / np.sqrt(len(parts))
