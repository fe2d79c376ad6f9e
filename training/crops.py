"""Photographed single wheel digits (``digits.zip``), as an optional source of wheels for drawn counters."""

from __future__ import annotations

import csv
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.canvas import Image

_MIN_GROUP = 40
_TOLERANCE = 0.16
_MAX_UNLIKE = 40.0


@dataclass(frozen=True, eq=False)
class CropGroup:
    """Crops of one kind of counter.

    Attributes:
        name: of the group.
        positions: (n,) 0.0 <= p < 10.0: the digit plus the way to the next.
        colours: (n, 3) mean RGB, by which wheels that look alike are found.
        images: (h, w, 3) uint8 RGB each.
    """

    name: str
    positions: NDArray[np.float64]
    colours: NDArray[np.float64]
    images: Sequence[Image]

    @property
    def redness(self) -> NDArray[np.float64]:
        """(n,) how much red stands above the other colours, levels."""
        return np.asarray(self.colours[:, 0] - self.colours[:, 1:].mean(axis=1))

    def example(self, rng: np.random.Generator, red: bool) -> NDArray[np.float64]:
        """(3,) the mean colour of a random crop, one of the reddest or of the least red."""
        order = np.argsort(self.redness)
        third = max(1, len(order) // 3)
        return np.asarray(self.colours[rng.choice(order[-third:] if red else order[:third])])

    def nearest(self, rng: np.random.Generator, position: float, like: NDArray[np.float64]) -> Image | None:
        """A crop that stands at ``position`` and whose colour is close to ``like``, or ``None``."""
        distance = np.abs((self.positions - position + 5) % 10 - 5)
        unlike = np.abs(self.colours - like).max(axis=1)
        fits = np.flatnonzero((distance <= _TOLERANCE) & (unlike <= _MAX_UNLIKE))
        return self.images[int(rng.choice(fits[np.argsort(unlike[fits])[:3]]))] if len(fits) else None


@dataclass(frozen=True, eq=False)
class CropBank:
    """All groups that are large enough to build counters from."""

    groups: tuple[CropGroup, ...]

    @classmethod
    def load(cls, folder: Path) -> CropBank:
        """The mechanical digits of ``digits.zip`` and ``digits.csv`` in ``folder``.

        Raises:
            FileNotFoundError: the folder lacks the files.
        """
        rows: dict[str, list[tuple[float, Image]]] = defaultdict(list)
        with (folder / "digits.csv").open(newline="") as lines, zipfile.ZipFile(folder / "digits.zip") as files:
            for row in csv.DictReader(lines):
                if row["kind"] == "mechanical" and row["label"] != "NaN":
                    data = np.frombuffer(files.read(row["file"]), np.uint8)
                    pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
                    rows[row["group"]].append((float(row["label"]) % 10, pixels))
        return cls(tuple(_group(name, pairs) for name, pairs in sorted(rows.items()) if len(pairs) >= _MIN_GROUP))

    def row(self, rng: np.random.Generator, positions: Sequence[float], decimals: int) -> list[Image] | None:
        """Crops of one look for a counter at ``positions``, the last ``decimals`` of them red where the group has any.

        ``None`` when the group that was drawn lacks a fitting crop for one of them.
        """
        group = self.groups[rng.integers(len(self.groups))]
        plain, red = group.example(rng, False), group.example(rng, True)
        whole = len(positions) - decimals
        row = [group.nearest(rng, p, plain if i < whole else red) for i, p in enumerate(positions)]
        return None if any(crop is None for crop in row) else [crop for crop in row if crop is not None]


def _group(name: str, pairs: list[tuple[float, Image]]) -> CropGroup:
    colours = np.array([image.reshape(-1, 3).mean(axis=0) for _, image in pairs])
    return CropGroup(name, np.array([p for p, _ in pairs]), colours, tuple(image for _, image in pairs))
