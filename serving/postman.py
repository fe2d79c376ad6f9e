"""What is in the outbox is sent by a thread beside the requests: one on each machine, of all its workers."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import IO

from meterocr.composition import Office
from meterocr.delivery.console import Console
from meterocr.delivery.no_sms import NoSms
from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.errors import MeterOcrError
from meterocr.workflow.composing import Composer
from meterocr.workflow.messaging import Channel
from meterocr.workflow.pacing import Limits
from meterocr.workflow.sending import Clock, PostOffice, Route, send_outbox
from meterocr.workflow.wording import Language
from serving.logs import fields, log
from serving.metrics import DELIVERIES

LOCK = "outbox.lock"
_LOOK_S = 2.0
_STOPPED_S = 300.0
"""Seconds until a channel that stopped is tried again."""
_OUTCOMES = ("sent", "failed", "put_off", "dropped", "uncertain")
"""What is counted of a :class:`~meterocr.workflow.sending.Sending`."""
_WIDE = Limits(per_second=1000, recipient_gap=timedelta(), daily_recipients=None)


def post_office(office: Office, language: Language, whatsapp: tuple[WhatsApp, Limits] | None = None) -> PostOffice:
    """What sends: over WhatsApp; or without it, written to standard error where an operator sees it, SMS too."""
    compose = Composer(office.store, office.press, language, office.marked)
    clock = Clock(office.clock)
    if whatsapp is None:  # one after the other, or the lines would mix
        sms = Route(Console(sys.stderr, channel=Channel.SMS), _WIDE)
        return PostOffice(office.store, compose, Route(Console(sys.stderr), _WIDE), sms, at_once=1, clock=clock)
    client, limits = whatsapp
    return PostOffice(office.store, compose, Route(client, limits), Route(NoSms(), _WIDE), clock=clock)


class Postman:
    """Sends what is due, until it is closed. Of several in one ``home`` only one does; another one takes over."""

    def __init__(self, post: PostOffice, home: Path) -> None:
        self._closing = Event()
        self._post = replace(post, clock=replace(post.clock, sleep=self._sleep))
        self._home = home
        self._lock: IO[bytes] | None = None
        self._thread = Thread(target=self._run, name="postman", daemon=True)

    def start(self) -> None:
        """Begin, with what was left from before."""
        self._thread.start()

    def close(self) -> None:
        """Finish what is on the way; the rest is there when it is started again."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._lock is not None:
            self._lock.close()

    def work(self) -> float:
        """Send what is due; gives the seconds until it is worth looking again."""
        if not self._is_mine():
            return _LOOK_S
        with self._post.store.read() as uow:
            due = uow.outbox.next_try(lost=True)
        if due is None or due > self._post.clock.now():
            return _LOOK_S
        stopped, counted = "", dict.fromkeys(_OUTCOMES, 0)
        with suppress(_ClosedError):
            for sending in send_outbox(self._post):
                stopped = sending.stopped
                for outcome, before in counted.items():
                    counted[outcome] = getattr(sending, outcome)
                    DELIVERIES.labels(outcome).inc(counted[outcome] - before)
                if self._closing.is_set():
                    break
        if stopped:
            log.warning("delivery stopped", extra=fields(channel=self._post.main.messenger.channel.value))
        return _STOPPED_S if stopped else _LOOK_S

    def _is_mine(self) -> bool:
        if self._lock is not None:
            return True
        file = (self._home / LOCK).open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._lock = file
        return True

    def _sleep(self, seconds: float) -> None:
        if self._closing.wait(seconds):
            raise _ClosedError

    def _run(self) -> None:
        wait = 0.0
        while not self._closing.wait(wait):
            wait = _attempt(self.work)


def _attempt(work: Callable[[], float]) -> float:
    try:
        return work()
    except MeterOcrError as error:  # such as a database that is locked for a while
        log.warning("delivery", extra=fields(error=type(error).__name__))
    except Exception:  # a mistake of ours must not end the thread
        log.exception("delivery")
    return _LOOK_S


class _ClosedError(Exception):
    """The server is being stopped."""
