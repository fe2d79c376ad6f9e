"""Consumers, connections, meters and readings come into the book, or are refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from meterocr.billing.account import Consumer
from meterocr.errors import BillError, ConflictError, MeteringError, NotFoundError
from meterocr.metering.meter import Meter, Register
from meterocr.metering.reading import Source, Standing
from meterocr.readout import Quantity
from meterocr.store.database import SqlStore
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.drafts import billed_quantity
from meterocr.workflow.register import add_connection, add_consumer, exchange_meter, install_meter, record_reading
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.connections import Installation
from tests.store.book import RATING, UNTIL, at, entry, meter_of, put_connection, put_reading, reading


def test_from_nothing_to_a_meter(store: SqlStore) -> None:
    with store.write() as uow:
        add_consumer(uow, "K-C-1", Consumer("आशा", "Dhanbad"), at(0))
        add_connection(uow, entry("C-1"), at(0))
        with pytest.raises(NotFoundError, match="expected a meter at connection C-1, got none"):
            uow.book.connection("C-1")
        install_meter(uow, Installation("C-1", meter_of("C-1"), at(0).at), Decimal(3), at(0))
        connection = uow.book.connection("C-1")
        (first,) = uow.readings.of("C-1")
    assert (connection.consumer.name, connection.meter) == ("आशा", meter_of("C-1"))
    assert (first.reading.value, first.reading.source) == (3, Source.INSTALLED)


def test_what_is_refused(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_connection(uow, "C-2")
    with pytest.raises(ConflictError), store.write() as uow:
        add_consumer(uow, "K-C-1", Consumer("A", ""), at(0))
    with pytest.raises(ConflictError), store.write() as uow:
        add_connection(uow, replace(entry("C-3"), consumer_id="K-9"), at(0))
    for number, meter in [("C-1", meter_of("other")), ("C-1", meter_of("C-2"))]:
        with pytest.raises(ConflictError), store.write() as uow:
            install_meter(uow, Installation(number, meter, at(1).at), Decimal(0), at(1))
    with pytest.raises(NotFoundError, match="expected connections that are registered, got C-9"), store.write() as uow:
        install_meter(uow, Installation("C-9", meter_of("C-9"), at(1).at), Decimal(0), at(1))
    with pytest.raises(MeteringError, match="expected a value below 1000000"), store.write() as uow:
        exchange_meter(uow, Installation("C-1", meter_of("x"), at(1).at), Decimal(10**6), Decimal(0), at(1))


def test_a_reading_confirms_the_one_before(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        for month in range(1, 4):
            record_reading(uow, reading("C-1", 1000 + 100 * month, month), at(month))
        settled = record_reading(uow, reading("C-1", 1400, 4, Source.PHOTO), at(4))
        assert settled.new.standing is Standing.QUARANTINED
        assert record_reading(uow, reading("C-1", 1500, 5), at(5)).confirmed[0].value == 1400
        assert {stored.reading.standing for stored in uow.readings.of("C-1")} == {Standing.TRUSTED}


def check_not_exchanged(store: SqlStore, new: Installation, showed: Decimal, message: str) -> None:
    """An exchange is refused with ``message``, and the old meter stays."""
    with pytest.raises(MeteringError, match=message), store.write() as uow:
        exchange_meter(uow, new, showed, Decimal(0), Act("office", new.installed_at))
    with store.read() as uow:
        assert uow.book.connection("C-1").meter == meter_of("C-1")


def test_an_old_meter_that_showed_too_little(store: SqlStore) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
        put_reading(uow, "C-1", 1900, 0.5)  # a misread, which no bill will use
        put_reading(uow, "C-1", 1200, 1)
        issue_bill(uow, "C-1", UNTIL, RATING, at(1))
    new = Installation("C-1", meter_of("new"), at(1.5).at)
    message = (
        "expected at least 1200 on meter M-C-1, as on 2024-07-31, got 130 on 2024-08-15: through zero that is 998930 "
        "units, and the load allows 1080: look again; where 130 is right, reverse the bill that ends with 1200"
    )
    check_not_exchanged(store, new, Decimal(130), message)
    with store.write() as uow:
        exchange_meter(uow, new, Decimal(1300), Decimal(999_990), at(1.5))
        third = Installation("C-1", meter_of("third"), at(2).at)
        exchange_meter(uow, third, Decimal(10), Decimal(0), at(2))  # which went through zero
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(2)).consumption.units == 100 + 20


def test_a_new_meter_is_billed_by_what_the_old_one_was(store: SqlStore) -> None:
    registers = Register(Quantity.KVAH, 6), Register(Quantity.KWH, 6)
    wrong, right = (Installation("C-1", Meter("M-2", each), at(1).at) for each in (registers, registers[::-1]))
    with store.write() as uow:
        put_connection(uow, "C-1")
    message = (
        "expected a meter whose first energy register counts kwh, as that of M-C-1 does, got kvah: what M-C-1 counted "
        "since the last bill would not be billed; name its kwh register first, or give the supply by kvah a connection"
    )
    check_not_exchanged(store, wrong, Decimal(1100), message)
    with store.write() as uow:
        exchange_meter(uow, right, Decimal(1100), Decimal(0), at(1))
        assert uow.book.connection("C-1").meter.serial_number == "M-2"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"serial_number": "M-9"}, MeteringError, "expected a reading of meter M-C-1, got one of 'M-9'"),
        ({"quantity": Quantity.KVAH}, MeteringError, "expected a register for kvah"),
        ({"value": Decimal("1000.5")}, MeteringError, "with at most 0 decimals, got 1000.5"),
        ({"at": at(0).at}, ConflictError, "breaks a rule of the store"),
    ],
)
def test_readings_that_are_refused(
    store: SqlStore, changes: dict[str, object], error: type[Exception], message: str
) -> None:
    with store.write() as uow:
        put_connection(uow, "C-1")
    new = reading("C-1", 1100, 1)
    with pytest.raises(error, match=message), store.write() as uow:
        record_reading(uow, replace(new, reading=replace(new.reading, **changes)), at(1))  # type: ignore[arg-type]


def test_what_a_meter_is_billed_by() -> None:
    demand, apparent = Register(Quantity.KW, 3, 2), Register(Quantity.KVAH, 6)
    assert billed_quantity(Meter("M", (demand, apparent))) is Quantity.KVAH
    with pytest.raises(BillError, match="expected a register that counts energy on meter M, got none"):
        billed_quantity(Meter("M", (demand,)))
