"""The office behind the app, alone and with WhatsApp, anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meterocr.delivery.whatsapp.client import Retries, WhatsApp
from meterocr.workflow.listening import Listener
from meterocr.workflow.wording import Language
from serving import inbox
from serving.desk import ReadingDesk
from serving.inbox import InboxWorker, WhatsAppDoor
from serving.place import Place
from serving.settings import ServeSettings
from tests.delivery.conftest import SETTINGS
from tests.serving.conftest import KnownReader
from tests.serving.office import Clock, Desk, make_office
from tests.serving.routes.chat import Chat
from tests.whatsapp_standin import StandIn

SECRET = "s" * 32


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office = make_office(tmp_path)
    reading = ReadingDesk(KnownReader(), threads=2, queue=4)
    yield Desk.of(Place(office, reading, ServeSettings(link_secret=SECRET)))
    reading.close()
    office.close()


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    office = make_office(tmp_path)
    monkeypatch.setattr(inbox, "A_MINUTE", 1000)
    reading = ReadingDesk(KnownReader(), threads=2, queue=4)
    assert isinstance(office.clock, Clock)
    with StandIn(now=office.clock.now.timestamp(), gap_s=0) as standin:
        settings = replace(SETTINGS, url=standin.url)
        with WhatsApp(settings, retries=Retries(attempts=1)) as client:
            worker = InboxWorker(Listener(office.desk, client, office.rating, Language.HI), office.act)
            place = Place(office, reading, ServeSettings(), whatsapp=WhatsAppDoor(settings, worker))
            yield Chat(Desk.of(place), standin, client, worker)
    reading.close()
    office.close()
