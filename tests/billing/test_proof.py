"""The hash chain: what follows, and which link does not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from meterocr.billing.account import Area
from meterocr.billing.canonical import canonical_bytes, plain
from meterocr.billing.money import Money
from meterocr.billing.proof import START, Differs, Fact, compare_chains, head, make_chain, verify_chain
from tests.billing.conftest import MONTH

FACTS = [
    Fact("photo", {"sha256": "ab" * 32}),
    Fact("readout", {"text": "00482", "digits": [["0", "0.9996"], ["4", "0.98"]]}),
    Fact("bill", {"total_paise": 102_460, "name": "धनबाद"}),
]
CHAIN = make_chain(FACTS)


def test_a_chain_holds() -> None:
    assert verify_chain(CHAIN, expected_head=head(CHAIN)) is None
    assert verify_chain((), expected_head=START) is None
    assert compare_chains(CHAIN, make_chain(FACTS)) is None


def test_the_hash_can_be_made_elsewhere() -> None:
    body = b'["photo",{"sha256":"' + b"ab" * 32 + b'"}]'
    assert CHAIN[0].hash == hashlib.sha256(bytes(32) + body).hexdigest()
    body = '["bill",{"name":"धनबाद","total_paise":102460}]'.encode()
    assert head(CHAIN) == hashlib.sha256(bytes.fromhex(CHAIN[1].hash) + body).hexdigest()


@pytest.mark.parametrize("index", range(3))
def test_an_altered_fact_is_found(index: int) -> None:
    altered = list(CHAIN)
    altered[index] = replace(CHAIN[index], fact=Fact(FACTS[index].name, {"total_paise": 0}))
    found = verify_chain(altered, expected_head=head(CHAIN))
    assert found is not None
    assert (found.index, found.name, found.got) == (index, FACTS[index].name, CHAIN[index].hash)


def test_cut_swapped_and_made_anew() -> None:
    whole = head(CHAIN)
    assert verify_chain(CHAIN[:2], expected_head=whole) == Differs(2, "head", whole, CHAIN[1].hash)
    assert verify_chain(CHAIN[1:], expected_head=whole) == Differs(0, "readout", START, CHAIN[0].hash)
    swapped = verify_chain((CHAIN[0], CHAIN[2], CHAIN[1]), expected_head=whole)
    assert swapped == Differs(1, "bill", CHAIN[0].hash, CHAIN[1].hash)
    anew = make_chain([*FACTS[:2], Fact("bill", {"total_paise": 0})])
    assert verify_chain(anew, expected_head=whole) == Differs(3, "head", whole, head(anew))


def test_a_replay_that_differs_says_where() -> None:
    anew = make_chain([FACTS[0], Fact("readout", {"text": "00483"}), FACTS[2]])
    assert compare_chains(CHAIN, anew) == Differs(1, "readout", CHAIN[1].hash, anew[1].hash)
    assert compare_chains(CHAIN, CHAIN[:2]) == Differs(2, "bill", CHAIN[2].hash, "")
    assert compare_chains(CHAIN[:2], CHAIN) == Differs(2, "bill", "", CHAIN[2].hash)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": (True, None)}, b'{"a":[true,null],"b":1}'),
        (Decimal("1E+2"), b'"100"'),
        (Decimal("6.50"), b'"6.50"'),
        (Area.URBAN, b'"urban"'),
        (Money(-5), b"-5"),
        (MONTH, b'{"end":"2024-08-31","start":"2024-08-01"}'),
        (date(2024, 8, 1), b'"2024-08-01"'),
        (datetime(2024, 8, 1, 9, tzinfo=UTC), b'"2024-08-01T09:00:00+00:00"'),
        ('"\n', b'"\\"\\n"'),
    ],
)
def test_canonical(value: object, expected: bytes) -> None:
    assert canonical_bytes(value) == expected


@pytest.mark.parametrize("value", [0.5, {"p": [0.5]}, {1: "a"}, {"a"}, b"x", object(), Money])
def test_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError, match="expected text, whole numbers"):
        plain(value)
    with pytest.raises(TypeError, match="expected text, whole numbers"):
        make_chain([Fact("x", value)])  # type: ignore[arg-type]
