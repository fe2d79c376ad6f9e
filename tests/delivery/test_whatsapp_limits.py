"""The limits of the account and of the app, kept by the other side: the real client and the outbox live with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.errors import ThrottledError
from meterocr.store.database import SqlStore
from meterocr.workflow.messaging import Channel
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.pacing import Limits
from meterocr.workflow.sending import PostOffice, Route, Sending, send_outbox
from meterocr.workflow.wording import MessageKind
from tests.delivery.conftest import message
from tests.store.conftest import server, store, url
from tests.whatsapp_standin import StandIn
from tests.workflow.letters import NOW, WIDE, Hands, Moved, compose, put_rows, rows

__all__ = ["server", "store", "url"]
Connect = Callable[..., WhatsApp]


@dataclass
class Together(Moved):
    """A clock that moves the stand-in's too."""

    standin: StandIn | None = None

    def now(self) -> datetime:
        time = super().now()
        assert self.standin is not None
        self.standin.now = time.timestamp()
        return time


def send(store: SqlStore, client: WhatsApp, clock: Together, limits: Limits = WIDE) -> Sending:
    sms = Route(Hands(Channel.SMS), WIDE)
    post = PostOffice(store, compose, Route(client, limits), sms, at_once=4, clock=clock.clock())
    return list(send_outbox(post))[-1]


@pytest.mark.parametrize(("limit", "code"), [("calls_an_hour", 4), ("account_calls", 80007), ("daily", 80007)])
def test_the_codes_over_the_wire(standin: StandIn, connect: Connect, limit: str, code: int) -> None:
    setattr(standin, limit, 1)
    client = connect()
    client.send(message(MessageKind.RETAKE))
    with pytest.raises(ThrottledError) as caught:
        client.send(replace(message(MessageKind.RETAKE), to="+919812345679", key="key-2"))
    assert (caught.value.code, caught.value.wait_s, caught.value.recipient_only) == (code, 300, False)
    standin.now += 25 * 3600
    client.send(replace(message(MessageKind.RETAKE), to="+919812345679", key="key-2"))
    assert len(standin.messages) == 2


def test_the_tier_of_the_day_is_kept_without_a_refusal(store: SqlStore, standin: StandIn, connect: Connect) -> None:
    standin.daily = 3
    put_rows(store, rows(5))
    clock = Together(standin=standin)
    done = send(store, connect(), clock, replace(WIDE, daily_recipients=3))
    assert (done.sent, done.put_off, done.failed) == (5, 0, 0)
    assert clock.time - NOW >= timedelta(hours=24)
    assert len(standin.requests) == 5


@pytest.mark.parametrize("limit", ["calls_an_hour", "account_calls", "daily"])
def test_what_the_other_side_puts_off_goes_later(
    store: SqlStore, standin: StandIn, connect: Connect, limit: str
) -> None:
    setattr(standin, limit, 3)
    put_rows(store, rows(5))
    clock = Together(standin=standin)
    done = send(store, connect(), clock)
    assert (done.sent, done.failed, done.left) == (3, 0, 2)
    assert done.stopped.startswith("WhatsApp answered ")
    with store.read() as uow:
        assert uow.outbox.counts() == {OutboxState.SENT: 3, OutboxState.WAITING: 2}
    clock.time += timedelta(hours=25)
    assert send(store, connect(), clock).sent == 2
    assert sorted(each["biz_opaque_callback_data"] for each in standin.messages) == [f"k-{n}" for n in range(5)]
