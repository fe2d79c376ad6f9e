"""The BentoML service: ``bentoml serve serving.service:MeterOcr``, or better ``python -m serving``, which looks first.

BentoML starts and watches the worker processes and builds containers. Its own pages and endpoints are not shown:
a bad upload to them is a 500, an address in a file field is fetched (SSRF), and their errors have other bodies. So
every request goes to our app, by a middleware that stands before BentoML's routes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from meterocr import MeterReader
from meterocr.composition import Settings, open_office, see
from serving.app import make_app
from serving.beside import Beside
from serving.counting import CountingReader
from serving.desk import ReadingDesk
from serving.logs import log_as_json
from serving.metrics import forget_the_dead
from serving.place import Place
from serving.protocol import bound_protocol
from serving.settings import ServeSettings

bound_protocol()
SETTINGS = ServeSettings.from_environment()


class _Front:
    """Where the app is put once the worker has made it, and what BentoML mounts until then."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request."""
        assert self.app is not None  # noqa: S101 - BentoML listens only after the service was made
        await self.app(scope, receive, send)


FRONT = _Front()


class OnlyOurs:
    """Middleware before BentoML's routes: requests go to our app, and only the rest of the protocol to BentoML's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every request and the life span."""
        await (FRONT if scope["type"] == "http" else self._app)(scope, receive, send)


@bentoml.asgi_app(FRONT, path="/")
@bentoml.service(
    name="meterocr",
    workers=SETTINGS.workers,
    threads=SETTINGS.reading_threads,
    # Ours have one error body, count what matters and log no path; BentoML's are switched off as far as they can be.
    traffic={"timeout": 24 * 3600},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class MeterOcr:
    """One worker: the models are loaded once, before it listens."""

    def __init__(self) -> None:
        log_as_json()
        forget_the_dead()
        reader = MeterReader(threads=1, max_risk=SETTINGS.max_risk)
        counted = CountingReader(reader)
        self._desk = ReadingDesk(counted, threads=SETTINGS.reading_threads, queue=SETTINGS.queue)
        office = open_office(Settings.from_environment())
        self._office = replace(office, look=partial(see, counted))
        self._beside = Beside(self._office, SETTINGS)
        place = Place(self._office, self._desk, SETTINGS, whatsapp=self._beside.door, certificate=reader.certificate)
        FRONT.app = make_app(place)

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """After the last request was answered."""
        self._beside.close()
        self._desk.close()
        self._office.close()


def _hide(service: Any) -> None:
    service.add_asgi_middleware(OnlyOurs)


_hide(MeterOcr)
