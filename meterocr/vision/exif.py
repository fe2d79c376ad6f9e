"""The few EXIF tags that matter: how the photo is turned, and when it was taken.

Read here and not by Pillow, whose parser warns about the broken blocks that phones and messengers write.
"""

from __future__ import annotations

import struct
from datetime import datetime, tzinfo

_YEARS = range(1990, 2101)  # far from the ends of the calendar, beyond which no zone and no window can reach
_ORIENTATION, _EXIF_BLOCK, _TAKEN, _OFFSET = 0x0112, 0x8769, 0x9003, 0x9011


def exif_orientation(exif: bytes) -> int:
    """Orientation 1 to 8 from an EXIF block; 1 where there is none or the block is broken."""
    try:
        block = _Block(exif)
        value = block.number(block.first, _ORIENTATION)
    except (struct.error, ValueError):
        return 1
    return value if value in range(1, 9) else 1


def exif_taken(exif: bytes, zone: tzinfo) -> datetime | None:
    """``DateTimeOriginal`` with its ``OffsetTimeOriginal``; in ``zone`` where the camera does not say its own.

    ``None`` where there is none, the block is broken, or the year is one of a clock that was never set.
    """
    try:
        block = _Block(exif)
        inner = block.number(block.first, _EXIF_BLOCK)
        time = datetime.strptime(block.text(inner, _TAKEN), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 # follows
    except (struct.error, ValueError):
        return None
    try:
        offset = datetime.strptime(block.text(inner, _OFFSET), "%z").tzinfo
    except (struct.error, ValueError):
        offset = None
    return time.replace(tzinfo=offset or zone) if time.year in _YEARS else None


class _Block:
    """A TIFF header with its directories of 12-byte entries: tag, type, count, value or where it is."""

    def __init__(self, exif: bytes) -> None:
        self._tiff = exif.removeprefix(b"Exif\0\0")
        order = {b"II": "<", b"MM": ">"}.get(self._tiff[:2])
        if order is None:
            raise ValueError(f"expected II or MM, got {self._tiff[:2]!r}")
        self._order = order
        (self.first,) = self._unpack("I", 4)

    def number(self, directory: int, tag: int) -> int:
        """A whole number of 16 or 32 bits."""
        entry, kind, _ = self._find(directory, tag)
        (value,) = self._unpack("I" if kind == 4 else "H", entry + 8)
        return value

    def text(self, directory: int, tag: int) -> str:
        """ASCII up to its end."""
        entry, _, size = self._find(directory, tag)
        (start,) = self._unpack("I", entry + 8) if size > 4 else (entry + 8,)
        return self._tiff[start : start + min(size, 64)].partition(b"\0")[0].decode("ascii").strip()

    def _find(self, directory: int, wanted: int) -> tuple[int, int, int]:
        """Where the entry of a tag is, its type and its count."""
        (count,) = self._unpack("H", directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, kind, size = self._unpack("HHI", entry)
            if tag == wanted:
                return entry, kind, size
        raise ValueError(f"expected a tag {wanted:#06x}, got none")

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + form, self._tiff, at)
