"""How often one may ask: a bucket of tokens for each key or phone, filled evenly."""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock
from time import monotonic

_MOST = 50_000  # buckets; the one that was used longest ago goes first


class RateLimits:
    """Buckets by name. Safe from many threads."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, name: str, per_minute: int) -> int:
        """Take one token; 0 when there was one, or the seconds to wait for the next. A full bucket is one minute's."""
        now = monotonic()
        with self._lock:
            left, at = self._buckets.pop(name, (float(per_minute), now))
            left = min(per_minute, left + (now - at) * per_minute / 60)
            enough = left >= 1
            self._buckets[name] = (left - 1 if enough else left, now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        return 0 if enough else math.ceil((1 - left) * 60 / per_minute)
