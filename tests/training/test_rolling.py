"""Counters with several turning wheels, read with and without the carry rule."""

from __future__ import annotations

import sys

import pytest

from meterocr.readout import IN_TRANSITION
from meterocr.vision import zoo
from training import rolling
from training.rolling import rolling_strips


def test_several_wheels_turn_and_all_can_be_read() -> None:
    strips = rolling_strips(3)
    for strip in (next(strips) for _ in range(3)):
        turning = [turn for turn in strip.turns if turn > IN_TRANSITION]
        assert len(turning) > 1
        assert strip.legible


def test_says_what_was_read_in_both_ways(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(zoo.VARIABLE, "models")  # main sets it too; this way it is gone afterwards
    monkeypatch.setattr(sys, "argv", ["rolling", "--count", "4"])
    rolling.main()
    told = capsys.readouterr().out
    for way in ("each wheel by itself", "with the carry rule"):
        (line,) = [line for line in told.splitlines() if way in line]
        assert "/4)" in line
    assert "digits in the median" in told
