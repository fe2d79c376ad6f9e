"""What was written comes back, and is written again the same."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from meterocr.billing.bill import Bill, Event, State, issue, make_bill
from meterocr.billing.canonical import canonical_bytes
from meterocr.billing.ledger import Arrears, Ledger
from meterocr.billing.money import Money
from meterocr.billing.period import Period
from meterocr.billing.restore import restore, restored_bill, restored_tariff
from meterocr.errors import BillError
from tests.billing.conftest import JBVNL, JBVNL_NO_DUTY, MONTH, WITH_OPERATOR, connection, consumed
from tests.billing.test_properties import histories


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_bills(bills: list[Bill]) -> None:
    for bill in bills:
        written = canonical_bytes(bill.to_dict())
        back = restored_bill(json.loads(written), bill.history)
        assert canonical_bytes(back.to_dict()) == written
        assert back == bill


def test_a_bill_of_schema_1_is_written_as_it_was() -> None:
    ledger = Ledger((Arrears("B-1", Money(1000), 3),))
    made = make_bill(connection(), consumed("201"), WITH_OPERATOR, MONTH, ledger)
    told = json.loads(canonical_bytes(made.to_dict()))
    old = told | {"schema": 1, "ledger": {name: told["ledger"][name] for name in told["ledger"] if name != "surcharge"}}
    assert (told["schema"], told["ledger"]["surcharge"], len(old["ledger"])) == (2, 0, 4)
    back = restored_bill(old)
    assert (back.schema, back.total) == (1, made.total)
    assert back.to_dict() == old
    assert issue(back, number="B-2", on=date(2024, 9, 2)).to_dict() == old
    with pytest.raises(BillError, match="expected the fields arrears, credits, adjustments, replaces, surcharge"):
        restored_bill(told | {"ledger": old["ledger"]})


@pytest.mark.parametrize("tariff", [JBVNL, JBVNL_NO_DUTY, WITH_OPERATOR])
def test_tariffs(tariff: Any) -> None:
    back = restored_tariff(json.loads(canonical_bytes(tariff.to_dict())))
    assert (back, back.digest) == (tariff, tariff.digest)


def test_a_connection_is_refused_where_it_is_not_one() -> None:
    written = json.loads(canonical_bytes(connection()))
    for change, message in [
        ({"area": "moon"}, "'moon' is not a valid Area"),
        ({"supply": {"sanctioned_load_kw": 2.5, "phase": "single"}}, "expected str, got 2.5"),
        ({"supply": {"sanctioned_load_kw": "2"}}, "expected the fields sanctioned_load_kw, phase of a Supply"),
        ({"consumer_number": " "}, "expected a consumer number"),
    ]:
        with pytest.raises(BillError, match=message):
            restore(type(connection()), written | change)


@pytest.mark.parametrize("content", [{}, {"schema": 2}, {"schema": 3}, {"schema": 1, "connection": {}}])
def test_what_is_no_bill(content: dict[str, Any]) -> None:
    with pytest.raises(BillError, match="expected"):
        restored_bill(content)


@pytest.mark.parametrize("content", [{}, {"name": "x", "required": {}, "entries": [{}]}, {"required": []}])
def test_what_is_no_tariff(content: dict[str, Any]) -> None:
    with pytest.raises(BillError, match="expected"):
        restored_tariff(content)


def test_history_is_kept() -> None:
    assert restore(Event, {"state": "issued", "on": "2024-08-31", "note": "B-1"}) == Event(
        State.ISSUED, date(2024, 8, 31), "B-1"
    )
    with pytest.raises(BillError, match="expected an end after"):
        restore(Period, {"start": "2024-08-01", "end": "2024-08-01"})
