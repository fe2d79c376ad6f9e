"""Which photos nobody is asked to read again, because nobody had read them, or they may be gone."""

from __future__ import annotations

import pytest

from meterocr.errors import ConflictError
from meterocr.workflow.claims import dispute
from meterocr.workflow.erasure import erase_consumer
from meterocr.workflow.evidence import Claim
from meterocr.workflow.review import reject
from meterocr.workflow.second_readings import Share, estimate, next_blind, read_again
from tests.workflow.test_desk_work import CLERK, NOW, OTHER, Place, place

__all__ = ["place"]


def test_what_was_rejected_was_read_by_nobody(place: Place) -> None:
    stored = place.send("C-1", "009350", 1)
    with place.store.write() as uow:
        reject(uow, stored.id, "another connection's meter", CLERK)
        assert next_blind(uow, OTHER) is None
        with pytest.raises(ConflictError, match="rejected"):
            read_again(uow, stored.id, "9350", OTHER)
        assert estimate(uow, None, OTHER).reviewed == Share(0, 0)


def test_what_the_machine_read_counts_where_a_person_rejected_it_later(place: Place) -> None:
    stored = place.send("C-1", "001350", 1)
    with place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
        reject(uow, stored.id, "another connection's meter", CLERK)
        assert next_blind(uow, OTHER) is not None
        assert read_again(uow, stored.id, "1350", OTHER)


def test_nobody_reads_again_what_was_erased(place: Place) -> None:
    stored = place.send("C-1", "001350", 1)
    with place.store.write() as uow:
        dispute(uow, Claim(stored.id, "001360", NOW))
    erase_consumer(place.store, place.folder, "K-C-1", OTHER)
    with place.store.read() as uow:
        assert next_blind(uow, OTHER) is None
