"""The value types of what the camera saw, and their JSON."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any

import pytest

from meterocr.issue import Issue
from meterocr.readout import (
    Candidate,
    Digit,
    Display,
    DisplayKind,
    Models,
    Quad,
    Quantity,
    Readout,
    check_text,
)  # fmt: skip

QUAD = Quad(((10, 20), (110, 20), (110, 60), (10, 60)))
MODELS = Models("display-a.v1", "counter-a.v1")


def digits(symbols: str) -> tuple[Digit, ...]:
    return tuple(Digit(symbol, 0.9, turn=0.0, quad=QUAD) for symbol in symbols)


def readout(text: str = "00482.1", **changes: Any) -> Readout:
    fields: dict[str, Any] = {
        "photo": "meter.jpg", "sha256": "0" * 64, "width": 640, "height": 480, "models": MODELS, "text": text,
        "displays": (Display(DisplayKind.LCD, QUAD, 0.9),), "digits": digits(text.replace(".", "")), "confidence": 0.97,
    }  # fmt: skip
    return Readout(**fields | changes)


@pytest.mark.parametrize(
    ("text", "value"),
    [("00482.1", Decimal("482.1")), ("00482", Decimal(482)), ("0", Decimal(0)), ("004?2.1", None), ("", None)],
)
def test_value(text: str, value: Decimal | None) -> None:
    assert readout(text).value == value


@pytest.mark.parametrize("text", ["12.", ".5", "1.2.3", "12a", "-3", " 12", "1,5", "."])
def test_what_is_no_reading_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected digits"):
        check_text(text)
    with pytest.raises(ValueError, match="expected digits"):
        Candidate(text, 0.5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"digits": digits("0048")}, "expected the digits of"),
        ({"displays": ()}, "expected a display"),
        ({"confidence": 1.01}, "between 0 and 1"),
        ({"confidence": float("nan")}, "between 0 and 1"),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        readout(**changes)


@pytest.mark.parametrize("symbol", ["", "12", "a", "."])
def test_a_digit_is_one_digit(symbol: str) -> None:
    with pytest.raises(ValueError, match="expected one of 0-9"):
        Digit(symbol, 0.5, turn=0.0, quad=QUAD)


def test_a_corner_is_somewhere() -> None:
    with pytest.raises(ValueError, match="finite"):
        Quad(((0, 0), (1, 0), (float("inf"), 1), (0, 1)))
    with pytest.raises(ValueError, match="4 points"):
        Quad(((0, 0), (1, 0), (1, 1)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("turns", "angle"), [(0, 0.0), (1, 90.0), (2, 180.0), (3, -90.0)]
)  # clockwise, as the reader of the photo sees it
def test_geometry_of_a_quad(turns: int, angle: float) -> None:
    corners = QUAD.points
    for _ in range(turns):
        corners = tuple((-y, x) for x, y in corners)  # type: ignore[assignment]
    quad = Quad(corners)
    assert (quad.width, quad.height) == (100, 40)
    assert abs(quad.angle) == abs(angle)
    x0, y0, x1, y1 = quad.bounds
    assert (x1 - x0, y1 - y0) == ((100, 40) if turns % 2 == 0 else (40, 100))


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"issues": (Issue.GLARE,)}, False),
        ({"issues": (Issue.LOW_CONFIDENCE,)}, True),
        ({"retake": True}, True),
        ({"text": "004?2.1", "digits": digits("004?21")}, True),
        ({"text": "", "digits": ()}, True),
    ],
)
def test_who_must_look(changes: dict[str, Any], needed: bool) -> None:
    assert readout(**changes).needs_person is needed


def test_json_is_schema_1() -> None:
    full = readout(
        candidates=(Candidate("00482.1", 0.97), Candidate("00482.7", 0.02)),
        shows=Quantity.KWH,
        issues=(Issue.GLARE,),
        timings_ms={"detect": 12.3456},
    )
    told = json.loads(json.dumps(full.to_dict()))
    assert list(told) == [
        "schema", "photo", "sha256", "width", "height", "text", "value", "confidence", "kind", "shows", "quad",
        "digits", "candidates", "displays", "issues", "retake", "models", "timings_ms",
    ]  # fmt: skip
    assert (told["schema"], told["text"], told["value"], told["kind"]) == (1, "00482.1", "482.1", "lcd")
    assert told["quad"] == [[10, 20], [110, 20], [110, 60], [10, 60]]
    last = {"symbol": "1", "confidence": 0.9, "turn": 0.0, "in_transition": False, "quad": told["quad"]}
    assert told["digits"][5] == last
    assert told["candidates"][1] == {"text": "00482.7", "probability": 0.02}
    assert told["models"] == {"detector": "display-a.v1", "recognizer": "counter-a.v1"}
    assert told["timings_ms"] == {"detect": 12.35}


def test_json_of_nothing_found() -> None:
    told = readout("", displays=(), digits=(), confidence=0.0, issues=(Issue.NO_DISPLAY,), retake=True).to_dict()
    assert (told["text"], told["value"], told["kind"], told["quad"]) == ("", None, None, None)
    assert (told["digits"], told["issues"], told["retake"]) == ([], ["no_display"], True)


def test_nothing_can_be_changed() -> None:
    timings = {"detect": 1.0}
    one = readout(timings_ms=timings)
    timings["detect"] = 2.0
    assert one.timings_ms == {"detect": 1.0}
    with pytest.raises(TypeError):
        one.timings_ms["detect"] = 2.0  # type: ignore[index]
    with pytest.raises(FrozenInstanceError):
        one.text = "1"  # type: ignore[misc]
    assert replace(one, confidence=0.5) != one


@pytest.mark.parametrize("quantity", list(Quantity))
def test_every_quantity_has_its_unit(quantity: Quantity) -> None:
    unit = quantity.unit.replace("³", "3").lower()
    assert unit == ("" if quantity is Quantity.UNKNOWN else quantity.value)


@pytest.mark.parametrize("issue", list(Issue))
def test_every_issue_has_an_advice_in_both_languages(issue: Issue) -> None:
    english, hindi = issue.advice(), issue.advice("hi")
    assert english.isascii()
    assert english.endswith(".")
    assert hindi.endswith("।")
    with pytest.raises(KeyError):
        issue.advice("xx")
