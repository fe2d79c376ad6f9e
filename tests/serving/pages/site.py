"""A whole site for the tests: the ten consumers of the demonstration, real models, and a clock that stands still."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

import uvicorn

from meterocr import MeterReader
from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.cli.demo.cast import CAST, DAY, write_files
from meterocr.composition import Office, Settings, open_office, see, set_up
from meterocr.store.transfer import Import, import_csv
from meterocr.workflow.evidence import StoredSubmission
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.keys import Scope, make_key
from meterocr.workflow.phones import register_phone
from serving.app import make_app
from serving.desk import ReadingDesk
from serving.place import Place
from serving.settings import ServeSettings


def phone_of(number: str) -> str:
    """A number of the right form for each of the ten."""
    return f"+9198123456{number[-2:]}"


def photo_of(number: str) -> bytes:
    """The photo of a connection's meter."""
    name = next(player.photo for player in CAST if player.number == number)
    return (files("meterocr.cli.demo") / "photos" / name).read_bytes()


@dataclass
class Site:
    """A server that answers at ``url``."""

    url: str
    place: Place

    @property
    def office(self) -> Office:
        return self.place.office

    def key(self, *scopes: Scope) -> str:
        """A new key of the staff."""
        with self.office.store.write() as uow:
            return make_key(uow, "Example Clerk", scopes, self.office.act("test"))[0]

    def last_code(self) -> str:
        """What was sent to the phone that asked last."""
        with self.office.store.read() as uow:
            rows = [row for row in uow.outbox.waiting(1000) if row.key.startswith("login:")]
        return str(rows[-1].payload["code"])  # type: ignore[index,call-overload]

    def send(self, number: str, photo: bytes | None = None, *, key: str = "sent-by-test") -> StoredSubmission:
        """A photo that comes in another way."""
        act = self.office.act("test")
        content = photo_of(number) if photo is None else photo
        incoming = Incoming(f"{number}:{key}", number, content, act.at - timedelta(7), act.at)
        return submit(self.office.desk, incoming, act)


@contextmanager
def running(home: Path, *, at: datetime = DAY) -> Iterator[Site]:
    """The site, while the block runs."""
    settings = Settings(home)
    set_up(settings)
    reader = MeterReader(threads=1)
    office = replace(open_office(settings), look=partial(see, reader), clock=lambda: at)
    _fill(office, home)
    desk = ReadingDesk(reader, threads=2, queue=16)
    place = Place(office, desk, ServeSettings(), certificate=reader.certificate)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_app(place), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield Site(f"http://localhost:{listening.getsockname()[1]}", place)
        finally:
            server.should_exit = True
            thread.join()
            desk.close()
            office.close()


def _fill(office: Office, home: Path) -> None:
    act = office.act("test")
    for kind, path in write_files(home / "csv").items():
        import_csv(office.store, path, Import(kind, skip_bad=False, on_error=lambda _: None), act)
    with office.store.write() as uow:
        for player in CAST:
            phone = phone_of(player.number)
            register_phone(uow, PhoneRegistration(phone, player.number, act.at, "test", Registrar.OFFICE), act)
