"""Readings on their way into the store, and from there."""

from __future__ import annotations

from dataclasses import dataclass

from meterocr.metering.reading import Reading


@dataclass(frozen=True, slots=True)
class NewReading:
    """A reading to be stored.

    Attributes:
        submission: id of the photo's submission that it comes from.
        billed: a bill was closed by it elsewhere, before this store: the next bill opens with it, unless nobody saw it.
    """

    consumer_number: str
    reading: Reading
    submission: int | None = None
    billed: bool = False


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its place in the store."""

    id: int
    reading: Reading
    submission: int | None
