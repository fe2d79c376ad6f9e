"""Style, scripts and icons: read once, named by what is in them, so that browsers may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.access import public
from serving.errors import ApiError

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
_FOLDER = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes
    digest: str
    media_type: str


def _load(path: Path) -> _File:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    return _File(content, gzip.compress(content, 9, mtime=0), digest, _TYPES[path.suffix])


FILES = {path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}

router = APIRouter(include_in_schema=False)


def address_of(name: str) -> str:
    """Where a file is, with what is in it."""
    return f"/static/{name}?{FILES[name].digest}"


@router.get("/static/{name}", response_model=None)
@public
async def static(name: str, request: Request) -> Response:
    """One file."""
    file = FILES.get(name)
    if file is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "expected a file of the pages, got another name")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", "") and len(file.packed) < len(file.content):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)
