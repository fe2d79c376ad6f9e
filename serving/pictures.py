"""Photos and PDFs as answers: shown or saved, and never run as anything else."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)
_UNKNOWN = "application/octet-stream"
_BINARY = {"schema": {"type": "string", "format": "binary", "description": "The bytes of the file."}}

PICTURES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The photo.",
        "content": dict.fromkeys((*(k for _, k in _KINDS), "image/webp", "image/heic", _UNKNOWN), _BINARY),
    }
}
PDFS: dict[int | str, dict[str, Any]] = {200: {"description": "A PDF.", "content": {"application/pdf": _BINARY}}}


def picture(photo: bytes) -> Response:
    """A photo, of the kind that its bytes say."""
    kind = next((kind for start, kind in _KINDS if photo.startswith(start)), _UNKNOWN)
    if photo[:4] == b"RIFF" and photo[8:12] == b"WEBP":
        kind = "image/webp"
    elif photo[4:8] == b"ftyp":
        kind = "image/heic"
    return Response(photo, media_type=kind)


def pdf(content: bytes, name: str) -> Response:
    """A PDF that is saved as ``name``, which is plain ASCII."""
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
