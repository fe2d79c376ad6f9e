"""Photos out of a ``multipart/form-data`` body, received only after the key has been looked at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from serving.body import body_of
from serving.errors import ApiError, wrong

FIELD = "photo"
_OVERHEAD = 64 * 2**10  # bytes of a multipart body around its photos
_MOST_NAME = 200  # characters of a file name


class _InMemory(MultiPartParser):
    """Photos are small and bounded: no temporary files."""

    spool_max_size = 2**30


async def photos_of(request: Request, *, most: int, most_bytes: int) -> list[tuple[str, bytes]]:
    """Name and bytes of the photos in the field ``photo``: at least one, at most ``most``.

    Names are labels and nothing is opened by them; what a part says of its own type is not believed, because the
    reader looks at the bytes.

    Raises:
        ApiError: 400 for a body that cannot be taken apart, 413, 415, or 422 without a photo.
    """
    form = await _form(request, _Parts(most, 0), most_bytes)
    try:
        photos = [await _photo(name, part, most_bytes) for name, part in form.multi_items()]
    finally:
        await form.close()
    if not photos:
        raise _no_photo("nothing")
    return photos


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo with what was sent beside it."""

    photo: bytes = field(repr=False)
    texts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The same for the same photo and texts."""
        given = {**self.texts, FIELD: hashlib.sha256(self.photo).hexdigest()}
        return json.dumps(given, sort_keys=True)


async def upload_of(request: Request, fields: Mapping[str, str], *, most_bytes: int) -> Upload:
    """One photo in the field ``photo``, and a text in each of ``fields``, which give the pattern it must match.

    Raises:
        ApiError: as :func:`photos_of`; 422 for a text that is missing or does not match.
    """
    form = await _form(request, _Parts(1, len(fields)), most_bytes)
    try:
        photos = [await _photo(name, part, most_bytes) for name, part in form.multi_items() if name not in fields]
        texts = {name: _text(form.getlist(name), name, pattern) for name, pattern in fields.items()}
    finally:
        await form.close()
    if not photos:
        raise _no_photo("nothing")
    return Upload(photos[0][1], texts)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Most files and texts of a form."""

    files: int
    texts: int


async def _form(request: Request, parts: _Parts, most_bytes: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise ApiError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"expected multipart/form-data with the field {FIELD!r}, got {kind[:100] or 'no content type'}",
        )
    body_of(request).allow(parts.files * most_bytes + _OVERHEAD)
    most = {"max_files": parts.files, "max_fields": parts.texts}
    try:
        return await _InMemory(request.headers, request.stream(), **most).parse()
    except MultiPartException as error:
        raise _broken(error.message, parts) from error
    except (UnicodeError, ValueError, AssertionError) as error:
        raise _broken("it cannot be taken apart", parts) from error


def _text(values: Sequence[UploadFile | str], name: str, pattern: str) -> str:
    if len(values) == 1 and isinstance(values[0], str) and re.fullmatch(pattern, values[0]):
        return values[0]
    message = f"expected one text of the form {pattern}, got {len(values) or 'none'}"
    raise wrong(name, message if len(values) != 1 else f"expected a text of the form {pattern}, got another one")


def described(*, many: bool) -> dict[str, Any]:
    """What OpenAPI says of such a request."""
    file = {"type": "string", "format": "binary", "description": "JPEG, PNG, WebP, HEIC, GIF or BMP."}
    field: dict[str, Any] = {"type": "array", "items": file, "minItems": 1} if many else file
    schema = {"type": "object", "required": [FIELD], "properties": {FIELD: field}, "additionalProperties": False}
    example: dict[str, Any] = {FIELD: ["meter.jpg", "meter-2.jpg"] if many else "meter.jpg"}
    content = {"multipart/form-data": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def described_upload(fields: Mapping[str, str]) -> dict[str, Any]:
    """What OpenAPI says of a request that :func:`upload_of` takes."""
    told = described(many=False)
    content = told["requestBody"]["content"]["multipart/form-data"]
    schema = content["schema"]
    schema["properties"] |= {name: {"type": "string", "pattern": pattern} for name, pattern in fields.items()}
    schema["required"] = [FIELD, *fields]
    content["example"] |= dict.fromkeys(fields, "DHN00451278")
    return told


async def _photo(name: str, part: UploadFile | str, most_bytes: int) -> tuple[str, bytes]:
    if name != FIELD:
        raise _no_photo(f"the field {name[:_MOST_NAME]!r}")
    if isinstance(part, str):
        raise _no_photo("a text; a photo is never fetched from an address")
    data = await part.read()
    if len(data) > most_bytes:
        raise ApiError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "photo_too_large",
            f"expected a photo of at most {most_bytes:,} bytes, got {len(data):,}",
        )
    return label(part.filename or ""), data


def label(filename: str) -> str:
    """The bare name of a file, as a sender calls it: no folders, nothing unprintable, and not without end."""
    bare = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in bare)[:_MOST_NAME] or "photo"


def _no_photo(got: str) -> ApiError:
    message = f"expected photos as files in the field {FIELD!r}, got {got}"
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "no_photo", message)


def _broken(why: str, parts: _Parts) -> ApiError:
    if "Too many f" in why:
        others = f"{parts.texts} other fields" if parts.texts else "no other field"
        message = f"expected at most {parts.files} files in the field {FIELD!r} and {others}, got more"
        return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "too_many_parts", message)
    return ApiError(HTTPStatus.BAD_REQUEST, "bad_request", f"expected a multipart body, got a broken one: {why}")
