"""What a worker does beside answering requests: it works on what came in, and sends what is to go out."""

from __future__ import annotations

import os

from meterocr.composition import Office
from meterocr.delivery.whatsapp.client import WhatsApp
from meterocr.delivery.whatsapp.settings import PREFIX, WhatsAppSettings, whatsapp_settings
from meterocr.workflow.listening import Listener
from meterocr.workflow.wording import Language
from serving.inbox import InboxWorker, WhatsAppDoor
from serving.postman import Postman, post_office
from serving.settings import ServeSettings

LANGUAGE = Language.HI
"""Of those who wrote in none yet."""


def whatsapp_or_none() -> WhatsAppSettings | None:
    """What the environment says of WhatsApp; ``None`` where it says nothing.

    Raises:
        SettingError: it says something, but not all, or something wrong.
    """
    return whatsapp_settings() if any(name.startswith(PREFIX) for name in os.environ) else None


class Beside:
    """The threads of a worker, started. ``door`` is where WhatsApp comes in, if it is set up."""

    def __init__(self, office: Office, serve: ServeSettings) -> None:
        settings = whatsapp_or_none()
        self.door: WhatsAppDoor | None = None
        self._client: WhatsApp | None = None
        self._postman: Postman | None = None
        if settings is not None:
            self._client = WhatsApp(settings)
            listener = Listener(office.desk, self._client, office.rating, LANGUAGE)
            self.door = WhatsAppDoor(settings, InboxWorker(listener, office.act))
            self.door.worker.start()
        if serve.deliver:
            way = None if self._client is None or settings is None else (self._client, settings.limits)
            self._postman = Postman(post_office(office, LANGUAGE, way), office.settings.home)
            self._postman.start()

    def close(self) -> None:
        """Finish what was taken up."""
        if self.door is not None:
            self.door.worker.close()
        if self._postman is not None:
            self._postman.close()
        if self._client is not None:
            self._client.close()
