"""A photo that is sent for a connection, by whoever: taken in once, at the reading desk."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from meterocr.workflow.intake import Incoming
from meterocr.workflow.taking import WANTED, take_in
from meterocr.workflow.values.act import Act
from serving.fields import NAME
from serving.once import Once
from serving.place import place_of
from serving.told import TakenBody, taken_told
from serving.uploads import Upload, upload_of

FIELDS = {"consumer_number": NAME}
"""What is sent with a photo."""


async def photo_taken(request: Request, key: str, *, visited: bool) -> Response:
    """The answer to a photo.

    Raises:
        ApiError, MeterOcrError: the photo was not taken in; sent again under the same key, it is tried again.
    """
    place = place_of(request)
    place.desk.refuse_when_full()
    upload = await upload_of(request, FIELDS, most_bytes=place.settings.photo_bytes)
    return await place.desk.work(lambda: _taken(Once(request, key, upload.digest), upload, visited=visited))


def _taken(once: Once, upload: Upload, *, visited: bool) -> Response:
    office = place_of(once.request).office

    def finish(act: Act) -> TakenBody:
        number = upload.texts["consumer_number"]
        incoming = Incoming(once.name, number, upload.photo, act.at - WANTED, act.at, visited)
        return taken_told(take_in(office.desk, incoming, office.rating, act), to_sender=not visited)

    return once.answer_in_steps(finish)
