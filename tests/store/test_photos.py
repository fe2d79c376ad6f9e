"""Photos by their digest: whole or not at all."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from meterocr.errors import NotFoundError, StoreError
from meterocr.store.photos import PhotoFolder

ROOT = Path(__file__).parents[2]
PHOTO = b"a photo" * 1000
SHA256 = hashlib.sha256(PHOTO).hexdigest()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_kept_once_under_its_digest(tmp_path: Path) -> None:
    photos = PhotoFolder(tmp_path)
    assert [photos.put(PHOTO), photos.put(PHOTO)] == [SHA256] * 2
    assert files(tmp_path) == [tmp_path / SHA256[:2] / SHA256[2:4] / SHA256]
    assert photos.get(SHA256) == PHOTO


def test_what_is_not_there_or_altered(tmp_path: Path) -> None:
    photos = PhotoFolder(tmp_path)
    with pytest.raises(NotFoundError, match="expected a photo, got none of digest"):
        photos.get(SHA256)
    photos.put(PHOTO)
    (tmp_path / SHA256[:2] / SHA256[2:4] / SHA256).write_bytes(b"another")
    with pytest.raises(StoreError, match="got an altered one"):
        photos.get(SHA256)


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from meterocr.errors import StoreError\nfrom meterocr.store.photos import PhotoFolder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "photos = PhotoFolder(Path(sys.argv[1]))\n"
        "photos.put(b'small')\n"
        "try:\n    photos.put(b'a photo' * 1000)\nexcept StoreError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"expected to write the photo {SHA256}, got: File too large")
    assert [path.read_bytes() for path in files(tmp_path)] == [b"small"]
