"""Whole photos: meters on walls in perspective, and walls without meters."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from meterocr.readout import IN_TRANSITION, UNREAD, DisplayKind, Quantity
from training.canvas import Canvas, Points, SynthDisplay, SynthScene, box_quad, homography, to_image
from training.crops import CropBank
from training.faces import Face, box_face, round_face
from training.faded import faded
from training.lcd import paint_lcd
from training.walls import clutter, random_wall
from training.weather import Subject, grain, photograph, random_veil, soil, wires
from training.wheels import paint_wheels

_SMALLEST = 3.5
"""Width of a digit in px below which nobody reads it."""
_SAMPLE_CONTRAST = 70.0


@dataclass(frozen=True)
class View:
    """How a photo is taken: ``size`` (w, h) px; ``trouble`` 0 (a good, straight photo) to 1; any ``turned``."""

    size: tuple[int, int]
    trouble: float
    turned: bool


def random_view(rng: np.random.Generator) -> View:
    """A view as people take them with phones, and as fixed cameras do."""
    long = int(rng.integers(640, 1025))
    short = int(long * rng.choice([0.5625, 0.75, 1.0], p=[0.25, 0.5, 0.25]))
    size = (short, long) if rng.random() < 0.65 else (long, short)
    return View(size, 1.0, rng.random() < 0.15)


def random_face(rng: np.random.Generator, kind: DisplayKind, crops: CropBank | None, trouble: float) -> Face:
    """A meter with a display of ``kind``."""
    height = rng.uniform(26, 44) if trouble else rng.uniform(56, 70)
    if kind is DisplayKind.LCD:
        return box_face(rng, paint_lcd(rng, digit_height=height, trouble=trouble))
    panel = paint_wheels(rng, digit_height=height, trouble=trouble, crops=crops)
    return (round_face if rng.random() < 0.5 else box_face)(rng, panel)


def _corners(rng: np.random.Generator, face: Face, view: View) -> Points:
    """Where the corners of the face come to lie in the photo, so that its whole display is inside."""
    h, w = face.mask.shape
    pw, ph = view.size
    corners = box_quad(0, 0, w, h) - face.display.quad.mean(axis=0)
    wide = float(np.ptp(face.display.quad[:, 0]))
    share = rng.uniform(0.5, 0.62) if view.trouble == 0 else np.exp(rng.uniform(np.log(0.13), np.log(0.95)))
    scale = share * min(pw, 1.2 * ph) / wide
    angle = rng.normal(0, 0.09 * view.trouble) + (rng.uniform(0, 2 * np.pi) if view.turned else 0.0)
    if view.trouble == 0:
        scale = min(scale, 0.92 * min(pw / w, ph / h))
        corners = box_quad(-w / 2, -h / 2, w / 2, h / 2)
    c, s = np.cos(angle), np.sin(angle)
    corners = corners * scale @ np.array([[c, s], [-s, c]], np.float32)
    depth = 1 + rng.normal(0, 0.09 * view.trouble + 0.015, 2) @ (corners / max(h, w) / scale).T
    corners = corners / np.clip(depth, 0.6, 1.6)[:, None]
    middle = np.array([pw / 2, ph / 2]) + rng.normal(0, 0.14 * view.trouble, 2) * (pw, ph)
    return np.asarray(corners + middle, np.float32)


def _inside(display: SynthDisplay, view: View) -> bool:
    low, high = display.quad.min(axis=0), display.quad.max(axis=0)
    return bool((low > 2).all() and (high < np.array(view.size) - 3).all())


def _paste(photo: Canvas, face: Face, matrix: NDArray[np.float64]) -> None:
    """Lay the face over the photo, with the shadow it throws."""
    h, w = photo.shape[:2]
    image = to_image(face.canvas)
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale < 0.7:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / float(scale)), np.uint8)
    warped = cv2.warpPerspective(image, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(face.mask, matrix, (w, h))
    shadow = cv2.resize(cv2.blur(cv2.resize(mask, (w // 8, h // 8)), (7, 7)), (w, h))
    photo *= 1 - 0.45 * shadow.astype(np.float32)[..., None] / 255
    photo += mask.astype(np.float32)[..., None] / 255 * (warped.astype(np.float32) - photo)


def _place(rng: np.random.Generator, photo: Canvas, face: Face, view: View) -> SynthDisplay | None:
    """The face on the photo and its display there, or ``None`` when no try brought the display inside."""
    h, w = face.mask.shape
    for _ in range(12):
        matrix = homography(box_quad(0, 0, w, h), _corners(rng, face, view))
        display = face.display.moved(matrix)
        if _inside(display, view):
            _paste(photo, face, matrix)
            return display
    return None


def _second(
    rng: np.random.Generator, photo: Canvas, face: Face, first: SynthDisplay, view: View
) -> SynthDisplay | None:
    """A further meter that hides nothing of the first display; ``None`` where there was no room."""
    h, w = face.mask.shape
    for _ in range(8):
        corners = _corners(rng, face, View(view.size, 1.0, False))
        low, high = corners.min(axis=0), corners.max(axis=0)
        apart = (first.quad.max(axis=0) < low).any() or (first.quad.min(axis=0) > high).any()
        matrix = homography(box_quad(0, 0, w, h), corners)
        display = face.display.moved(matrix)
        if apart and _inside(display, view):
            _paste(photo, face, matrix)
            return display
    return None


def compose(rng: np.random.Generator, kind: DisplayKind, crops: CropBank | None, view: View) -> SynthScene:
    """A photo of a meter of ``kind``, at times with a second one."""
    photo = random_wall(rng, (view.size[1], view.size[0]))
    display = None
    while display is None:
        face = random_face(rng, kind, crops, view.trouble)
        display = _place(rng, photo, face, view)
    displays, faces = [display], [face]
    if rng.random() < 0.12:
        other = random_face(rng, kind if rng.random() < 0.7 else DisplayKind.LCD, crops, view.trouble)
        second = _second(rng, photo, other, display, view)
        if second is not None:
            displays.append(second)
            faces.append(other)
    clear = to_image(photo)
    photo = random_veil(rng, (view.size[1], view.size[0]), 0.5).over(photo)
    soil(rng, photo, 0.5)
    if rng.random() < 0.12:
        wires(rng, photo, int(rng.integers(1, 4)), view.size[0] / 120)
    if rng.random() < 0.15:
        photo *= np.float32(rng.uniform(0.2, 0.6))
    scene = _shoot(rng, photo, faces, displays)
    return SynthScene(scene.image, tuple(faded(d, clear, scene.image) for d in scene.displays))


def _plain(face: Face) -> bool:
    """Whether anybody would read the face's display at once, and its unit where it is an LCD."""
    d = face.display
    steady = len(d.digits) >= 5 and d.legible and UNREAD not in d.text and max(d.turns) <= IN_TRANSITION
    unit = d.kind is DisplayKind.MECHANICAL or d.shows is Quantity.KWH
    return steady and unit and face.panel.contrast > _SAMPLE_CONTRAST


