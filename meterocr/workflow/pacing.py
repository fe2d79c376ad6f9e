"""How fast messages may go: no clock and no sleep in here; who sends asks when, waits, and says when it went."""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta

_SECOND = timedelta(seconds=1)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel allows.

    Attributes:
        per_second: messages a second, to whomever.
        recipient_gap: between two messages to the same recipient.
        daily_recipients: different recipients in any 24 hours; ``None`` for no limit.
    """

    per_second: int
    recipient_gap: timedelta
    daily_recipients: int | None

    def __post_init__(self) -> None:
        if self.per_second < 1:
            raise ValueError(f"expected at least 1 message a second, got {self.per_second}")
        if self.recipient_gap < timedelta():
            raise ValueError(f"expected a gap of at least 0 s, got {self.recipient_gap}")
        if self.daily_recipients is not None and self.daily_recipients < 1:
            raise ValueError(f"expected at least 1 recipient a day or None, got {self.daily_recipients}")


class Pacer:
    """What went out lately, and when the next message may go. Not for several threads at once.

    After a restart tell it, oldest first, what was sent in the last 24 hours.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last: deque[datetime] = deque(maxlen=limits.per_second)
        self._recipients: OrderedDict[str, datetime] = OrderedDict()  # last message to each, oldest first
        self._counted: OrderedDict[str, datetime] = OrderedDict()  # the same, only what counts for the day

    def ready_at(self, recipient: str, now: datetime, *, free_form: bool = False) -> datetime:
        """The earliest time, ``now`` or later, that a message to ``recipient`` may go.

        ``free_form``: an answer within the recipient's own 24 hours does not count for the day.
        """
        ready = now
        if len(self._last) == self._limits.per_second:
            ready = max(ready, self._last[0] + _SECOND)
        if recipient in self._recipients:
            ready = max(ready, self._recipients[recipient] + self._limits.recipient_gap)
        most = self._limits.daily_recipients
        if not free_form and most is not None and recipient not in self._counted and len(self._counted) >= most:
            oldest = next(iter(self._counted.values()))
            ready = max(ready, oldest + _DAY)
        return ready

    def sent(self, recipient: str, at: datetime, *, free_form: bool = False) -> None:
        """A message went to ``recipient``.

        Raises:
            ValueError: ``at`` is before what was said last.
        """
        if self._last and at < self._last[-1]:
            raise ValueError(f"expected a time not before {self._last[-1]}, got {at}")
        self._last.append(at)
        _renew(self._recipients, recipient, at, self._limits.recipient_gap)
        _forget(self._counted, at - _DAY)
        if not free_form:
            _renew(self._counted, recipient, at, _DAY)

    def finish(self, recipients: Iterable[str], now: datetime) -> datetime:
        """When the last of these messages will go, if each takes no time itself; ``now`` for none.

        One entry a message. Who gets several gets them with the gap between, while others are served.
        """
        trial = deepcopy(self)
        fresh = list(Counter(recipients).items())[::-1]
        waiting: list[tuple[datetime, str, int]] = []  # when, to whom, how many
        while fresh or waiting:
            first = trial.ready_at(fresh[-1][0], now) if fresh else None
            if first is not None and (not waiting or first <= waiting[0][0]):
                recipient, left = fresh.pop()
                now = first
            else:
                due, recipient, left = heapq.heappop(waiting)
                now = trial.ready_at(recipient, max(now, due))
            trial.sent(recipient, now)
            if left > 1:
                heapq.heappush(waiting, (now + self._limits.recipient_gap, recipient, left - 1))
        return now


def _renew(times: OrderedDict[str, datetime], recipient: str, at: datetime, keep: timedelta) -> None:
    times[recipient] = at
    times.move_to_end(recipient)
    _forget(times, at - keep)


def _forget(times: OrderedDict[str, datetime], until: datetime) -> None:
    """Drop what was at ``until`` or before."""
    while times and next(iter(times.values())) <= until:
        times.popitem(last=False)
