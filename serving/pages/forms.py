"""Forms: that they are ours, and what they brought."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from serving.body import body_of
from serving.errors import ApiError
from serving.pages.sessions import Kind
from serving.pages.visitors import visitor
from serving.place import place_of

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?", re.ASCII)
"""What a meter may show, as people type it in."""
_FIELDS = 24  # of a form
_AROUND_PHOTO = 64 * 2**10  # bytes of a form beside its photo


@dataclass(frozen=True, slots=True)
class Form:
    """What a form of ours brought."""

    data: FormData
    photo: bytes

    def text(self, name: str, most: int = 200) -> str:
        """A field; empty where there is none. Half a character, as some charsets have, is a ``?``."""
        value = self.data.get(name, "")
        return value.strip()[:most].encode(errors="replace").decode() if isinstance(value, str) else ""


async def posted(request: Request) -> Form:
    """A form, refused where another site sent it.

    Raises:
        ApiError: 400, 403, 413.
    """
    place = place_of(request)
    who = visitor(request)
    if who.session.kind in (Kind.CONSUMER, Kind.STAFF):  # nobody else sends photos
        body_of(request).allow(place.settings.photo_bytes + _AROUND_PHOTO)
    try:
        async with request.form(max_files=1, max_fields=_FIELDS) as data:
            file = data.get("photo")
            photo = await file.read() if isinstance(file, UploadFile) else b""
    except ApiError:  # too large, too slow
        raise
    except (HTTPException, ValueError, AssertionError) as error:  # also of the charset that the sender chose
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_request", "expected a form, got a broken one") from error
    token = data.get("token", request.headers.get("x-form-token", ""))
    if not isinstance(token, str) or not hmac.compare_digest(token.encode(errors="replace"), who.token.encode()):
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", who.say("error_token"))
    if len(photo) > place.settings.photo_bytes:
        raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "photo_too_large", who.say("error_photo_size"))
    return Form(data, photo)


Posted = Depends(posted)
