"""A policy as a file: TOML whose keys are the fields of :class:`~meterocr.metering.policy.Policy`; the rest stays.

.. code-block:: toml

    schema = 1
    max_risk_paise = 5000
    sure_from = 0.9
    clock_slack_minutes = 90
    review_issues = ["no_display", "cut_off"]

    [[bands]]
    below = 200
    low = 0.2
    high = 3

    [[bands]]       # the last one has no end
    low = 0.4
    high = 2

Numbers are read as they are written, never through a float.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from meterocr.errors import SettingError
from meterocr.issue import Issue
from meterocr.metering.policy import DEFAULT_POLICY, Band, Policy

SCHEMA_VERSION = 1
_CLOCK_SLACK = "clock_slack_minutes"
_KEYS = frozenset(each.name for each in fields(Policy)) - {"clock_slack"} | {_CLOCK_SLACK}
_BAND_KEYS = frozenset({"below", "low", "high"})


def load_policy(path: Path) -> Policy:
    """The policy in a file; what it does not name is as in :data:`~meterocr.metering.policy.DEFAULT_POLICY`.

    Raises:
        SettingError: it cannot be read or is not of this form; names file and key.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return _policy(values)
    except OSError as error:
        raise SettingError(f"{path}: expected a policy file that can be read, got: {error.strerror}") from error
    except ValueError as error:  # of TOML, of UTF-8, or of a value
        raise SettingError(f"{path}: {error}") from error


def _policy(values: Mapping[str, Any]) -> Policy:
    given = dict(values)
    schema = given.pop("schema", None)
    if schema != SCHEMA_VERSION:
        raise ValueError(f"expected schema = {SCHEMA_VERSION}, got {schema!r}")
    if unknown := sorted(given.keys() - _KEYS):
        raise ValueError(f"expected keys of {', '.join(sorted(_KEYS))}, got {unknown[0]}")
    made: dict[str, Any] = {key: _value(key, value) for key, value in given.items()}
    if _CLOCK_SLACK in made:
        made["clock_slack"] = timedelta(minutes=made.pop(_CLOCK_SLACK))
    return Policy(**made)


def _value(key: str, value: Any) -> Any:
    if key == "bands":
        return _bands(value)
    if key == "review_issues":
        return _issues(value)
    kind = int if key == _CLOCK_SLACK else type(getattr(DEFAULT_POLICY, key))
    if kind is Decimal:
        return _number(key, value)
    if type(value) is not kind or (key == _CLOCK_SLACK and value < 0):
        raise ValueError(f"{key}: expected {_WORDS[kind]}, got {value!r}")
    return value


_WORDS = {int: "a whole number", bool: "true or false"}


def _number(key: str, value: Any) -> Decimal:
    if type(value) not in {int, Decimal} or not Decimal(value).is_finite():
        raise ValueError(f"{key}: expected a number, got {value!r}")
    return Decimal(value)


def _issues(value: Any) -> frozenset[Issue]:
    known = {issue.value for issue in Issue}
    if not isinstance(value, list) or not all(isinstance(each, str) and each in known for each in value):
        raise ValueError(f"review_issues: expected a list of {', '.join(sorted(known))}, got {value!r}")
    return frozenset(Issue(each) for each in value)


def _bands(value: Any) -> tuple[Band, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"bands: expected [[bands]] with low, high and below, got {value!r}")
    bands: list[Band] = []
    for place, given in enumerate(value, 1):
        wanted = _BAND_KEYS - ({"below"} if place == len(value) else set())
        if given.keys() != wanted:
            raise ValueError(f"band {place}: expected {', '.join(sorted(wanted))}, got {', '.join(sorted(given))}")
        numbers = {key: _number(f"band {place}, {key}", each) for key, each in given.items()}
        bands.append(Band(numbers.get("below", Decimal("Infinity")), numbers["low"], numbers["high"]))
    return tuple(bands)