def compose_sample(rng: np.random.Generator, kind: DisplayKind, size: tuple[int, int]) -> SynthScene:
    """A well taken photo of one meter with a plain reading of at least five digits."""
    view = View(size, 0.0, False)
    photo = random_wall(rng, (size[1], size[0]), calm=True)
    display = None
    while display is None:
        face = random_face(rng, kind, None, 0.0)
        if _plain(face):
            display = _place(rng, photo, face, view)
    photo = random_veil(rng, (size[1], size[0]), 0.0).over(photo)
    image = grain(rng, np.asarray(cv2.GaussianBlur(to_image(photo), (0, 0), 0.6), np.uint8), 1.5)
    return SynthScene(image, (display,))


def _shoot(rng: np.random.Generator, photo: Canvas, faces: list[Face], displays: list[SynthDisplay]) -> SynthScene:
    panel, display = faces[0].panel, displays[0]
    scale = float(np.linalg.norm(display.quad[1] - display.quad[0])) / float(np.ptp(panel.display.quad[:, 0]))
    width = max(2.0, panel.digit_width * scale)
    image, blur = photograph(rng, to_image(photo), Subject(width, panel.contrast))
    if width < _SMALLEST or not panel.survives(blur / scale):
        displays = [d.unreadable() for d in displays]
    return SynthScene(image, tuple(displays))


def compose_background(rng: np.random.Generator) -> SynthScene:
    """A photo without any display: walls, boxes, labels, numbers on stickers."""
    view = random_view(rng)
    photo = random_wall(rng, (view.size[1], view.size[0]))
    clutter(rng, photo, int(rng.integers(2, 24)))
    photo = random_veil(rng, (view.size[1], view.size[0]), 0.6).over(photo)
    image, _ = photograph(rng, to_image(photo), Subject(rng.uniform(6, 30), 80.0))
    return SynthScene(image, ())
