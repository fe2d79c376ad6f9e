"""Phones: consent, code, change, opt-out, coverage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from meterocr.billing.account import PhoneRegistration, Registrar
from meterocr.errors import ConflictError, NotFoundError
from meterocr.store.database import SqlStore
from meterocr.workflow.phones import CODE_VALID, CodeCheck, confirm_phone, opt_out, register_phone
from meterocr.workflow.values.act import Act
from tests.store.book import at, put_connection
from tests.workflow.people import registration

PHONE = "+919812345678"
OTHER = "+919800000001"
THIRD = "+919800000003"


def code_of(store: SqlStore) -> str:
    with store.read() as uow:
        payload = uow.outbox.waiting(10)[-1].payload
    assert isinstance(payload, dict)
    return str(payload["code"])


def live(store: SqlStore, number: str = "C-1") -> str:
    with store.read() as uow:
        entry = uow.phones.live(number)
    return "" if entry is None else entry.registration.phone


def test_at_the_door_it_is_live_and_can_be_changed(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        assert register_phone(uow, registration("C-1"), at(0))
        assert register_phone(uow, registration("C-1", OTHER), at(0))
    assert live(store) == OTHER


def agreed(month: float, phone: str = PHONE) -> PhoneRegistration:
    return replace(registration("C-1", phone), consented_at=at(month).at)


@pytest.mark.parametrize("how", [Registrar.URJA_MITRA, Registrar.OFFICE])
def test_a_consent_that_comes_in_late_is_not_put_before_what_was_said_since(store: SqlStore, how: Registrar) -> None:
    late = at(5)
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_connection(uow, "C-2")
        register_phone(uow, agreed(0), at(0))
        register_phone(uow, registration("C-2", THIRD), at(0))
        opt_out(uow, PHONE, at(1))
        opt_out(uow, THIRD, at(3))  # wherever it was registered
    for phone, month in ((PHONE, 0.9), (THIRD, 2.9)):
        with pytest.raises(ConflictError, match="expected a consent of"), store.write() as uow:
            register_phone(uow, replace(agreed(month, phone), how=how), late)
    assert live(store) == ""
    with store.write() as uow:
        assert register_phone(uow, replace(agreed(2, OTHER), how=how), late)  # the others' word is none about this one
    with pytest.raises(ConflictError), store.write() as uow:
        register_phone(uow, replace(agreed(1.5), how=how), late)  # there is a newer one
    assert live(store) == OTHER
    with store.write() as uow:
        assert register_phone(uow, replace(agreed(3, THIRD), how=how), late)
    assert live(store) == THIRD


def test_a_phone_whose_code_came_since_stays(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        register_phone(uow, registration("C-1", OTHER, Registrar.CONSUMER), at(1))
    code = code_of(store)
    with store.write() as uow:
        confirm_phone(uow, "C-1", code, Act("web", at(1).at + timedelta(minutes=5)))
    with pytest.raises(ConflictError), store.write() as uow:
        register_phone(uow, agreed(1), at(2))
    assert live(store) == OTHER


def test_from_home_it_needs_its_code(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        register_phone(uow, registration("C-1"), at(0))
        assert not register_phone(uow, registration("C-1", OTHER, Registrar.CONSUMER), at(0))
    assert live(store) == "+919812345678"
    code = code_of(store)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for sent, expected in [(wrong, CodeCheck.WRONG), (code, CodeCheck.CONFIRMED), (code, CodeCheck.EXPIRED)]:
        with store.write() as uow:
            assert confirm_phone(uow, "C-1", sent, at(0)) is expected
    assert live(store) == OTHER


def test_a_code_is_void_after_a_while_and_after_five_wrong_ones(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        register_phone(uow, registration("C-1", how=Registrar.CONSUMER), at(0))
    code = code_of(store)
    with store.write() as uow:
        late = Act("web", at(0).at + CODE_VALID + timedelta(seconds=1))
        assert confirm_phone(uow, "C-1", code, late) is CodeCheck.EXPIRED
    for _ in range(5):
        with store.write() as uow:
            assert confirm_phone(uow, "C-1", "x", at(0)) is CodeCheck.WRONG
    with store.write() as uow:
        assert confirm_phone(uow, "C-1", code, at(0)) is CodeCheck.EXPIRED
    assert live(store) == ""


def test_one_phone_for_several_connections_opts_out_of_all(store: SqlStore) -> None:
    with store.write() as uow:
        for number, book in (("C-1", "B-1"), ("C-2", "B-1"), ("C-3", "B-2")):
            put_connection(uow, number, book)
        for number in ("C-1", "C-3"):
            register_phone(uow, registration(number), at(0))
        assert uow.phones.coverage() == [("B-1", 2, 1), ("B-2", 1, 1)]
        assert opt_out(uow, "+919812345678", at(1)) == ["C-1", "C-3"]
        assert opt_out(uow, "+919812345678", at(1)) == []
        assert uow.phones.coverage() == [("B-1", 2, 0), ("B-2", 1, 0)]
    assert live(store) == ""


def test_of_a_connection_that_is_not_there(store: SqlStore) -> None:
    with pytest.raises(NotFoundError, match="got C-9"), store.write() as uow:
        register_phone(uow, registration("C-9"), at(0))
