"""What OpenAPI says of bodies. They document: what is sent is made by the library (``Readout.to_dict``)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterocr.issue import Issue
from meterocr.readout import DisplayKind, Quantity

Corners = list[tuple[float, float]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DigitBody(_Body):
    """One digit; `?` where it cannot be made out."""

    symbol: str = Field(pattern=r"^[0-9?]$")
    confidence: float = Field(ge=0, le=1)
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
    """What read the photo."""

    detector: str
    recognizer: str


class ReadoutBody(_Body):
    """What a photo shows, schema 1: the same as `meterocr read --json`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE := {
        "schema": 1, "photo": "meter.jpg", "sha256": "eb6b0e574a2ba8459533d8e24b5c1dff950342f1133a7bac31692709796d2921",
        "text": "00482.1", "value": "482.1", "confidence": 0.9876, "kind": "lcd", "shows": "kwh",
        "quad": [[331.3, 512.9], [643.6, 517.8], [644.1, 607.0], [330.4, 602.7]],
        "digits": [
            {"symbol": s, "confidence": 0.9976, "in_transition": False,
             "quad": [[x, 513.0], [x + 38, 513.0], [x + 38, 603.0], [x, 603.0]]}
            for s, x in zip("004821", (341, 380, 419, 458, 497, 548), strict=True)
        ],
        "candidates": [{"text": "00482.1", "probability": 0.9876}],
        "displays": [{"kind": "lcd", "confidence": 0.93,
                      "quad": [[331.3, 512.9], [643.6, 517.8], [644.1, 607.0], [330.4, 602.7]]}],
        "issues": [], "retake": False,
        "models": {"detector": "display-yolov8n.v1", "recognizer": "counter-ppocr.v3"},
        "timings_ms": {"decode": 9.1, "detect": 41.2, "recognize": 33.0},
    }]})  # fmt: skip

    schema_: Literal[1] = Field(alias="schema")
    photo: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
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

    schema_: Literal[1] = Field(alias="schema")
    results: list[ReadoutBody | UnreadBody]


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
    return {status: {"model": FailureBody, "description": HTTPStatus(status).phrase} for status in statuses}
