"""What holds for every test."""

from __future__ import annotations

import pytest
from PIL import Image

_OPEN = Image.open


@pytest.fixture(autouse=True)
def _pillow_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing ultralytics, as the tests of the training do, replaces Image.open by one that looks for packages."""
    monkeypatch.setattr(Image, "open", _OPEN)
