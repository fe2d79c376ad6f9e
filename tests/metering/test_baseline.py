"""When a reading becomes the measure of later ones, and which of two that contradict each other is likelier wrong."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterocr.metering.baseline import Settlement, Suspect, settle
from meterocr.metering.history import History
from meterocr.metering.policy import DEFAULT_POLICY
from meterocr.metering.reading import Reading, Source, Standing
from tests.metering.conftest import SUPPLY, history, quarantined, reading, steady

# `steady` uses 150 units a month and stood at 10900 in month 6.


def settled(past: History, new: Reading) -> Settlement:
    return settle(past, new, SUPPLY, policy=DEFAULT_POLICY)


def outcome(found: Settlement) -> tuple[list[int], list[tuple[int, Suspect]]]:
    confirmed = [int(one.value) for one in found.confirmed]
    return confirmed, [(int(one.earlier.value), one.suspect) for one in found.contradictions]


@pytest.mark.parametrize(
    ("source", "standing"),
    [
        (Source.PHOTO, Standing.QUARANTINED),
        (Source.PROVISIONAL, Standing.QUARANTINED),
        (Source.REVIEWER, Standing.TRUSTED),
        (Source.METER_READER, Standing.TRUSTED),
        (Source.INSTALLED, Standing.TRUSTED),
        (Source.REMOVED, Standing.TRUSTED),
    ],
)
def test_only_people_are_trusted_at_once(source: Source, standing: Standing) -> None:
    assert settled(steady(), reading(11_050, 7, source)).new.standing is standing


@pytest.mark.parametrize(
    ("before", "new", "confirmed", "contradicted"),
    [
        ([11_050], 11_200, [11_050], []),
        ([11_050], 11_050, [11_050], []),  # nothing used in a month: low is 0 here
        # Misread high (true: 11050): the way that leaves it out is typical.
        ([11_350], 11_200, [], [(11_350, Suspect.EARLIER)]),
        # The new one is misread low (true: 11200).
        ([11_050], 11_000, [], [(11_050, Suspect.NEW)]),
        # Misread low (true: 11050): too much since then, and too little before.
        ([10_901], 11_390, [], [(10_901, Suspect.EARLIER)]),
        # The new one is misread high.
        ([11_050], 12_000, [], [(11_050, Suspect.NEW)]),
        # Below what is trusted: impossible by itself.
        ([10_500], 11_200, [], [(10_500, Suspect.EARLIER)]),
        ([11_050], 10_100, [], [(11_050, Suspect.NEW)]),
    ],
)
def test_the_next_reading_settles(
    before: list[int], new: int, confirmed: list[int], contradicted: list[tuple[int, Suspect]]
) -> None:
    past = steady(*(quarantined(value, 7 + i) for i, value in enumerate(before)))
    assert outcome(settled(past, reading(new, 8))) == (confirmed, contradicted)


def test_the_numbers_say_so() -> None:
    (found,) = settled(steady(quarantined(11_350, 7)), reading(11_200, 8)).contradictions
    assert found.suspect is Suspect.EARLIER
    assert found.numbers["units"] == 99_850  # as if it had gone through zero
    assert (found.numbers["earlier_misses"], found.numbers["new_misses"]) == (10, 0)  # units a day


def test_a_wrong_one_is_stepped_over() -> None:
    past = steady(quarantined(11_050, 7), quarantined(11_900, 8))
    assert outcome(settled(past, reading(11_350, 9))) == ([11_050], [(11_900, Suspect.EARLIER)])


def test_a_doubtful_new_one_settles_nothing() -> None:
    past = steady(quarantined(11_050, 7), quarantined(11_200, 8))
    assert outcome(settled(past, reading(11_100, 9))) == ([], [(11_200, Suspect.NEW)])


def test_a_chain_is_confirmed_at_once_and_keeps_all_but_the_standing() -> None:
    past = steady(quarantined(11_050, 7), quarantined(11_200, 8))
    found = settled(past, reading(11_350, 9))
    assert [one.standing for one in found.confirmed] == [Standing.TRUSTED] * 2
    assert [(one.value, one.at) for one in found.confirmed] == [(r.value, r.at) for r in past.readings[-2:]]


@pytest.mark.parametrize(
    ("earlier", "new", "confirmed", "contradicted"),
    [
        (11_050, 11_900, [11_050], []),  # unusual, but a person has decided
        (11_350, 11_200, [], [(11_350, Suspect.EARLIER)]),
        (11_050, 11_000, [], [(11_050, Suspect.EARLIER)]),  # a photo would have been the suspect itself
    ],
)
def test_a_person_outweighs(
    earlier: int, new: int, confirmed: list[int], contradicted: list[tuple[int, Suspect]]
) -> None:
    found = settled(steady(quarantined(earlier, 7)), reading(new, 8, Source.METER_READER))
    assert outcome(found) == (confirmed, contradicted)


@pytest.mark.parametrize(
    "past",
    [
        history(quarantined(500, 7)),  # nothing is trusted
        history(reading(100, 6, Source.INSTALLED), quarantined(500, 7)),  # nothing is typical yet
    ],
)
def test_without_a_measure_nothing_tells(past: History) -> None:
    assert outcome(settled(past, reading(400, 8))) == ([], [(500, Suspect.EITHER)])


def test_a_provisional_reading_settles_nothing() -> None:
    past = steady(quarantined(11_050, 7))
    assert outcome(settled(past, reading(11_200, 8, Source.PROVISIONAL))) == ([], [])


def test_what_is_settled_or_later_is_left_alone() -> None:
    past = steady(quarantined(11_050, 7), reading(11_200, 8), quarantined(5, 9))
    assert outcome(settled(past, reading(11_280, 8.5))) == ([], [])


@settings(deadline=None)
@given(st.lists(st.integers(0, 4_000), min_size=1, max_size=5), st.integers(10_000, 15_000))
def test_what_is_trusted_never_runs_backwards(values: list[int], new: int) -> None:
    past = steady(*(quarantined(10_000 + value, 7 + i) for i, value in enumerate(values)))
    found = settled(past, reading(new, 7 + len(values)))
    trusted = [Decimal(10_900), *(one.value for one in found.confirmed)]
    assert trusted == sorted(trusted)
    told = len(found.confirmed) + len(found.contradictions)
    assert 1 <= told <= len(values)
    if found.confirmed and not found.contradictions:
        assert found.confirmed[-1].value <= new
