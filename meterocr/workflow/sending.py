"""The outbox is sent: claimed, handed over, and the outcome written, so that a kill at any point loses nothing.

An attempt is a row before it is a request. Where a process dies between both, or the answer is lost, nobody knows
whether the channel has the message: its status, which brings the key back, says so. Only when none has come for
:data:`PATIENCE` is it sent again; without webhooks, that is what can make a message come twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from meterocr.errors import (
    ChannelDownError,
    ChannelStoppedError,
    ConflictError,
    DeliveryError,
    MeterOcrError,
    NotFoundError,
    RefusedError,
    StoreError,
    ThrottledError,
    UncertainError,
    WindowClosedError,
)
from meterocr.workflow.deliveries import accepted, failed, failure_of
from meterocr.workflow.messaging import WINDOW, Accepted, Message, Messenger, Progress, Status, window_open
from meterocr.workflow.outbox import Delivery, Entry, OutboxRow, OutboxState
from meterocr.workflow.pacing import Limits, Pacer
from meterocr.workflow.ports import Store, UnitOfWork
from meterocr.workflow.wording import MessageKind

PATIENCE = timedelta(minutes=10)
"""How long a status is waited for before a message whose answer was lost is sent again."""
MOST_PAUSES = 8
"""After so many failures of a channel one after the other, it is left alone."""
_LOOKED_AT = 200  # rows: so that one phone of many connections, which has to wait, keeps nobody else waiting
LONGEST_WAIT_S = 5
"""Then it is looked again: somebody may have got something to send that need not wait."""
_DAY = timedelta(hours=24)
_LONGEST_PAUSE_S = 300
_SHORTEST_WAIT_S = 0.05  # where another process has what waits

Compose = Callable[[OutboxRow], Message]
"""From a row to what is sent; what cannot be composed is a :class:`~meterocr.errors.MeterOcrError`."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way to phones, and how fast it may be used."""

    messenger: Messenger
    limits: Limits


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and waiting (seconds)."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class PostOffice:
    """What sends with what; ``sms`` is for phones that ``main`` does not reach, ``at_once`` messages are on the way."""

    store: Store
    compose: Compose
    main: Route
    sms: Route
    at_once: int = 8
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True, slots=True)
class Sending:
    """How far it is.

    Attributes:
        finish: when the last one will have gone, by the limits and by the pace so far.
        sent, by_sms: handed over; how many of them as an SMS.
        failed: given up: a person has to look.
        put_off: refused for now; tried again later.
        dropped: of no use any more.
        uncertain: the answer was lost.
        left: rows that are still to be sent.
        stopped: why a channel was left alone; empty where none was.
    """

    finish: datetime
    sent: int = 0
    by_sms: int = 0
    failed: int = 0
    put_off: int = 0
    dropped: int = 0
    uncertain: int = 0
    left: int = 0
    stopped: str = ""


def send_outbox(office: PostOffice) -> Iterator[Sending]:
    """Send what is in the outbox, most urgent first, and say after each handful how far it is.

    It waits where the limits say so, for hours if the day's recipients are used up; answers, which do not count for
    the day, go in between. What is uncertain is left for another time. Several processes may send at once, but do not
    know each other's pace.
    """
    sender = _Sender(office)
    yield sender.state
    with ThreadPoolExecutor(office.at_once) as pool:
        while True:
            tries = sender.claim()
            if tries:
                sender.settle(list(zip(tries, pool.map(sender.hand_over, tries), strict=True)))
                yield sender.state
            elif not sender.wait():
                yield sender.state
                return


_Try = tuple[Entry, Delivery]
_Outcome = Accepted | DeliveryError


class _Way:
    """A route with its pace."""

    def __init__(self, route: Route, uow: UnitOfWork, now: datetime) -> None:
        self.messenger = route.messenger
        self.pacer = Pacer(route.limits)
        self._last = now - _DAY
        self.held_until = now
        self.pauses = 0
        self.stopped = ""
        for handed in uow.outbox.handed(route.messenger.channel, now - _DAY):
            self.sent(handed.recipient, handed.at, free_form=handed.free_form)

    def ready_at(self, recipient: str, now: datetime, *, free_form: bool) -> datetime:
        return max(self.pacer.ready_at(recipient, max(now, self._last), free_form=free_form), self.held_until)

    def finish(self, recipients: list[str], now: datetime) -> datetime:
        return self.pacer.finish(recipients, max(now, self._last)) if recipients else now

    def sent(self, recipient: str, at: datetime, *, free_form: bool) -> None:
        self._last = max(at, self._last)  # another machine's clock may be ahead
        self.pacer.sent(recipient, self._last, free_form=free_form)

    def learn(self, outcomes: list[_Outcome], now: datetime) -> None:
        """Go slower, or stop, by what came of a handful."""
        stops = [str(outcome) for outcome in outcomes if isinstance(outcome, ChannelStoppedError)]
        throttled = [outcome for outcome in outcomes if isinstance(outcome, ThrottledError)]
        waits = [outcome.wait_s for outcome in throttled if not outcome.recipient_only]
        waits += [1 for outcome in outcomes if isinstance(outcome, ChannelDownError)]
        if stops:
            self.stopped = stops[0]
        elif waits:
            self.pauses += 1
            self.held_until = now + timedelta(seconds=min(max(waits) * 2**self.pauses, _LONGEST_PAUSE_S))
            if self.pauses >= MOST_PAUSES:
                self.stopped = str(next(outcome for outcome in outcomes if isinstance(outcome, DeliveryError)))
        elif any(isinstance(outcome, Accepted) for outcome in outcomes):
            self.pauses = 0


