"""An office that is reached over the stand-in of WhatsApp."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.workflow.composing import Composer
from meterocr.workflow.messaging import Channel
from meterocr.workflow.pacing import Limits
from meterocr.workflow.phones import register_phone
from meterocr.workflow.sending import Clock, PostOffice, Route, send_outbox
from meterocr.workflow.wording import Language
from serving.inbox import InboxWorker
from tests.serving.office import Desk
from tests.whatsapp_standin import StandIn, sign, webhook_body
from tests.workflow.letters import Hands

PATH = "/v1/webhooks/whatsapp"
PHONE = "+919812345678"
HEAD = {"authorization": "", "content-type": "application/json"}


@dataclass(frozen=True)
class Chat:
    """An office that is reached over the stand-in of WhatsApp."""

    desk: Desk
    standin: StandIn
    client: WhatsApp
    worker: InboxWorker

    def post(self, body: bytes, signature: str) -> httpx.Response:
        headers = HEAD | {"x-hub-signature-256": signature}
        return self.desk.app.call("POST", PATH, content=body, headers=headers)

    def arrive(self, seed: int = 0) -> None:
        """All webhooks, twice and in disorder; then what they brought is worked on."""
        calls = self.standin.webhooks * 2
        self.standin.webhooks = []
        random.Random(seed).shuffle(calls)
        for value in calls:
            body = webhook_body(value)
            assert self.post(body, sign(body)).status_code == 200
        self.work()

    def work(self) -> None:
        for _ in range(50):
            if not self.worker.work():
                return

    def send(self) -> list[dict[str, Any]]:
        """Send what is in the outbox; gives what the stand-in took."""
        office, limits = self.desk.office, Limits(80, timedelta(), None)
        before = len(self.standin.messages)
        compose = Composer(office.store, office.press, Language.HI, office.marked)
        clock = Clock(office.clock, lambda _: None)
        sms = Route(Hands(Channel.SMS), limits)
        list(send_outbox(PostOffice(office.store, compose, Route(self.client, limits), sms, at_once=1, clock=clock)))
        return self.standin.messages[before:]

    def said(self, sent: list[dict[str, Any]]) -> list[str]:
        kinds = {"text": "body", "image": "caption", "document": "caption"}
        return [message[message["type"]][kinds[message["type"]]] for message in sent]

    def register(self, *numbers: str) -> None:
        with self.desk.office.store.write() as uow:
            act = self.desk.office.act("mitra-7")
            for number in numbers:
                entry = PhoneRegistration(PHONE, number, act.at, act.by, Registrar.URJA_MITRA)
                register_phone(uow, entry, act)


def text(body: str) -> dict[str, Any]:
    return {"type": "text", "text": {"body": body}}
