"""The proof of a bill: a chain of hashes over everything that led to it.

A link's hash is SHA-256 over the previous link's hash (its 32 bytes) and the link's canonical bytes, so the last one,
the head, stands for all of them in their order. Numbers with a fraction go in as text: a float is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from meterocr.billing.canonical import Json, canonical_bytes, plain

START = "0" * 64  # what the first link follows


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that led to a bill: ``name`` such as ``photo``, ``readout``, ``verification``, ``tariff``, ``bill``."""

    name: str
    content: Json


@dataclass(frozen=True, slots=True)
class Link:
    """A fact with the hash before it and its own, both 64 hex digits."""

    fact: Fact
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Differs:
    """The first link that is not as it should be.

    Attributes:
        index: counted from 0.
        name: of the fact there, or of the one that is missing.
        expected, got: hashes; empty for a link that is not there.
    """

    index: int
    name: str
    expected: str
    got: str


def make_chain(facts: Iterable[Fact]) -> tuple[Link, ...]:
    """The chain over ``facts``, in their order.

    Raises:
        TypeError: a fact contains something that has no canonical form, such as a float.
    """
    links: list[Link] = []
    previous = START
    for fact in facts:
        link = Link(Fact(fact.name, plain(fact.content)), previous, _hash(previous, fact))
        links.append(link)
        previous = link.hash
    return tuple(links)


def head(chain: Sequence[Link]) -> str:
    """The hash that stands for the whole chain, 64 hex digits."""
    return chain[-1].hash if chain else START


def verify_chain(chain: Sequence[Link], *, expected_head: str) -> Differs | None:
    """The first link whose hash does not follow from what is before it and in it, or ``None``.

    ``expected_head``, as on the bill, catches a chain that was cut or made anew as a whole.
    """
    previous = START
    for index, link in enumerate(chain):
        if link.previous != previous:
            return Differs(index, link.fact.name, previous, link.previous)
        made = _hash(previous, link.fact)
        if link.hash != made:
            return Differs(index, link.fact.name, made, link.hash)
        previous = link.hash
    if previous != expected_head:
        return Differs(len(chain), "head", expected_head, previous)
    return None


def compare_chains(stored: Sequence[Link], replayed: Sequence[Link]) -> Differs | None:
    """The first link in which a chain made anew from stored inputs differs from the stored one, or ``None``."""
    for index, (old, new) in enumerate(zip_longest(stored, replayed)):
        if old is None or new is None or old.hash != new.hash:
            name = (old or new).fact.name
            return Differs(index, name, old.hash if old else "", new.hash if new else "")
    return None


def _hash(previous: str, fact: Fact) -> str:
    return hashlib.sha256(bytes.fromhex(previous) + canonical_bytes([fact.name, fact.content])).hexdigest()
