"""What lies between a display and its photo: light, glare, dirt on the glass, blur, noise.

Fields are drawn small and enlarged, which is smooth and quick. Canvases are float32 RGB, 0..255.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.canvas import Canvas, Image, Points, to_image

_COARSE = 8
_CABLES = ((235, 235, 230), (245, 245, 245), (150, 150, 148), (40, 40, 42), (25, 25, 25), (190, 35, 30), (40, 70, 160),
           (200, 170, 40), (110, 75, 50), (50, 110, 60))  # fmt: skip
_BRIGHTNESS = np.array([0.3, 0.5, 0.2], np.float32)


@dataclass(frozen=True)
class Subject:
    """What the camera has to resolve: digits ``width`` px wide, with ``contrast`` levels between ink and ground."""

    width: float
    contrast: float


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], cells: float = 4.0) -> Canvas:
    """(h, w) of smooth noise of about unit variance, with ``cells`` bumps along the longer side."""
    h, w = shape
    step = max(h, w) / cells
    grid = rng.normal(size=(int(h / step) + 3, int(w / step) + 3)).astype(np.float32)
    return np.asarray(cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)


@dataclass(frozen=True, eq=False)
class Veil:
    """Light on a surface: what is there times ``gain`` (h, w) plus ``add`` (h, w, 3)."""

    gain: Canvas
    add: Canvas

    def over(self, canvas: Canvas) -> Canvas:
        """The lit canvas, not clipped."""
        return np.asarray(canvas * self.gain[..., None] + self.add, np.float32)

    def at(self, colours: Canvas, points: Points) -> Canvas:
        """The lit and clipped ``colours`` (n, 3) that lie at ``points`` (n, 2)."""
        h, w = self.gain.shape
        x = np.clip(np.round(points[:, 0]).astype(int), 0, w - 1)
        y = np.clip(np.round(points[:, 1]).astype(int), 0, h - 1)
        return np.asarray(np.clip(colours * self.gain[y, x, None] + self.add[y, x], 0, 255), np.float32)


def seen(difference: Canvas) -> Canvas:
    """How far apart two colours look, levels, from their ``difference`` (n, 3): brightness counts most."""
    apart = np.abs(difference)
    return np.asarray(0.6 * apart @ _BRIGHTNESS + 0.4 * apart.max(axis=1), np.float32)


def _coordinates(h: int, w: int) -> tuple[Canvas, Canvas]:
    y, x = np.mgrid[0 : h // _COARSE + 2, 0 : w // _COARSE + 2].astype(np.float32)
    return x * _COARSE / w, y * _COARSE / h


def _wave(distance: Canvas, softness: float) -> Canvas:
    """1 where ``distance`` is well below 0, 0 well above, soft between."""
    return np.asarray(1 / (1 + np.exp(np.clip(distance / softness, -30, 30))), np.float32)


def _glare(rng: np.random.Generator, x: Canvas, y: Canvas, aspect: float) -> Canvas:
    """A lamp or flash in the glass, or its streak, peak 1."""
    cx, cy = rng.uniform(-0.1, 1.1), rng.uniform(-0.2, 1.2)
    angle = rng.uniform(0, np.pi)
    dx, dy = (x - cx) * aspect, y - cy
    u, v = dx * np.cos(angle) + dy * np.sin(angle), -dx * np.sin(angle) + dy * np.cos(angle)
    long, thin = rng.uniform(0.25, 1.6), rng.uniform(0.08, 0.6)
    return np.asarray(np.exp(-((u / long) ** 2 + (v / thin) ** 2)), np.float32)


def _band(rng: np.random.Generator, x: Canvas, y: Canvas) -> Canvas:
    """The reflection of something with a straight edge, or the edge of a shadow: 0..1."""
    angle = rng.uniform(0, 2 * np.pi)
    distance = (x - rng.uniform(0.1, 0.9)) * np.cos(angle) + (y - rng.uniform(0.1, 0.9)) * np.sin(angle)
    soft = rng.uniform(0.004, 0.12)
    band = _wave(distance, soft)
    if rng.random() < 0.5:
        band = band * _wave(-distance - rng.uniform(0.1, 0.5), soft)
    return np.asarray(band, np.float32)


def random_veil(rng: np.random.Generator, shape: tuple[int, int], strength: float = 1.0) -> Veil:
    """Uneven light, shadows, reflections and glare for a glass of ``shape`` (h, w) px."""
    h, w = shape
    x, y = _coordinates(h, w)
    tilt = rng.normal(0, 0.22 * strength, 2)
    gain = 1 + tilt[0] * (x - 0.5) + tilt[1] * (y - 0.5)
    add = np.zeros((*x.shape, 3), np.float32)
    if rng.random() < 0.4 * strength:
        gain = gain * (1 + rng.uniform(0.03, 0.15) * smooth_field(rng, x.shape, rng.uniform(1, 4)))
    if rng.random() < 0.22 * strength:
        gain = gain * (1 - rng.uniform(0.2, 0.65) * _band(rng, x, y))
    if rng.random() < 0.25 * strength:
        add += (rng.uniform(12, 70) * _band(rng, x, y))[..., None] * rng.uniform(0.75, 1.0, 3)
    for _ in range(rng.choice([0, 1, 2], p=[0.68, 0.22, 0.10]) if strength > 0 else 0):
        power = rng.uniform(30, 130) if rng.random() < 0.7 else rng.uniform(130, 420)
        tint = rng.uniform(0.85, 1.0, 3) if rng.random() < 0.85 else np.array([1.0, rng.uniform(0.1, 0.4), 0.25])
        add += (power * strength * _glare(rng, x, y, w / h))[..., None] * tint
    if rng.random() < 0.2 * strength:
        edge = np.exp(-np.minimum.reduce([x, 1 - x] if rng.random() < 0.6 else [y, 1 - y]) / rng.uniform(0.01, 0.08))
        gain = gain + rng.uniform(0.2, 1.0) * edge
    if rng.random() < 0.25 * strength:
        add += rng.uniform(8, 70) * rng.uniform(0.8, 1.0, 3)
        gain = gain * rng.uniform(0.6, 0.95)
    size = (w, h)
    enlarged = cv2.resize(np.dstack([np.clip(gain, 0.1, 3.0), add]).astype(np.float32), size)
    return Veil(gain=np.ascontiguousarray(enlarged[..., 0], np.float32), add=np.asarray(enlarged[..., 1:], np.float32))


def soil(rng: np.random.Generator, canvas: Canvas, amount: float = 1.0) -> None:
    """Dust, specks, paint splashes, scratches and smears on the glass, in place."""
    h, w = canvas.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    colour = np.float32(rng.uniform(150, 250)) * rng.uniform(0.85, 1, 3).astype(np.float32)
    if rng.random() < 0.25 * amount:
        colour = np.float32(rng.uniform(20, 110)) * rng.uniform(0.6, 1, 3).astype(np.float32)
    if rng.random() < 0.5 * amount:
        for _ in range(rng.integers(3, 40)):
            centre = (int(rng.integers(0, w)), int(rng.integers(0, h)))
            radius = int(rng.choice([0, 1, 2, 4], p=[0.55, 0.33, 0.1, 0.02]))
            cv2.circle(mask, centre, radius, int(rng.integers(60, 255)), -1, cv2.LINE_AA)
    if rng.random() < 0.35 * amount:
        for _ in range(rng.integers(1, 18)):
            start = rng.uniform((0, 0), (w, h))
            stop = start + rng.normal(0, 0.25 * h, 2) * (2.0, 1.0)
            line = np.round(np.array([start, (start + stop) / 2 + rng.normal(0, 2, 2), stop]) * 16).astype(np.int32)
            cv2.polylines(mask, [line], False, int(rng.integers(30, 170)), 1, cv2.LINE_AA, 4)
    alpha = mask.astype(np.float32) * np.float32(rng.uniform(0.3, 0.9) / 255)
    if rng.random() < 0.3 * amount:
        film = np.clip(smooth_field(rng, (h, w), rng.uniform(3, 20)), 0, 2) * np.float32(rng.uniform(0.02, 0.12))
        alpha = np.maximum(alpha, film)
    if alpha.any():
        canvas += alpha[..., None] * (colour - canvas)


def wires(rng: np.random.Generator, canvas: Canvas, count: int, thickness: float) -> NDArray[np.uint8]:
    """Wires or strokes of handwriting in front of the canvas, in place; returns their mask (h, w)."""
    h, w = canvas.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    for _ in range(count):
        corners = rng.uniform((-0.1, -0.3), (1.1, 1.3), (4, 2)) * (w, h)
        corners[1:] = corners[0] + (corners[1:] - corners[0]) * rng.uniform(0.1, 0.8)
        t = np.linspace(0, 1, 24)[:, None]
        curve = (1 - t) ** 3 * corners[0] + 3 * (1 - t) ** 2 * t * corners[1] + 3 * (1 - t) * t**2 * corners[2]
        curve += t**3 * corners[3]
        thick = max(1, round(thickness * rng.uniform(0.6, 1.4)))
        cv2.polylines(mask, [np.round(curve * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
    colour = np.array(_CABLES[rng.integers(len(_CABLES))]) * rng.uniform(0.6, 1.1)
    canvas += (mask.astype(np.float32) / 255)[..., None] * (colour.astype(np.float32) - canvas)
    return mask


def patch(rng: np.random.Generator, canvas: Canvas, size: float) -> NDArray[np.uint8]:
    """A sticker or a splash of paint about ``size`` px wide before the canvas, in place; returns its mask (h, w)."""
    h, w = canvas.shape[:2]
    mask = np.zeros((h, w), np.uint8)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radius = 0.5 * size * rng.uniform(0.75, 1.25, 9) * rng.uniform(0.8, 1.3)
    centre = rng.uniform((0.05, 0.35), (0.95, 0.65)) * (w, h)
    outline = centre + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.3, size * rng.uniform(0.01, 0.08))), np.uint8)
    level = rng.uniform(120, 245) if rng.random() < 0.7 else rng.uniform(10, 90)
    texture = 1 + rng.uniform(0, 0.12) * smooth_field(rng, (h, w), 25)[..., None]
    colour = np.asarray(level * rng.uniform(0.85, 1.0, 3) * texture, np.float32)
    canvas += (mask.astype(np.float32) / 255)[..., None] * (colour - canvas)
    return mask


def _motion(rng: np.random.Generator, image: Image, length: float) -> Image:
    n = max(3, round(length) | 1)
    kernel = np.zeros((n, n), np.float32)
    angle = rng.uniform(0, np.pi)
    d = np.array([np.cos(angle), np.sin(angle)]) * (n - 1) / 2
    middle = np.array([(n - 1) / 2] * 2)
    a, b = np.round((middle - d) * 16).astype(int), np.round((middle + d) * 16).astype(int)
    cv2.line(kernel, a.tolist(), b.tolist(), 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def tone(rng: np.random.Generator, image: Image, strength: float = 1.0) -> Image:
    """The camera's white balance, exposure and contrast curve."""
    level = np.arange(256, dtype=np.float32) / 255
    gamma = np.exp(rng.normal(0, 0.22 * strength))
    cast = np.exp(rng.normal(0, 0.04 * strength, 3))
    gain = np.exp(rng.normal(0, 0.15 * strength))
    lift = abs(rng.normal(0, 0.03 * strength))
    curves = [np.clip((lift + (1 - lift) * level**gamma * gain * c) * 255, 0, 255) for c in cast]
    table = np.stack(curves, axis=1).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[:, None, :]), np.uint8)


