"""Buckets of tokens."""

from __future__ import annotations

import pytest

from serving import limits
from serving.limits import RateLimits


def test_a_bucket_fills_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(limits, "monotonic", lambda: now)
    buckets = RateLimits()
    assert [buckets.take("a", 6) for _ in range(7)] == [0] * 6 + [10]
    now += 9.5
    assert buckets.take("a", 6) == 1
    now += 0.5
    assert [buckets.take("a", 6), buckets.take("a", 6)] == [0, 10]
    now += 3600  # never more than one minute's
    assert [buckets.take("a", 6) for _ in range(7)] == [0] * 6 + [10]
    assert buckets.take("b", 6) == 0


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST", 2)
    buckets = RateLimits()
    assert [buckets.take(name, 1) for name in "abca"] == [0] * 4  # a was forgotten
    assert buckets.take("c", 1) > 0
