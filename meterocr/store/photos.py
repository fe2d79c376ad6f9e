"""Photos in a folder, each under its own SHA-256: written whole or not at all, and never twice."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from meterocr.errors import NotFoundError, StoreError


class PhotoFolder:
    """As :class:`~meterocr.workflow.ports.photos.Photos`: ``ab/cd/abcd...`` below ``folder``.

    Safe from many processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, photo: bytes) -> str:
        """Keep a photo for good, and give its digest.

        Raises:
            StoreError: it cannot be written, such as where the disk is full; nothing is left of it.
        """
        sha256 = hashlib.sha256(photo).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, photo)
        except OSError as error:
            raise StoreError(f"expected to write the photo {sha256}, got: {error.strerror}") from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against the digest.

        Raises:
            NotFoundError: there is no such photo.
            StoreError: its bytes were altered, or cannot be read.
        """
        try:
            photo = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(f"expected a photo, got none of digest {sha256}") from error
        except OSError as error:
            raise StoreError(f"expected to read the photo {sha256}, got: {error.strerror}") from error
        got = hashlib.sha256(photo).hexdigest()
        if got != sha256:
            raise StoreError(f"expected the photo {sha256}, got an altered one: {got}")
        return photo

    def remove(self, sha256: str) -> None:
        """It is not kept any more; nothing happens where it is not there.

        Raises:
            StoreError: it cannot be removed.
        """
        try:
            self._path(sha256).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"expected to remove the photo {sha256}, got: {error.strerror}") from error

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256


def _write(path: Path, content: bytes) -> None:
    """To a temporary file first, and to the disk before it gets its name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too
    finally:
        os.close(folder)
