"""Client, stand-in and webhooks together: what was sent, and what is known of it in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from meterocr import errors
from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.delivery.whatsapp.webhook import read_webhook
from meterocr.workflow.messaging import Incoming, Progress, Status, StatusEvent, advance
from meterocr.workflow.wording import MessageKind
from tests.delivery.conftest import PHONE, SETTINGS, message
from tests.whatsapp_standin import StandIn

Connect = Callable[..., WhatsApp]
RETAKE = message(MessageKind.RETAKE)


class Inbox:
    """A receiver of webhooks as a server would be: reads, and answers 200."""

    def __init__(self) -> None:
        self.statuses: list[StatusEvent] = []
        self.incoming: list[Incoming] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                read = read_webhook(body, self.headers.get("X-Hub-Signature-256", ""), SETTINGS)
                inbox.statuses += read.statuses
                inbox.incoming += read.incoming
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Inbox:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhook"


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_way_with_lost_answers_duplicates_and_disorder(standin: StandIn, connect: Connect, seed: int) -> None:
    """Every message ends in the right state, and none is sent twice, though one answer was lost."""
    phones = {f"key-{i}": f"+91981234567{i}" for i in range(6)}
    standin.unreachable_later.add(phones["key-3"].removeprefix("+"))
    client = connect()
    uncertain: list[str] = []
    for key, phone in phones.items():
        standin.faults.append("accept_and_drop" if key == "key-1" else "ok")
        try:
            client.send(replace(RETAKE, key=key, to=phone))
        except errors.UncertainError:
            uncertain.append(key)
    standin.write_photo(PHONE, b"photo", "मीटर")
    with Inbox() as inbox:
        standin.deliver(inbox.url, seed=seed)
    ledger: dict[str, Progress] = {}
    for event in inbox.statuses:
        before = ledger.get(event.key, Progress(Status.ACCEPTED, event.at))
        ledger[event.key] = advance(before, event)
    assert uncertain == ["key-1"]
    assert {key: progress.status for key, progress in ledger.items()} == {
        key: Status.FAILED if key == "key-3" else Status.READ for key in phones
    }
    failed = ledger["key-3"].failure
    assert failed is not None
    assert (failed.kind, failed.code) == ("not_reachable", 131026)
    assert {(i.message_id, i.sender, i.text) for i in inbox.incoming} == {(inbox.incoming[0].message_id, PHONE, "मीटर")}
    fetched = inbox.incoming[0].photo
    assert fetched is not None
    assert client.fetch(fetched) == b"photo"
    assert [event.status for event in inbox.statuses] != sorted(event.status for event in inbox.statuses)
    assert len(inbox.statuses) == 2 * (5 * 3 + 2)
