"""What was read, over the photo."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from serving.pages.overlay import marked


def quad(x: float, y: float, width: float, height: float) -> list[list[float]]:
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]


@pytest.mark.parametrize(
    ("display", "digits"),
    [
        (quad(100, 100, 300, 60), [quad(100 + 50 * i, 100, 50, 60) for i in range(6)]),
        (quad(10, 10, 600, 460), [quad(10, 10, 600, 460)]),  # nothing found in what was taken for a display
        (quad(400, 0, 240, 400), [quad(560, 0, 80, 400)]),  # in the corner
        (quad(0, 0, 640, 480), [quad(600, 470, 0, 0)]),
    ],
)
def test_every_symbol_is_whole_and_small(display: list[list[float]], digits: list[list[list[float]]]) -> None:
    read = [{"quad": each, "symbol": "?", "confidence": 0.1} for each in digits]
    readout = {"quad": display, "displays": [{"quad": display}], "digits": read}
    svg = ET.fromstring(marked(readout, (640, 480), "/p", "alt"))  # noqa: S314 - our own
    left, top, width, height = map(float, svg.attrib["viewBox"].split())
    texts = [e.attrib for e in svg.iter() if e.tag.endswith("text")]
    assert len(texts) == len(digits)
    for text in texts:
        x, y, size = (float(text[name]) for name in ("x", "y", "font-size"))
        assert size <= max(0.17 * height, 8)
        assert left <= x - size / 2 + 1
        assert x + size / 2 <= left + width + 1
        assert top <= y - size / 2
        assert y + size / 2 <= top + height
