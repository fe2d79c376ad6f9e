"""Messages, settings and a stand-in of the WhatsApp Cloud API for the tests of delivery."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from meterocr.delivery.whatsapp.client import Retries, WhatsApp
from meterocr.delivery.whatsapp.settings import WhatsAppSettings, whatsapp_settings
from meterocr.workflow.messaging import Document, Message
from meterocr.workflow.wording import FIELDS, Language, MessageKind
from tests.whatsapp_standin import APP_SECRET, PHONE_NUMBER_ID, TOKEN, VERIFY_TOKEN, StandIn

PHONE = "+919812345678"
PDF = b"%PDF-1.4 a bill"
ENVIRONMENT = {
    "METEROCR_WHATSAPP_TOKEN": TOKEN,
    "METEROCR_WHATSAPP_PHONE_NUMBER_ID": PHONE_NUMBER_ID,
    "METEROCR_WHATSAPP_APP_SECRET": APP_SECRET,
    "METEROCR_WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
    "METEROCR_WHATSAPP_DAILY_RECIPIENTS": "100000",
}
SETTINGS: WhatsAppSettings = whatsapp_settings(ENVIRONMENT)


def message(kind: MessageKind = MessageKind.BILL, **changes: Any) -> Message:
    document = Document("bill-B-1.pdf", PDF) if kind is MessageKind.BILL else None
    made = Message("key-1", PHONE, Language.HI, kind, tuple(f"<{name}>" for name in FIELDS[kind]), document)
    return replace(made, **changes)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with StandIn() as running:
        yield running


@pytest.fixture
def connect(standin: StandIn) -> Iterator[Callable[..., WhatsApp]]:
    """Makes clients of the stand-in that do not really wait between attempts."""
    opened: list[WhatsApp] = []

    def make(*, timeout_s: float = 30, waits: list[float] | None = None) -> WhatsApp:
        pauses = [] if waits is None else waits
        retries = Retries(sleep=pauses.append, chance=lambda: 0.5)
        settings = replace(SETTINGS, url=standin.url)
        opened.append(WhatsApp(settings, timeout=httpx.Timeout(timeout_s), retries=retries))
        return opened[-1]

    yield make
    for client in opened:
        client.close()
