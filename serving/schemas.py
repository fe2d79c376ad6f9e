"""What OpenAPI says of bodies. They document: what is sent is made by the library (``Readout.to_dict``)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterocr.issue import Issue
from meterocr.readout import Candidate, Digit, Display, DisplayKind, Models, Quad, Quantity, Readout, unread

Corners = list[tuple[float, float]]


def _example() -> Any:
    left, quad = 341, Quad(((331.3, 512.9), (643.6, 517.8), (644.1, 607.0), (330.4, 602.7)))
    boxes = [(left + 39.0 * i, left + 39.0 * i + 38) for i in range(6)]
    return Readout(
        photo="meter.jpg",
        sha256="eb6b0e574a2ba8459533d8e24b5c1dff950342f1133a7bac31692709796d2921",
        width=960,
        height=1280,
        models=Models("display-yolov8n.v2", "counter-ppocr.v6"),
        displays=(Display(DisplayKind.LCD, quad, 0.93),),
        text="00482.1",
        digits=tuple(
            Digit(symbol, 0.9976, 0.0, Quad(((x0, 513), (x1, 513), (x1, 603), (x0, 603))))
            for symbol, (x0, x1) in zip("004821", boxes, strict=True)
        ),
        confidence=0.9876,
        candidates=(Candidate("00482.1", 0.9876),),
        shows=Quantity.KWH,
        timings_ms={"decode": 9.1, "detect": 41.2, "recognize": 33.0},
    ).to_dict()


EXAMPLE = _example()


def _batch() -> Any:
    return {"schema": 1, "results": [EXAMPLE, unread("note.txt", "expected a photo, got 5 bytes of text")]}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DigitBody(_Body):
    """One digit; `?` where it cannot be made out."""

    symbol: str = Field(pattern=r"^[0-9?]$")
    confidence: float = Field(ge=0, le=1)
    turn: float = Field(ge=-1, le=1, description="How far the wheel stands past the symbol, in digits; 0 on an LCD.")
    in_transition: bool
    quad: Corners = Field(description="Corners in px of the upright photo, in reading direction.")


class CandidateBody(_Body):
    """A whole reading that the photo supports."""

    text: str
    probability: float = Field(ge=0, le=1)


class DisplayBody(_Body):
    """A display that was found."""

    kind: DisplayKind
    confidence: float = Field(ge=0, le=1)
    quad: Corners


class ModelsBody(_Body):
    """What read the photo. A readout that was kept also has the SHA-256 of both files."""

    detector: str
    recognizer: str
    detector_sha256: str = ""
    recognizer_sha256: str = ""


class ReadoutBody(_Body):
    """What a photo shows, schema 1: the same as `meterocr read --json`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    schema_: Literal[1] = Field(alias="schema")
    photo: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    width: int = Field(ge=1, description="Of the upright photo, px.")
    height: int = Field(ge=1, description="Of the upright photo, px.")
    text: str = Field(description="As shown: leading zeros kept, `?` for a digit that cannot be made out.")
    value: str | None = Field(description="The number; null while a digit is unread or nothing is.")
    confidence: float = Field(ge=0, le=1, description="Calibrated chance that every digit and the point are right.")
    kind: DisplayKind | None
    shows: Quantity
    quad: Corners | None
    digits: list[DigitBody]
    candidates: list[CandidateBody]
    displays: list[DisplayBody]
    issues: list[Issue]
    retake: bool
    models: ModelsBody
    timings_ms: dict[str, float]


class PhotoFailure(_Body):
    """Why one photo of several is none."""

    code: Literal["photo_error"]
    message: str


class UnreadBody(_Body):
    """A photo of several that is none."""

    schema_: Literal[1] = Field(alias="schema")
    photo: str
    error: PhotoFailure


class ReadoutsBody(_Body):
    """One result for each photo, in their order."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_batch()]})

    schema_: Literal[1] = Field(alias="schema")
    results: list[ReadoutBody | UnreadBody]


class StatusBody(_Body):
    """That it is well."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"status": "ready"}]})

    status: str


class Failure(_Body):
    """What every failure has."""

    code: str = Field(description="For programs; stable.", examples=["photo_error"])
    message: str = Field(description="For people.", examples=["expected a photo, got 5 bytes of text"])
    details: Any = Field(description="More for programs; mostly null.")
    request_id: str = Field(examples=["5f1c9a0b7d3e2f46"])


class FailureBody(_Body):
    """Every failure has this body."""

    error: Failure


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer instead of its result."""
    return {status: _failure(status) for status in statuses}


def _failure(status: int) -> dict[str, Any]:
    code, message = _FAILED[status]
    error = {"code": code, "message": message, "details": None, "request_id": "5f1c9a0b7d3e2f46"}
    content = {"application/json": {"example": {"error": error}}}
    return {"model": FailureBody, "description": HTTPStatus(status).phrase, "content": content}


_FAILED = {
    400: ("bad_request", "expected a multipart body, got a broken one"),
    401: ("unauthorized", "expected a key in the header `Authorization: Bearer ...`, got none that opens something"),
    403: ("forbidden", "expected a key with the scope bill, got one with read"),
    404: ("not_found", "expected a connection that is there, got 'DHN00451278'"),
    408: ("too_slow", "expected the request faster"),
    409: ("conflict", "expected something new, got what is there already"),
    413: ("too_large", "expected a body of at most 262,144 bytes, got more"),
    415: ("unsupported_media_type", "expected multipart/form-data with the field 'photo', got application/json"),
    422: ("invalid", "consumer_number: expected a text of another form"),
    429: ("too_many_requests", "expected at most 600 requests a minute of one key, got more"),
    503: ("busy", "expected at most 20 photos in the queue, got more"),
}
"""One of the failures with each status, as an example."""
