"""Limits are kept, and nobody waits longer than they ask for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterocr.workflow.pacing import Limits, Pacer

NOW = datetime(2024, 9, 1, 9, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(hours=24)
WHATSAPP = Limits(per_second=80, recipient_gap=6 * SECOND, daily_recipients=1000)


def test_the_81st_message_waits_for_the_next_second() -> None:
    pacer = Pacer(WHATSAPP)
    for i in range(80):
        assert pacer.ready_at(f"r{i}", NOW) == NOW
        pacer.sent(f"r{i}", NOW)
    assert pacer.ready_at("next", NOW) == NOW + SECOND


def test_a_recipient_gets_one_in_six_seconds() -> None:
    pacer = Pacer(WHATSAPP)
    pacer.sent("a", NOW)
    assert pacer.ready_at("a", NOW + 2 * SECOND) == NOW + 6 * SECOND
    assert pacer.ready_at("a", NOW + 7 * SECOND) == NOW + 7 * SECOND
    assert pacer.ready_at("b", NOW) == NOW


def test_the_day_counts_recipients_not_messages() -> None:
    pacer = Pacer(Limits(80, SECOND, daily_recipients=2))
    pacer.sent("a", NOW)
    pacer.sent("b", NOW + SECOND)
    later = NOW + 10 * SECOND
    assert pacer.ready_at("c", later) == NOW + DAY
    assert pacer.ready_at("c", later, free_form=True) == later
    assert pacer.ready_at("a", later) == later
    pacer.sent("a", later)  # counts from now on again, so b is the next to leave
    assert pacer.ready_at("c", later) == NOW + SECOND + DAY
    assert pacer.ready_at("c", NOW + 2 * DAY) == NOW + 2 * DAY


def test_free_form_does_not_use_up_the_day() -> None:
    pacer = Pacer(Limits(80, SECOND, daily_recipients=1))
    pacer.sent("a", NOW, free_form=True)
    assert pacer.ready_at("b", NOW) == NOW


def test_time_does_not_go_back() -> None:
    pacer = Pacer(WHATSAPP)
    pacer.sent("a", NOW)
    with pytest.raises(ValueError, match="expected a time not before"):
        pacer.sent("b", NOW - SECOND)


@pytest.mark.parametrize(
    ("count", "takes"),
    [
        (0, timedelta()),
        (80, timedelta()),
        (81, SECOND),
        (1000, 12 * SECOND),
        (1001, DAY),
        (2500, 2 * DAY + 6 * SECOND),
    ],
)
def test_finish(count: int, takes: timedelta) -> None:
    assert Pacer(WHATSAPP).finish((f"r{i}" for i in range(count)), NOW) == NOW + takes


def test_finish_serves_others_while_one_waits() -> None:
    pacer = Pacer(Limits(1, 6 * SECOND, None))
    assert pacer.finish(["a", "a", "b", "c"], NOW) == NOW + 6 * SECOND
    assert pacer.finish(["a"] * 3, NOW) == NOW + 12 * SECOND
    assert pacer.ready_at("a", NOW) == NOW  # looking ahead sends nothing


def test_what_went_out_before_counts_for_the_finish() -> None:
    pacer = Pacer(Limits(80, SECOND, daily_recipients=2))
    pacer.sent("a", NOW)
    pacer.sent("b", NOW)
    assert pacer.finish(["c"], NOW + SECOND) == NOW + DAY


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40),
    st.builds(Limits, st.integers(1, 4), st.integers(0, 9).map(lambda s: s * SECOND), st.none() | st.integers(1, 4)),
)
def test_who_waits_as_told_keeps_every_limit(queue: list[tuple[str, bool]], limits: Limits) -> None:
    pacer, now, went = Pacer(limits), NOW, list[tuple[str, bool, datetime]]()
    for recipient, free in queue:
        now = pacer.ready_at(recipient, now, free_form=free)
        pacer.sent(recipient, now, free_form=free)
        went.append((recipient, free, now))
    for i, (recipient, _, at) in enumerate(went):
        assert sum(at - SECOND < other <= at for *_, other in went[: i + 1]) <= limits.per_second
        assert all(at - other >= limits.recipient_gap for r, _, other in went[:i] if r == recipient)
        if limits.daily_recipients is not None:
            day = Counter(r for r, f, other in went[: i + 1] if not f and at - DAY < other)
            assert len(day) <= limits.daily_recipients


@pytest.mark.parametrize(
    "wrong", [(0, SECOND, None), (1, -SECOND, None), (1, SECOND, 0)], ids=["per_second", "gap", "daily"]
)
def test_refused_limits(wrong: tuple[int, timedelta, int | None]) -> None:
    with pytest.raises(ValueError, match="expected"):
        Limits(*wrong)