class _Sender:
    """One run over the outbox."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._clock = office.clock
        now = self._clock.now()
        with office.store.read() as uow:
            self._main, self._sms = _Way(office.main, uow, now), _Way(office.sms, uow, now)
            main, sms = uow.outbox.open_recipients()
        self._begun, self._done = now, 0
        self._planned = max(self._main.finish(main, now), self._sms.finish(sms, now))
        self._wake: datetime | None = None
        self.state = Sending(left=len(main) + len(sms), finish=self._planned)

    def claim(self) -> list[_Try]:
        """The next handful; each is a row before it is a request."""
        now = self._clock.now()
        self._wake = None
        with self._office.store.write() as uow:
            tries = self._choose(uow, uow.outbox.due(now, _LOOKED_AT), now)
            if not tries and self._wake is not None and self._wake - now > timedelta(seconds=LONGEST_WAIT_S):
                # The oldest ones wait for the day's limit; answers do not, and may be behind any number of them.
                tries = self._choose(uow, uow.outbox.due(now, _LOOKED_AT, heard_since=now - WINDOW), now)
            if tries:
                uow.outbox.claim(tries)
        return tries

    def _choose(self, uow: UnitOfWork, due: Sequence[Entry], now: datetime) -> list[_Try]:
        """Those that may go now, at most a handful; what is of no use any more is dropped."""
        tries: list[_Try] = []
        heard = uow.phones.last_heard({entry.row.recipient for entry in due})
        for entry in due:
            if entry.row.expires is not None and entry.row.expires <= now:
                uow.outbox.save(replace(entry, state=OutboxState.DROPPED), None)
                self._count(dropped=1)
            elif len(tries) < self._office.at_once:
                last = heard.get(entry.row.recipient)
                free = window_open(last, now) and entry.row.kind is not MessageKind.ONE_TIME_CODE
                tries += self._begin(entry, now, free_form=free and not entry.by_sms)
        return tries

    def _begin(self, entry: Entry, now: datetime, *, free_form: bool) -> list[_Try]:
        way = self._way(entry)
        if way.stopped:
            return []
        ready = way.ready_at(entry.row.recipient, now, free_form=free_form)
        if ready > now:
            self._wake = min(ready, self._wake or ready)
            return []
        way.sent(entry.row.recipient, now, free_form=free_form)
        attempt = entry.attempts + 1
        claimed = replace(entry, state=OutboxState.CLAIMED, attempts=attempt, not_before=now + PATIENCE)
        channel = way.messenger.channel
        return [
            (claimed, Delivery(entry.row.key, attempt, channel, free_form, "", Progress(Status.CLAIMED, now))),
        ]

    def hand_over(self, trial: _Try) -> _Outcome:
        """One request, in a thread of its own."""
        entry, delivery = trial
        try:
            message = replace(self._office.compose(entry.row), free_form=delivery.free_form)
        except (MeterOcrError, ValueError) as error:
            away = isinstance(error, StoreError) and not isinstance(error, NotFoundError | ConflictError)
            why = f"expected a row that can be composed, got: {error}"
            return ChannelDownError(why) if away else RefusedError(why)  # the store may be back soon
        try:
            return self._way(entry).messenger.send(message)
        except DeliveryError as error:
            return error

    def settle(self, outcomes: list[tuple[_Try, _Outcome]]) -> None:
        """Write what came of a handful."""
        now = self._clock.now()
        with self._office.store.write() as uow:
            for trial, outcome in sorted(outcomes, key=lambda each: each[0][1].key):
                self._settle(uow, trial, outcome)
        for way in (self._main, self._sms):
            way.learn([outcome for (entry, _), outcome in outcomes if self._way(entry) is way], now)
        self._done += len(outcomes)
        took = (now - self._begun) / self._done
        finish = max(self._planned, now + took * self.state.left)
        self.state = replace(self.state, finish=finish, stopped=self._main.stopped or self._sms.stopped)

    def _settle(self, uow: UnitOfWork, trial: _Try, outcome: _Outcome) -> None:
        now = self._clock.now()
        tried, claimed = trial
        entry, delivery = uow.outbox.get(claimed.key, claimed.attempt)
        if isinstance(outcome, UncertainError):
            self._count(uncertain=1)
            return
        if isinstance(outcome, Accepted):
            uow.outbox.save(*accepted(entry, delivery, outcome, now))
            self._count(sent=1, by_sms=int(tried.by_sms))
            return
        if isinstance(outcome, WindowClosedError):
            uow.phones.heard(tried.row.recipient, None)
        moved = entry.row.recipient != tried.row.recipient
        after, kept = failed(entry, delivery, failure_of(outcome), now, moved=moved)
        if isinstance(outcome, ThrottledError) and after.state is OutboxState.WAITING:
            after = replace(after, not_before=max(after.not_before, now + timedelta(seconds=outcome.wait_s)))
        uow.outbox.save(after, kept)
        given_up = after.state is OutboxState.FAILED
        self._count(failed=int(given_up), put_off=int(not given_up))

    def wait(self) -> bool:
        """Until something may be tried, or for a while; says whether there is anything to wait for."""
        now = self._clock.now()
        wake = self._wake
        if wake is None:
            with self._office.store.read() as uow:
                wake = uow.outbox.next_try(lost=False)  # that is for another time
            if wake is None or (wake <= now and self.state.stopped):
                return False
        self._clock.sleep(min(max((wake - now).total_seconds(), _SHORTEST_WAIT_S), LONGEST_WAIT_S))
        return True

    def _way(self, entry: Entry) -> _Way:
        return self._sms if entry.by_sms else self._main

    def _count(self, **more: int) -> None:
        done = {name: getattr(self.state, name) + count for name, count in more.items()}
        ended = sum(more.get(name, 0) for name in ("sent", "failed", "dropped"))
        self.state = replace(self.state, left=max(self.state.left - ended, 0), **done)
