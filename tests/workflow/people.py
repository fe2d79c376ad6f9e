"""Phones for the tests."""

from __future__ import annotations

from meterocr.billing.account import PhoneRegistration, Registrar
from tests.store.book import START


def registration(number: str, phone: str = "+919812345678", how: Registrar = Registrar.URJA_MITRA) -> PhoneRegistration:
    return PhoneRegistration(phone, number, START, "mitra-7", how)
