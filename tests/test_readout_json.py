"""Readouts back from JSON."""

from __future__ import annotations

from typing import Any

import pytest

from meterocr.issue import Issue
from meterocr.readout_json import readout_of
from tests.cli.conftest import readout


@pytest.mark.parametrize(
    "changes", [{}, {"text": "0?482"}, {"text": "", "issues": (Issue.NO_DISPLAY,), "retake": True}]
)
def test_there_and_back(changes: dict[str, Any]) -> None:
    one = readout("m.jpg", **changes)
    assert readout_of(one.to_dict()).to_dict() == one.to_dict()
    assert readout_of(one.to_dict()).needs_person is one.needs_person


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"schema": 2}, "expected a readout of schema 1, got 2"),
        ({"width": None, "models": {}}, "without 'detector'"),
        ({"text": "x"}, "expected digits"),
        ({"digits": [{}]}, "without 'symbol'"),
        ({"issues": ["moon"]}, "moon"),
        ({"displays": 5}, "without"),
        ({"models": "none"}, "without"),
    ],
)
def test_what_is_no_readout(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        readout_of({**readout("m.jpg").to_dict(), **changes})
