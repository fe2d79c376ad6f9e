"""Readouts back from JSON: what :meth:`~meterocr.readout.Readout.to_dict` wrote, whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterocr.issue import Issue
from meterocr.readout import (
    SCHEMA_VERSION,
    Candidate,
    Digit,
    Display,
    DisplayKind,
    Models,
    Quad,
    Quantity,
    Readout,
)


def readout_of(values: Mapping[str, Any]) -> Readout:
    """The readout, with numbers rounded as they were written.

    Raises:
        ValueError: it is not of schema version 1, or lacks something.
    """
    schema = values.get("schema") if isinstance(values, Mapping) else type(values).__name__
    if schema != SCHEMA_VERSION:
        raise ValueError(f"expected a readout of schema {SCHEMA_VERSION}, got {schema!r}")
    try:
        return _readout(values)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"expected a readout of schema {SCHEMA_VERSION}, got one without {error}") from error


def _readout(values: Mapping[str, Any]) -> Readout:
    return Readout(
        photo=values["photo"],
        sha256=values["sha256"],
        width=values["width"],
        height=values["height"],
        models=_models(values["models"]),
        displays=tuple(Display(DisplayKind(d["kind"]), _quad(d["quad"]), d["confidence"]) for d in values["displays"]),
        text=values["text"],
        digits=tuple(Digit(d["symbol"], d["confidence"], _turn(d), _quad(d["quad"])) for d in values["digits"]),
        confidence=values["confidence"],
        candidates=tuple(Candidate(c["text"], c["probability"]) for c in values["candidates"]),
        shows=Quantity(values["shows"]),
        issues=tuple(Issue(issue) for issue in values["issues"]),
        retake=values["retake"],
        timings_ms=values["timings_ms"],
    )


def _turn(digit: Mapping[str, Any]) -> float:
    """Readouts written before turns were measured say only whether a wheel is between two digits: half-way, then."""
    return float(digit.get("turn", 0.5 * digit["in_transition"]))


def _models(values: Mapping[str, str]) -> Models:
    """Stored readouts have digests, and those of other versions and of schema 1 have none."""
    digests = (values.get(f"{role}_sha256", "") for role in ("detector", "recognizer"))
    return Models(values["detector"], values["recognizer"], *digests)


def _quad(points: Sequence[Sequence[float]]) -> Quad:
    a, b, c, d = ((float(x), float(y)) for x, y in points)
    return Quad((a, b, c, d))
