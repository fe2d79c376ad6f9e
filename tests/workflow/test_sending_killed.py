"""Sending over a real connection to the stand-in of WhatsApp, killed at any point: nothing twice, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from meterocr.delivery.whatsapp.webhook import read_webhook
from meterocr.store.database import SqlStore
from meterocr.workflow.deliveries import take_reports
from meterocr.workflow.messaging import Status
from meterocr.workflow.outbox import OutboxState
from meterocr.workflow.phones import register_phone
from meterocr.workflow.sending import PATIENCE
from meterocr.workflow.values.act import Act
from tests.delivery.conftest import SETTINGS
from tests.store.book import put_connection
from tests.whatsapp_standin import StandIn, sign, webhook_body
from tests.workflow.letters import NOW, phone_of, put_rows, rows
from tests.workflow.people import registration

ROOT = Path(__file__).parents[2]
SENDER = """
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from meterocr.delivery.whatsapp.client import Retries, WhatsApp
from meterocr.store.database import open_store
from meterocr.workflow.messaging import Channel
from meterocr.workflow.sending import Clock, PostOffice, Route, send_outbox
from tests.delivery.conftest import SETTINGS
from tests.workflow.letters import WIDE, Hands, compose
url, api, now = sys.argv[1:]
settings = replace(SETTINGS, url=api, limits=WIDE)
at = datetime.fromisoformat(now)
with WhatsApp(settings, retries=Retries(first_s=0)) as client:
    clock = Clock(lambda: at, lambda _seconds: None)
    routes = Route(client, WIDE), Route(Hands(Channel.SMS), WIDE)
    for sending in send_outbox(PostOffice(open_store(url), compose, *routes, at_once=3, clock=clock)):
        print(sending.sent, sending.by_sms, sending.left, flush=True)
"""


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return StandIn()


def sender(url: str, standin: StandIn, after: timedelta = timedelta()) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SENDER, url, standin.url, (NOW + after).isoformat()]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    told, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return told.splitlines()[-1].split()


def take_webhooks(standin: StandIn, store: SqlStore) -> None:
    """All of them twice, in disorder, each in a transaction of its own."""
    calls = standin.webhooks * 2
    standin.webhooks = []
    random.Random(3).shuffle(calls)
    for value in calls:
        body = webhook_body(value)
        webhook = read_webhook(body, sign(body), SETTINGS)
        ours = take_reports(store, webhook.statuses, webhook.incoming, Act("whatsapp", NOW))
        assert ours == len(webhook.statuses)


def by_key(standin: StandIn) -> Counter[str]:
    return Counter(message["biz_opaque_callback_data"] for message in standin.messages)


def wait_for(standin: StandIn, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(standin.messages) < count and time.monotonic() < deadline:
        time.sleep(0.005)


def test_killed_with_messages_on_the_way(store: SqlStore, url: str, standin: StandIn) -> None:
    put_rows(store, rows(30))
    with standin:
        for round_ in range(3):  # messages arrive, and their answers never do
            before = len(standin.messages)
            standin.faults.extend(["ok"] * 3 + ["slow"] * 3)
            process = sender(url, standin)
            wait_for(standin, before + 6)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            standin.faults.clear()
            with store.read() as uow:
                assert uow.outbox.counts()[OutboxState.CLAIMED] >= 3, round_
        take_webhooks(standin, store)
        assert finish(sender(url, standin, PATIENCE * 2))[2] == "0"
        assert by_key(standin) == {f"k-{n}": 1 for n in range(30)}
        take_webhooks(standin, store)
    with store.read() as uow:
        assert uow.outbox.counts() == {OutboxState.SENT: 30}
        assert {uow.outbox.get(f"k-{n}", 1)[1].progress.status for n in range(30)} == {Status.READ}


def test_killed_before_anything_arrived(store: SqlStore, url: str, standin: StandIn) -> None:
    put_rows(store, rows(5))
    with standin:
        standin.token_valid = False
        with standin._lock:  # the requests wait for it
            process = sender(url, standin)
            deadline = time.monotonic() + 120
            while time.monotonic() < deadline:
                with store.read() as uow:
                    if uow.outbox.counts().get(OutboxState.CLAIMED):
                        break
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        time.sleep(0.2)
        standin.token_valid = True
        assert standin.messages == []
        assert finish(sender(url, standin))[:2] == ["2", "0"]  # the three that may be there wait for their status
        assert finish(sender(url, standin, PATIENCE))[:2] == ["3", "0"]
        assert by_key(standin) == {f"k-{n}": 1 for n in range(5)}


def test_not_on_whatsapp_in_time_and_later(store: SqlStore, url: str, standin: StandIn) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        register_phone(uow, registration("C-1", phone_of(1)), Act("office", NOW))
    put_rows(store, rows(6))
    with standin:
        standin.unreachable.add(phone_of(0).removeprefix("+"))
        standin.unreachable_later.add(phone_of(1).removeprefix("+"))
        assert finish(sender(url, standin)) == ["6", "1", "0"]
        take_webhooks(standin, store)
        assert finish(sender(url, standin)) == ["1", "1", "0"]
    with store.read() as uow:
        assert uow.outbox.counts() == {OutboxState.SENT: 6}
        assert [uow.outbox.get(f"k-{n}", 2)[1].channel for n in (0, 1)] == ["sms", "sms"]


def test_two_senders_at_once(store: SqlStore, url: str, standin: StandIn) -> None:
    put_rows(store, rows(40))
    with standin:
        both = [sender(url, standin), sender(url, standin)]
        told = [int(finish(process)[0]) for process in both]
        assert sum(told) == 40
        assert by_key(standin) == {f"k-{n}": 1 for n in range(40)}


def test_who_writes_stop_gets_nothing_more(store: SqlStore, url: str, standin: StandIn) -> None:
    put_rows(store, rows(2))
    with standin:
        standin.write(phone_of(0), type="text", text={"body": " Stop "})
        standin.write(phone_of(1), type="text", text={"body": "hello"})
        take_webhooks(standin, store)
        finish(sender(url, standin))
        assert by_key(standin) == {"k-1": 1}
        assert [message["type"] for message in standin.messages] == ["text"]  # in the window, and so no template
    with store.read() as uow:
        assert uow.outbox.counts() == {OutboxState.DROPPED: 1, OutboxState.SENT: 1}
