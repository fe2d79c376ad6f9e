"""What came in is worked on by a thread beside the requests: whoever sent it was answered before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread

from meterocr.delivery.whatsapp.settings import WhatsAppSettings
from meterocr.errors import MeterOcrError
from meterocr.workflow.inbox import MOST_ATTEMPTS, Item
from meterocr.workflow.listening import Listener, give_up, work_on
from meterocr.workflow.values.act import Act
from serving.limits import RateLimits
from serving.logs import fields, log

_LOOK_S = 5.0
"""Seconds after which it looks by itself: other processes take in messages too, and some were put off."""
A_MINUTE = 6
"""Messages of one phone that are worked on; more have to wait."""
_FIRST_PAUSE = timedelta(seconds=15)

MakeAct = Callable[[str], Act]


class InboxWorker:
    """Works on the inbox, one item after the other, until it is closed. Several processes may have one each."""

    def __init__(self, listener: Listener, act: MakeAct) -> None:
        self._listener = listener
        self._act = act
        self._something = Event()
        self._limits = RateLimits()
        self._closing = False
        self._thread = Thread(target=self._run, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin, with what was left from before."""
        self._thread.start()

    def wake(self) -> None:
        """Something came in."""
        self._something.set()

    def close(self) -> None:
        """Finish what was taken up; the rest is there when it is started again."""
        self._closing = True
        self._something.set()
        self._thread.join()

    def work(self) -> bool:
        """Work on one item; says whether there was one."""
        act = self._act("whatsapp")
        with self._listener.desk.store.write() as uow:
            item = uow.inbox.claim(act.at)
        if item is None:
            return False
        wait = self._limits.take(item.new.sender, A_MINUTE) if item.new.sender else 0
        if wait:
            with self._listener.desk.store.write() as uow:
                uow.inbox.put_off(item.id, act.at + timedelta(seconds=wait), item.attempts - 1)
            return True
        try:
            work_on(self._listener, item, act)
        except MeterOcrError as error:
            self._put_off(item, error)
        except Exception as error:  # a mistake of ours must not end the thread
            log.exception("inbox", extra=fields(item=item.id))
            self._put_off(item, error)
        return True

    def _put_off(self, item: Item, error: Exception) -> None:
        act = self._act("whatsapp")
        given_up = item.attempts >= MOST_ATTEMPTS
        log.warning("inbox", extra=fields(item=item.id, attempt=item.attempts, error=type(error).__name__))
        if given_up:
            give_up(self._listener, item, act)
            return
        with self._listener.desk.store.write() as uow:
            uow.inbox.put_off(item.id, act.at + _FIRST_PAUSE * 2 ** (item.attempts - 1), item.attempts)

    def _run(self) -> None:
        while not self._closing:
            self._something.clear()
            try:
                while not self._closing and self.work():
                    pass
            except Exception:  # such as a database that is gone for a while
                log.exception("inbox")
            if not self._closing:
                self._something.wait(_LOOK_S)


@dataclass(frozen=True, slots=True)
class WhatsAppDoor:
    """Where WhatsApp comes in: what its webhooks are checked with, and who works on what they bring."""

    settings: WhatsAppSettings
    worker: InboxWorker