def grain(rng: np.random.Generator, image: Image, sigma: float) -> Image:
    """Sensor noise of ``sigma`` levels, the same pattern shifted (a fresh one for each photo costs too much)."""
    h, w = image.shape[:2]
    tile = rng.normal(0, sigma, (h // 2 + 1, w, 3)).astype(np.float32)
    noise = np.concatenate([tile, tile[::-1, ::-1]], axis=0)[:h]
    return to_image(image.astype(np.float32) + noise)


def jpeg(image: Image, quality: int) -> Image:
    """Through a JPEG of ``quality`` and back."""
    _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def photograph(rng: np.random.Generator, image: Image, subject: Subject) -> tuple[Image, float]:
    """The camera's part: focus, motion, resolution, tone, noise, JPEG.

    Returns the image, the same size, and the blur as a standard deviation, px.
    """
    h, w = image.shape[:2]
    variance = 0.0
    if rng.random() < 0.5:
        lost = rng.random() < 0.06
        sigma = subject.width * (rng.uniform(0.28, 0.6) if lost else min(0.25, abs(rng.normal(0, 0.06))))
        if sigma > 0.4:
            image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
            variance += sigma**2
    if rng.random() < 0.18:
        length = subject.width * rng.uniform(0.1, 0.5)
        image = _motion(rng, image, length)
        variance += (length / 4) ** 2
    scale = min(1.0, rng.uniform(7, 24) / subject.width) if rng.random() < 0.5 else 1.0
    if scale < 1.0:
        size = (max(8, round(w * scale)), max(8, round(h * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        variance += (0.4 / scale) ** 2
    image = tone(rng, image, strength=min(1.0, subject.contrast / 25))
    if rng.random() < 0.45:
        image = grain(rng, image, min(rng.uniform(1, 11), 0.3 * subject.contrast))
    if rng.random() < 0.4:
        image = jpeg(image, int(rng.integers(30, 92)))
    if scale < 1.0:
        if rng.random() < 0.2:
            soft = cv2.GaussianBlur(image, (0, 0), 1.2)
            amount = rng.uniform(0.4, 1.5)
            image = np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)
        image = np.asarray(cv2.resize(image, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image, float(np.sqrt(variance))
