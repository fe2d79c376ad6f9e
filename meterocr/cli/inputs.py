"""From what was typed to the photos that are meant, and to where their drawings go."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import click

from meterocr.errors import PhotoError
from meterocr.readout import Readout

STDIN = "-"
PHOTO_SUFFIXES = frozenset({".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".webp"})
DRAWN_SUFFIX = ".read.jpg"


@dataclass(frozen=True, slots=True)
class Given:
    """One photo as the user named it; ``source`` is a path, the bytes of stdin, or why there is no photo."""

    name: str
    source: Path | bytes | PhotoError

    @property
    def stem(self) -> str:
        """The bare name, for files made from this photo."""
        return self.source.stem if isinstance(self.source, Path) else "stdin"

    def open(self) -> Path | bytes:
        """What a reader takes.

        Raises:
            PhotoError: the name stands for no photo.
        """
        if isinstance(self.source, PhotoError):
            raise self.source
        return self.source

    def reason(self, error: PhotoError) -> str:
        """What ``error`` says, without the name that it starts with: there is a place for that beside it."""
        bare = self.source.name if isinstance(self.source, Path) else "photo"
        return str(error).removeprefix(f"{self.name}: ").removeprefix(f"{bare}: ")


def expand(arguments: Iterable[str]) -> list[Given]:
    """The photos meant by files, folders, patterns and ``-``, in the order given, each once.

    A name without a photo stays in the list, so that it is reported beside the others and stops none of them.
    """
    found: dict[Path | str, Given] = {}
    for argument in arguments:
        if argument == STDIN:
            if STDIN not in found:  # a second read would find it empty
                from meterocr.vision.image import MAX_BYTES

                found[STDIN] = Given(STDIN, sys.stdin.buffer.read(MAX_BYTES + 1))
            continue
        # A file may be called "meter[1].jpg": what exists is taken by its name before it is taken as a pattern.
        matches = [argument] if os.path.lexists(argument) else sorted(glob.glob(argument, recursive=True))
        for path in map(Path, matches or [argument]):
            for given in _photos_at(path):
                found.setdefault(given.source if isinstance(given.source, Path) else given.name, given)
    return list(found.values())


def _photos_at(path: Path) -> Iterator[Given]:
    photos = list(_walk(path)) if path.is_dir() else [path]
    if not photos:
        problem = PhotoError(f"expected a folder with photos ({' '.join(sorted(PHOTO_SUFFIXES))}), got one without")
        yield Given(click.format_filename(path), problem)
    yield from (Given(click.format_filename(photo), photo) for photo in photos)


def _walk(folder: Path) -> Iterator[Path]:
    """Photos below ``folder``, sorted, without hidden ones (thumbnails, ``._*`` of macOS) and our own drawings."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            photo = Path(root, name)
            if photo.suffix.lower() in PHOTO_SUFFIXES and not name.startswith(".") and not name.endswith(DRAWN_SUFFIX):
                yield photo


class DrawFolder:
    """Where drawings go: ``<name>.read.jpg``, or ``<name>-2.read.jpg`` where that name is taken in this run.

    A photo that is read is never written over, whatever it is called and wherever it lies; a drawing of an
    earlier run is.
    """

    def __init__(self, folder: Path, photos: Iterable[Given]) -> None:
        """Make the folder if it is missing.

        Raises:
            OSError: it cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._taken = {_key(photo.source) for photo in photos if isinstance(photo.source, Path)}

    def save(self, photo: Given, readout: Readout) -> Path:
        """Draw ``readout`` on a copy of the photo; returns where.

        Raises:
            OSError: the file cannot be written.
            PhotoError: the photo cannot be decoded any more.
        """
        from PIL import Image

        from meterocr import draw

        drawing = Image.fromarray(draw(photo.open(), readout))
        path = self._place(photo)
        path.unlink(missing_ok=True)  # what is there may be a link to a photo
        with path.open("xb") as file:
            drawing.save(file, "JPEG", quality=90)
        return path

    def _place(self, photo: Given) -> Path:
        """A path for the drawing of ``photo`` that no photo and no other drawing of this run has."""
        for number in count(1):
            stem = photo.stem if number == 1 else f"{photo.stem}-{number}"
            path = self._folder / f"{stem}{DRAWN_SUFFIX}"
            if _key(path) not in self._taken:
                break
        self._taken.add(_key(path))
        return path


def _key(path: Path) -> str:
    # The folder is resolved and the name is not: writing replaces a link, it does not follow it. Case is folded
    # because "A.jpg" and "a.jpg" are one file on many disks.
    return str(path.parent.resolve() / path.name).casefold()
