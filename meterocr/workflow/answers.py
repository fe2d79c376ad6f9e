"""Answers that were given: who asks again under the same name gets the same one, and nothing is done twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

KEPT = timedelta(days=30)
"""How long an answer is remembered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked under a name, and what was answered.

    Attributes:
        digest: SHA-256 of what was asked, hex.
        body: JSON; empty while it is not answered, such as after a kill: then what was asked goes on where it stopped.
    """

    digest: str
    body: str = field(repr=False)
