"""A readout drawn into its photo, for people to look at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from meterocr.readout import UNREAD, Digit, Point, Quad, Readout
from meterocr.vision.geometry import moved
from meterocr.vision.image import Image, PhotoSource, load_photo

Colour = tuple[int, int, int]

SURE: Colour = (38, 166, 91)
DOUBTFUL: Colour = (243, 156, 18)
UNREADABLE: Colour = (214, 48, 49)
_PAPER: Colour = (20, 24, 28)
_INK: Colour = (255, 255, 255)
_SURE_FROM = 0.9
_LEAST_TEXT = 12.0  # size of a line of text, px
_MOST_SIDE = 1280  # of a JPEG, px
_LEAST_SIDE = 640  # long side of the drawn photo, px


def draw(photo: PhotoSource, readout: Readout) -> Image:
    """A copy of the photo with the display's outline, its digits and how sure they are.

    Each digit stands above its place, with its confidence in percent below; green: sure, orange: doubtful, red: not
    made out; an underlined digit is a wheel between two. The whole reading, or the reasons why there is none, stand
    in a band below the photo.

    Args:
        photo: the photo that was read, in any form that :meth:`MeterReader.read` takes.
        readout: what was read.

    Returns:
        (H, W, 3) RGB uint8: the upright photo in full size, a small one enlarged by a whole factor, and the band
        below. What was given is not changed.

    Raises:
        PhotoError: it cannot be decoded.
        ValueError: the readout is of a photo of another size.
    """
    loaded = load_photo(photo)
    if (loaded.width, loaded.height) != (readout.width, readout.height):
        raise ValueError(
            f"expected the photo of the readout, {readout.width} x {readout.height} px, "
            f"got {loaded.width} x {loaded.height} px"
        )
    pixels, _ = loaded.view(max(loaded.width, loaded.height))
    factor = -(-_LEAST_SIDE // max(loaded.width, loaded.height))
    image = Pillow.fromarray(pixels)
    image = image.resize((image.width * factor, image.height * factor), Pillow.Resampling.NEAREST)
    canvas = ImageDraw.Draw(image)
    unit = max(_LEAST_TEXT, min(image.size) / 28, max(image.size) / 45)
    for display in readout.displays[1:]:
        _outline(canvas, moved(display.quad, factor), _PAPER, unit / 8)
    if readout.quad is not None:
        _outline(canvas, moved(readout.quad, factor), _colour(readout.confidence, readout.text), unit / 6)
        _digits(canvas, [replace(d, quad=moved(d.quad, factor)) for d in readout.digits], unit)
    return np.concatenate([np.asarray(image, dtype=np.uint8), _band(image.width, readout, unit)])


def draw_jpeg(photo: PhotoSource, readout: Readout) -> bytes:
    """The same as a JPEG that a phone on a slow network can load: at most 1280 px.

    Raises:
        PhotoError, ValueError: as :func:`draw`.
    """
    image = Pillow.fromarray(draw(photo, readout))
    image.thumbnail((_MOST_SIDE, _MOST_SIDE))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def _outline(canvas: ImageDraw.ImageDraw, quad: Quad, colour: Colour, width: float) -> None:
    # A dark line below the coloured one keeps it visible on any ground.
    closed = [*quad.points, quad.points[0], quad.points[1]]
    canvas.line(closed, fill=_PAPER, width=max(3, round(width * 2)), joint="curve")
    canvas.line(closed, fill=colour, width=max(1, round(width)), joint="curve")


def _digits(canvas: ImageDraw.ImageDraw, digits: Sequence[Digit], unit: float) -> None:
    for digit in digits:
        colour = _colour(digit.confidence, digit.symbol)
        a, b, c, d = digit.quad.points
        step = max(1.0, digit.quad.width)
        size = min(max(step, unit * 0.8), unit * 2)
        up = _direction(_middle(d, c), _middle(a, b))
        above = _beyond(_middle(a, b), up, size * 0.8)
        below = _beyond(_middle(d, c), up, -size * 0.5)
        _label(canvas, above, digit.symbol, size, colour)
        percent = min(99, int(digit.confidence * 100))
        _label(canvas, below, str(percent), min(size * 0.55, step * 0.6), colour)
        if digit.in_transition:
            canvas.line([d, c], fill=DOUBTFUL, width=max(2, round(unit / 5)))


def _label(canvas: ImageDraw.ImageDraw, centre: Point, text: str, size: float, colour: Colour) -> None:
    font = ImageFont.load_default(max(6.0, size))
    stroke = max(1, round(size / 8))
    # Not outside the photo, where a display that fills it would have its digits.
    width, height = canvas.im.size
    half = size * 0.6
    x = min(max(centre[0], half), max(half, width - half))
    y = min(max(centre[1], half), max(half, height - half))
    canvas.text((x, y), text, fill=colour, font=font, anchor="mm", stroke_width=stroke, stroke_fill=_PAPER)


def _band(width: int, readout: Readout, unit: float) -> Image:
    """The whole reading and what is wrong, (H, width, 3)."""
    lines = _words(readout)
    sizes = [_fitting(line, unit * (1.5 if i == 0 else 0.8), width - unit) for i, line in enumerate(lines)]
    steps = [1.4 * size for size in sizes]
    band = Pillow.new("RGB", (width, round(sum(steps) + unit / 2)), _PAPER)
    canvas = ImageDraw.Draw(band)
    y = unit / 4
    for i, (line, size, step) in enumerate(zip(lines, sizes, steps, strict=True)):
        colour = _colour(readout.confidence, readout.text) if i == 0 else _INK
        font = ImageFont.load_default(size)
        canvas.text((unit / 2, y + step / 2), line, fill=colour, font=font, anchor="lm")
        y += step
    return np.asarray(band, dtype=np.uint8)


def _fitting(line: str, size: float, width: float) -> float:
    """The text size, smaller if the line would be too long."""
    return max(6.0, min(size, size * width / ImageFont.load_default(size).getlength(line)))


def _words(readout: Readout) -> list[str]:
    lines = [issue.advice() for issue in readout.issues]
    if not readout.text:
        return ["no reading", *lines]
    unit = f" {readout.shows.unit}".rstrip()
    return [f"{readout.text}{unit}   {_percent(readout.confidence)} sure", *lines]


def _percent(confidence: float) -> str:
    # Rounded down: nothing that is not certain is called 100 %.
    return f"{int(confidence * 1000) / 10:g} %"


def _colour(confidence: float, text: str) -> Colour:
    if not text or UNREAD in text:
        return UNREADABLE
    return SURE if confidence >= _SURE_FROM else DOUBTFUL


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2


def _direction(a: Point, b: Point) -> Point:
    """Direction from a to b."""
    length = max(1e-6, ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5)
    return (b[0] - a[0]) / length, (b[1] - a[1]) / length


def _beyond(point: Point, direction: Point, distance: float) -> Point:
    return point[0] + direction[0] * distance, point[1] + direction[1] * distance
