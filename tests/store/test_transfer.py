"""CSV in and out: what is kept, what is refused and how it is said."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from meterocr.errors import BillError, StoreError
from meterocr.metering.reading import Reading, Source
from meterocr.readout import Quantity
from meterocr.store.csv_kinds import KINDS
from meterocr.store.database import SqlStore, migrate, open_store
from meterocr.store.transfer import Import, Report, export_csv, import_csv
from meterocr.store.types import Utc
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.values.readings import NewReading
from tests.store.book import RATING, UNTIL, at, issue_one, put_reading

FILES = {
    "consumers": 'consumer_id,name,address\nK-1,आशा देवी,"Bank More, Dhanbad"\nK-2,Ravi,Katras\n',
    "connections": "consumer_number,consumer_id,category,area,book,load_kw,phase\n"
    "C-1,K-1,domestic,urban,B-1,2,single\nC-2,K-2,domestic,rural,B-1,0.5,single\n",
    "meters": "consumer_number,serial_number,phase,registers,installed_at,removed_at\n"
    "C-1,M-1,single,kwh:6:0:1,2020-01-01T00:00:00+05:30,2024-06-30T10:00:00+05:30\n"
    "C-1,M-2,single,kwh:6:1:1;kw:3:2:1,2024-06-30T10:00:00+05:30,\n"
    "C-2,M-3,three,kwh:5:0:20,2020-01-01T00:00:00+05:30,\n",
    "history": "consumer_number,serial_number,quantity,value,at,source,standing,visited,billed\n"
    "C-1,M-2,kwh,0.0,2024-06-30T10:00:00+05:30,installed,trusted,no,no\n"
    "C-1,M-2,kwh,100.5,2024-07-31T10:00:00+05:30,meter_reader,trusted,yes,yes\n"
    "C-1,M-2,kwh,250.5,2024-08-30T10:00:00+05:30,photo,quarantined,no,no\n",
}


def put(store: SqlStore, folder: Path, kind: str, content: str, *, skip_bad: bool = False) -> tuple[Report, list[str]]:
    path = folder / f"{kind}.csv"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    errors: list[str] = []
    how = Import(kind, skip_bad, lambda error: errors.append(str(error)), categories=("domestic", "irrigation"))
    return import_csv(store, path, how, at(4)), errors


def put_all(store: SqlStore, folder: Path) -> None:
    for kind, content in FILES.items():
        assert put(store, folder, kind, content) == (Report(content.count("\n") - 1, 0), [])


def exported(store: SqlStore, kind: str) -> str:
    file = io.StringIO()
    count = export_csv(store, kind, file)
    assert file.getvalue().count("\n") == count + 1
    return file.getvalue()


def test_out_is_what_came_in(store: SqlStore, tmp_path: Path) -> None:
    put_all(store, tmp_path)
    assert {kind: exported(store, kind) for kind in FILES} == FILES


def test_what_was_billed_elsewhere_opens_the_next_bill(store: SqlStore, tmp_path: Path) -> None:
    put_all(store, tmp_path)
    with store.write() as uow:
        bill = issue_bill(uow, "C-1", UNTIL, RATING, at(3))
    assert (str(bill.period), bill.consumption.units) == ("2024-07-31 to 2024-08-30", 150)


def test_what_was_billed_here_is_billed_once_elsewhere(store: SqlStore, tmp_path: Path) -> None:
    issue_one(store, units=150)
    with store.write() as uow:
        put_reading(uow, "C-1", 1400, 2)
        reverse_bill(uow, issue_bill(uow, "C-1", UNTIL, RATING, at(2)).number, "misread", at(2))
    flags = [line.rpartition(",")[2] for line in exported(store, "history").splitlines()]
    assert flags == ["billed", "no", "yes", "no"]
    files = {kind: exported(store, kind) for kind in FILES}
    url = f"sqlite:///{tmp_path}/elsewhere.db"
    migrate(url)
    elsewhere = open_store(url)
    for kind, content in files.items():
        assert put(elsewhere, tmp_path, kind, content)[1] == []
    with elsewhere.write() as uow:
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(3)).consumption.units == 250
    elsewhere.close()


KVAH = (
    "consumer_number,serial_number,phase,registers,installed_at,removed_at\n"
    "C-1,M-1,single,kwh:6:0:1,2020-01-01T00:00:00+05:30,2024-06-30T10:00:00+05:30\n"
    "C-1,M-2,single,kvah:6:0:1,2024-06-30T10:00:00+05:30,\n"
)
BILLED_TO_THE_EXCHANGE = (
    "consumer_number,serial_number,quantity,value,at,source,standing,visited,billed\n"
    "C-1,M-1,kwh,900,2024-05-31T10:00:00+05:30,meter_reader,trusted,yes,{before}\n"
    "C-1,M-1,kwh,1000,2024-06-30T10:00:00+05:30,removed,trusted,yes,{to}\n"
    "C-1,M-2,kvah,0,2024-06-30T10:00:00+05:30,installed,trusted,yes,no\n"
    "C-1,M-2,kvah,150,2024-07-31T10:00:00+05:30,meter_reader,trusted,yes,no\n"
)


@pytest.mark.parametrize(("before", "to"), [("no", "yes"), ("yes", "yes"), ("yes", "no"), ("no", "no")])
def test_a_meter_of_another_quantity(store: SqlStore, tmp_path: Path, before: str, to: str) -> None:
    content = FILES | {"meters": KVAH, "history": BILLED_TO_THE_EXCHANGE.format(before=before, to=to)}
    for kind in FILES:
        assert put(store, tmp_path, kind, content[kind])[1] == []
    if to == "yes":
        with store.write() as uow:
            assert issue_bill(uow, "C-1", UNTIL, RATING, at(3)).consumption.units == 150
        return
    message = (
        "connection C-1: expected readings in kvah since the last bill, got 900 kwh of meter M-1 on 2024-05-31: "
        "bill those where they were billed before, and import a reading of meter M-2 as billed"
    )
    with pytest.raises(BillError, match=message), store.write() as uow:
        issue_bill(uow, "C-1", UNTIL, RATING, at(3))
    later = "C-1,M-2,kvah,150,2024-07-31T10:00:01+05:30,meter_reader,trusted,yes,yes\n"
    later += "C-1,M-2,kvah,250,2024-08-30T10:00:00+05:30,meter_reader,trusted,yes,no\n"
    assert put(store, tmp_path, "history", content["history"].splitlines(keepends=True)[0] + later)[1] == []
    with store.write() as uow:
        assert issue_bill(uow, "C-1", UNTIL, RATING, at(3)).consumption.units == 100


BAD = [
    ("consumers", "K-1,,x", "line 2, name: expected some text, got none"),
    ("consumers", "K-1,A", "line 2: expected 3 fields, got 2"),
    ("consumers", "K-1,A\udc90,x", r"line 2, name: expected text in UTF-8 without control characters, got 'A\udc90'"),
    ("consumers", "K-1,A\x07,x", r"line 2, name: expected text in UTF-8 without control characters, got 'A\x07'"),
    (
        "connections",
        "C-3,K-9,domestic,urban,B,2,single",
        "line 2, consumer_id: expected one that is in the store, got K-9",
    ),
    ("connections", "C-3,K-1,domestic,moon,B,2,single", "line 2, area: expected one of rural, urban, got 'moon'"),
    (
        "connections",
        "C-3,K-1,domestic,urban,B,two,single",
        "line 2, load_kw: expected a number in plain digits, at most 18 of them, got 'two'",
    ),
    (
        "connections",
        "C-3,K-1,domestic,urban,B,1e999999,single",
        "line 2, load_kw: expected a number in plain digits, at most 18 of them, got '1e999999'",
    ),
    (
        "connections",
        "C-3,K-1,domestic,urban,B,1_0,single",
        "line 2, load_kw: expected a number in plain digits, at most 18 of them, got '1_0'",
    ),
    (
        "connections",
        "C-3,K-1,domestic,urban,B,1000000000000,single",
        "line 2, load_kw: expected a number below 1000000000000, got '1000000000000'",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6:0:1e17,2024-01-01,2024-02-01",
        "line 2, registers: expected a number in plain digits, at most 18 of them, got '1e17'",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6:0:1,0001-01-01T00:00:00,2024-02-01",
        "line 2, installed_at: expected a time from 1900 to 2100, got '0001-01-01T00:00:00'",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6:0:1,0202-01-01,2024-02-01",
        "line 2, installed_at: expected a time from 1900 to 2100, got '0202-01-01'",
    ),
    (
        "history",
        "C-1,M-2,kwh,1,9999-12-31T23:59:59-12:00,photo,trusted,no,no",
        "line 2, at: expected a time from 1900 to 2100, got '9999-12-31T23:59:59-12:00'",
    ),
    (
        "history",
        "C-1,M-2,kwh,1,2042-07-01,meter_reader,trusted,yes,yes",
        (
            "line 2, at: expected a time up to 2024-10-29 06:30:00+00:00, when it is imported, "
            "got 2042-07-01 00:00:00+05:30"
        ),
    ),
    ("connections", "C-3,K-1,domestic,urban,B,0,single", "line 2, load_kw: expected a load above 0 kW, got 0"),
    (
        "connections",
        "C-1,K-1,domestic,urban,B,1,single",
        "line 2, consumer_number: expected one that is not there yet, got C-1",
    ),
    (
        "meters",
        "C-9,M-9,single,kwh:6:0:1,2024-01-01,",
        "line 2, consumer_number: expected one that is in the store, got C-9",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6:0:1,2024-01-01,",
        "line 2, removed_at: expected one meter at C-1, got a second one",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:13:0:1,2024-01-01,",
        "line 2, registers: expected 1 to 12 digits before the point, got 13",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6,2024-01-01,",
        "line 2, registers: expected quantity:digits:decimals:factor, such as kwh:6:1:1, got 'kwh:6'",
    ),
    (
        "meters",
        "C-1,M-9,single,kwh:6:0:1,yesterday,",
        "line 2, installed_at: expected a time such as 2024-08-31T09:30:00+05:30, got 'yesterday'",
    ),
    (
        "history",
        "C-2,M-2,kwh,1,2024-09-01,photo,trusted,no,no",
        "line 2, serial_number: expected a meter of connection C-2, got M-2",
    ),
    (
        "history",
        "C-1,M-2,kvah,1,2024-09-01,photo,trusted,no,no",
        "line 2, quantity: expected a register of meter M-2, got kvah",
    ),
    (
        "history",
        "C-1,M-2,kwh,-1,2024-09-01,photo,trusted,no,no",
        "line 2, value: expected a value of at least 0, got -1",
    ),
    (
        "history",
        "C-1,M-2,kwh,1000000,2024-09-01,photo,trusted,no,no",
        "line 2, value: expected a value below 1000000, got 1000000",
    ),
    (
        "history",
        "C-1,M-2,kwh,1.25,2024-09-01,photo,trusted,no,no",
        "line 2, value: expected at most 1 decimals, got 1.25",
    ),
    (
        "history",
        "C-1,M-2,kwh,1,2024-06-29T10:00:00+05:30,photo,trusted,no,no",
        (
            "line 2, at: expected a time at which the meter hung there: from 2024-06-30 04:30:00+00:00, "
            "got 2024-06-29 10:00:00+05:30"
        ),
    ),
    (
        "history",
        "C-1,M-1,kwh,1,2024-06-30T11:00:00+05:30,photo,trusted,no,no",
        (
            "line 2, at: expected a time at which the meter hung there: from 2019-12-31 18:30:00+00:00 "
            "to 2024-06-30 04:30:00+00:00, got 2024-06-30 11:00:00+05:30"
        ),
    ),
    (
        "history",
        "C-1,M-2,kwh,1,2024-09-01,provisional,trusted,no,no",
        "line 2, standing: expected quarantined, as nobody saw the meter, got trusted",
    ),
    (
        "history",
        "C-1,M-2,kwh,1,2024-09-01,provisional,quarantined,no,yes",
        "line 2, billed: expected no, as bills begin with what was seen on a meter, got yes",
    ),
    (
        "connections",
        "C-3,K-1,domestik,urban,B,2,single",
        "line 2, category: expected one of domestic, irrigation, got domestik",
    ),
    ("history", "C-1,M-2,kwh,1,2024-09-01,photo,trusted,maybe,no", "line 2, visited: expected yes or no, got 'maybe'"),
    (
        "history",
        "C-1,M-2,kwh,1,2024-08-30T10:00:00+05:30,photo,trusted,no,no",
        "line 2, at: expected one that is not there yet, got M-2, kwh, 2024-08-30 10:00:00+05:30",
    ),
]


def test_bad_rows(store: SqlStore, tmp_path: Path) -> None:
    put_all(store, tmp_path)
    before = {kind: exported(store, kind) for kind in KINDS}
    for kind, row, message in BAD:
        content = f"{','.join(KINDS[kind].columns)}\n{row}\n"
        assert put(store, tmp_path, kind, content, skip_bad=True) == (Report(0, 1), [message])
    assert {kind: exported(store, kind) for kind in KINDS} == before


def test_money_that_is_still_to_come(store: SqlStore, tmp_path: Path) -> None:
    number = issue_one(store, units=450).number
    rows = f"bill,reference,amount,paid_on,online\n{number},R-1,1.00,2024-10-29,no\n{number},R-2,1.00,2024-10-30,no\n"
    message = "line 3, paid_on: expected a day up to 2024-10-29, when it is imported, got 2024-10-30"
    assert put(store, tmp_path, "payments", rows, skip_bad=True) == (Report(1, 1), [message])


def test_times_are_of_one_width(store: SqlStore) -> None:
    with store.read() as uow:
        for year in (202, 2024):
            kept = Utc().process_bind_param(datetime(year, 1, 1, tzinfo=UTC), uow.connection.dialect)
            assert kept in (f"{year:04}-01-01T00:00:00.000000Z", datetime(year, 1, 1, tzinfo=UTC))
            assert Utc().process_result_value(kept, uow.connection.dialect) == datetime(year, 1, 1, tzinfo=UTC)


MIXED = 'consumer_id,name,address\nK-1,A,x\n\nK-2,,x\nK-1,C,x\nK-3,"D\nE",x\nK-4,F,x\n'


@pytest.mark.parametrize(("skip_bad", "kept"), [(False, []), (True, ["K-1,A,x", "K-4,F,x"])])
def test_all_or_nothing_or_the_good_ones(store: SqlStore, tmp_path: Path, *, skip_bad: bool, kept: list[str]) -> None:
    report, errors = put(store, tmp_path, "consumers", MIXED, skip_bad=skip_bad)
    assert errors == [
        "line 4, name: expected some text, got none",
        "line 5, consumer_id: expected one that is not there yet, got K-1",
        r"line 7, name: expected text in UTF-8 without control characters, got 'D\nE'",
    ]
    assert report == Report(len(kept), 3)
    assert exported(store, "consumers").splitlines()[1:] == kept


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected the columns consumer_id, name, address, got none"),
        ("name,consumer_id,address\n", "got name, consumer_id, address"),
        (f"consumer_id,name,address\nK,{'x' * 200_000},y\n", "expected CSV in line 2"),
    ],
)
def test_what_is_no_such_file(tmp_path: Path, content: str, message: str) -> None:
    url = f"sqlite:///{tmp_path}/meterocr.db"
    migrate(url)
    store = open_store(url)
    with pytest.raises(StoreError, match=message):
        put(store, tmp_path, "consumers", content)
    with pytest.raises(StoreError, match=r"none\.csv: expected a file that can be read"):
        import_csv(store, tmp_path / "none.csv", Import("consumers", False, print), at(0))
    store.close()


def test_no_reading_that_nobody_saw_is_exported_as_billed(store: SqlStore) -> None:
    """As versions before this one imported them."""
    issue_one(store)
    nobody = Reading("M-C-1", Quantity.KWH, Decimal(1300), at(2).at, Source.PROVISIONAL)
    with store.write() as uow:
        uow.readings.add([NewReading("C-1", nobody, billed=True)])
    assert exported(store, "history").splitlines()[-1].endswith(",no,no")
