"""An office in September 2024 with one connection, whose camera sees what is written behind a photo's bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from meterocr.composition import Office, Settings, open_office, set_up
from meterocr.errors import PhotoError
from meterocr.issue import Issue
from meterocr.workflow.evidence import Sight
from meterocr.workflow.keys import Scope
from serving.place import Place
from tests.billing.conftest import WITH_OPERATOR
from tests.metering.conftest import readout
from tests.serving.conftest import App, key_of
from tests.store.book import at, put_connection, put_reading

_NUMBERS = count()


def _png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (100, 40), (90, 110, 90)).save(file, "PNG")
    return file.getvalue()


PNG = _png()


def photo(shows: str = "001350") -> bytes:
    """A picture, other bytes each time; of ``""`` nothing is read, because it is blurred."""
    return PNG + f"\n{next(_NUMBERS)} {shows}".encode()


def look(content: bytes) -> Sight:
    if not content.startswith(PNG):
        raise PhotoError(f"expected a photo, got {len(content)} bytes of something else")
    text = content.decode("latin-1").rpartition(" ")[2]
    changes: dict[str, Any] = {} if text else {"issues": (Issue.BLURRED, Issue.GLARE), "retake": True, "digits": ()}
    digest = hashlib.sha256(content).hexdigest()
    return Sight(readout(text, sha256=digest, **changes), int(digest[:16], 16))


@dataclass
class Clock:
    """The time, which tests move."""

    now: datetime = at(2).at

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def make_office(home: Path) -> Office:
    """Connection C-1 used 150 units in the first month."""
    settings = Settings(home)
    set_up(settings)
    office = replace(open_office(settings), look=look, tariff=WITH_OPERATOR, clock=Clock())
    with office.store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1150, 1)
    return office


@dataclass(frozen=True)
class Desk:
    """The app with a key of every scope, one after the other."""

    app: App
    office: Office

    @classmethod
    def of(cls, place: Place) -> Desk:
        return cls(App(place, key_of(place.office, *Scope)), place.office)

    def post(self, path: str, body: Any = None, *, key: str = "", **options: Any) -> httpx.Response:
        headers = {"idempotency-key": key or f"test-{next(_NUMBERS):08}"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return self.app.call("POST", path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.app.call("GET", path, **options)

    def submit(self, content: bytes, number: str = "C-1", *, key: str = "", at: str = "submissions") -> httpx.Response:
        sent: Any = {"files": {"photo": ("m.png", content)}, "data": {"consumer_number": number}}
        return self.post(f"/v1/{at}", key=key, **sent)

    def issued(self) -> str:
        """The number of a bill that was made of a photo."""
        return str(self.submit(photo()).json()["bill"]["number"])
