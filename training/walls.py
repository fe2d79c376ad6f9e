"""What stands behind and beside meters: walls, boards, cables, boxes, pipes."""

from __future__ import annotations

import cv2
import numpy as np

from training.canvas import Canvas
from training.objects import Sheet, barcode, button, label, text_block
from training.weather import smooth_field, wires


def _paint(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    colour = rng.uniform(40, 225) * np.exp(rng.normal(0, 0.1 if rng.random() < 0.75 else 0.25, 3))
    light = 1 + np.float32(rng.uniform(0.05, 0.3)) * smooth_field(rng, shape, 2)
    light += np.float32(rng.uniform(0, 0.08)) * smooth_field(rng, shape, 40)
    return np.asarray(light[..., None] * colour.astype(np.float32), np.float32)


def _wood(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    h, w = shape
    colour = np.array([110, 62, 40], np.float32) * np.float32(rng.uniform(0.5, 1.8))
    grain = cv2.resize(rng.normal(size=(6, w // 2 + 1)).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    field = 1 + 0.1 * grain + 0.15 * smooth_field(rng, shape, 3)
    return np.asarray(field[..., None] * colour, np.float32)


def _tiles(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    h, w = shape
    canvas = _paint(rng, shape)
    size = int(rng.integers(max(8, h // 14), h // 4))
    wide = size * int(rng.integers(1, 4))
    joint = [float(v) for v in canvas.mean(axis=(0, 1)) * rng.uniform(0.4, 1.4)]
    for i, y in enumerate(range(0, h, size)):
        cv2.line(canvas, (0, y), (w, y), joint, 2)
        for x in range(-(i % 2) * wide // 2, w, wide):
            canvas[y + 2 : y + size, max(0, x + 2) : max(0, x + wide)] *= np.float32(rng.uniform(0.85, 1.12))
            cv2.line(canvas, (x, y), (x, y + size), joint, 2)
    return canvas


def _outdoors(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    h, w = shape
    blobs = rng.uniform(10, 225, (7, 9, 1)) * np.exp(rng.normal(0, 0.08, (7, 9, 3)))
    canvas = cv2.resize(blobs.astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    leaves = smooth_field(rng, shape, rng.uniform(20, 70))
    return np.asarray(canvas * (1 + 0.2 * leaves[..., None]), np.float32)


def random_wall(rng: np.random.Generator, shape: tuple[int, int], *, calm: bool = False) -> Canvas:
    """(h, w, 3) of what a meter hangs on, with a board, boxes, pipes and cables at times, not on a ``calm`` one."""
    h, w = shape
    if calm:
        return np.asarray(np.clip((_paint, _wood, _tiles)[rng.integers(3)](rng, shape), 0, 255), np.float32)
    maker = (_paint, _wood, _tiles, _outdoors)[rng.choice(4, p=[0.5, 0.18, 0.16, 0.16])]
    canvas = np.clip(maker(rng, shape), 0, 255)
    if rng.random() < 0.35:
        board = np.clip((_wood if rng.random() < 0.6 else _paint)(rng, (h, w)), 0, 255)
        x0, x1 = sorted(rng.integers(0, w, 2))
        y0, y1 = sorted(rng.integers(0, h, 2))
        canvas[y0:y1, x0:x1] = board[y0:y1, x0:x1]
    for _ in range(rng.integers(0, 4)):
        _box(rng, canvas)
    if rng.random() < 0.3:
        _pipe(rng, canvas)
    if rng.random() < 0.6:
        wires(rng, canvas, int(rng.integers(1, 7)), max(2.0, w / 90))
    return np.asarray(canvas, np.float32)


def _box(rng: np.random.Generator, canvas: Canvas) -> None:
    """A switch, fuse box or conduit: a flat rectangle with an edge, at times with print on it."""
    h, w = canvas.shape[:2]
    bw, bh = int(rng.integers(w // 12, w // 2)), int(rng.integers(h // 14, h // 3))
    x, y = int(rng.integers(-bw // 3, w)), int(rng.integers(-bh // 3, h))
    colour = rng.uniform(10, 245) * np.exp(rng.normal(0, 0.12, 3))
    corners = (x, y), (x + bw, y + bh)
    cv2.rectangle(canvas, *corners, [float(v) for v in colour], -1)
    cv2.rectangle(canvas, *corners, [float(v) for v in colour * rng.uniform(0.4, 1.3)], max(1, bw // 50))
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + bw, w), min(y + bh, h)
    if rng.random() < 0.5 and x1 - x0 > 40 and y1 - y0 > 20:
        sheet = Sheet(canvas)
        for _ in range(rng.integers(1, 4)):
            text_block(rng, sheet, (x0, y0, x1, y1), rng.uniform(5, 18))
        button(rng, sheet, (x0, y0, x1, y1), max(3, bh // 9))


def _pipe(rng: np.random.Generator, canvas: Canvas) -> None:
    h, w = canvas.shape[:2]
    width = int(rng.integers(max(6, w // 40), w // 8))
    colour = rng.uniform(60, 230) * np.exp(rng.normal(0, 0.1, 3))
    shade = np.sin(np.linspace(0.15, np.pi - 0.15, width)).astype(np.float32)
    body = shade[:, None] * colour.astype(np.float32)
    if rng.random() < 0.6:
        x = int(rng.integers(0, w - width))
        canvas[:, x : x + width] = body[None]
    else:
        y = int(rng.integers(0, h - width))
        canvas[y : y + width] = body[:, None]


def clutter(rng: np.random.Generator, canvas: Canvas, amount: int) -> None:
    """Labels, stickers with telephone numbers, codes and notices on the wall, in place."""
    h, w = canvas.shape[:2]
    sheet = Sheet(canvas)
    area = (0, 0, w, h)
    for _ in range(amount):
        kind = rng.random()
        if kind < 0.35:
            text_block(rng, sheet, area, rng.uniform(0.012, 0.06) * h)
        elif kind < 0.65:
            label(rng, sheet, area, int(rng.uniform(0.015, 0.06) * h))
        elif kind < 0.85:
            barcode(rng, sheet, area, int(rng.uniform(0.03, 0.08) * h))
        else:
            button(rng, sheet, area, int(rng.uniform(0.01, 0.06) * h))
