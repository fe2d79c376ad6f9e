"""Consumers, connections and phones over HTTP, and what is erased of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from meterocr.errors import NotFoundError
from meterocr.store import schema
from meterocr.workflow.keys import Scope
from meterocr.workflow.values.connections import ERASED
from tests.serving.conftest import key_of
from tests.serving.office import Clock, Desk, photo
from tests.serving.test_errors import check_failure

CONSUMER = {"consumer_id": "K-7", "name": "आशा देवी", "address": "Hirapur, Dhanbad"}
METER = {"serial_number": "M-7", "registers": [{"quantity": "kwh", "digits": 6}], "shows": "1204"}
CONNECTION: dict[str, Any] = {
    "consumer_number": "C-7",
    "consumer_id": "K-7",
    "category": "domestic",
    "area": "urban",
    "sanctioned_load_kw": "2",
    "book": "B-12",
    "meter": METER,
}
OURS = {**CONNECTION, "consumer_id": "K-C-1"}
PHONE = {"phone": "98123 45678", "consent": True}
E164 = "+919812345678"


def log_of(desk: Desk, subject: str) -> list[str]:
    return [line["what"] for line in desk.get(f"/v1/audit/log?subject={subject}").json()["lines"]]


def test_a_consumer_with_a_connection(desk: Desk) -> None:
    assert desk.post("/v1/consumers", CONSUMER).status_code == 201
    made = desk.post("/v1/connections", CONNECTION)
    assert (made.status_code, made.json()) == (201, {"consumer_number": "C-7", "serial_number": "M-7"})
    assert desk.get("/v1/consumers/K-7").json() == {**CONSUMER, "connections": ["C-7"]}
    told = desk.get("/v1/connections/C-7").json()
    assert (told["name"], told["serial_number"], told["phone"], told["bills"]) == ("आशा देवी", "M-7", "", [])
    assert [(r["value"], r["source"]) for r in told["readings"]] == [("1204", "installed")]
    assert log_of(desk, "K-7") == ["see_consumer", "add_consumer"]
    assert log_of(desk, "C-7") == ["see_connection", "add_connection"]


def test_another_meter(desk: Desk) -> None:
    got = desk.post("/v1/connections/C-1/meters", {"showed": "1300", "meter": METER})
    assert (got.status_code, got.json()["serial_number"]) == (201, "M-7")
    told = desk.get("/v1/connections/C-1").json()
    assert [(r["value"], r["source"]) for r in told["readings"]][-2:] == [("1300", "removed"), ("1204", "installed")]
    check_failure(desk.post("/v1/connections/C-9/meters", {"showed": "1300", "meter": METER}), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/consumers", {**CONSUMER, "consumer_id": "K-C-1"}, 409, "conflict"),
        ("/v1/consumers", {**CONSUMER, "name": " "}, 422, "invalid"),
        ("/v1/consumers", {**CONSUMER, "name": "a\x00b"}, 422, "invalid"),
        ("/v1/consumers", {**CONSUMER, "consumer_id": "../../etc"}, 422, "invalid"),
        ("/v1/consumers", {**CONSUMER, "consumer_id": "K-7\n"}, 422, "invalid"),
        ("/v1/consumers", {**CONSUMER, "more": 1}, 422, "invalid"),
        ("/v1/consumers", [], 422, "invalid"),
        ("/v1/connections", {**CONNECTION, "consumer_id": "K-9"}, 409, "conflict"),
        ("/v1/connections", {**OURS, "consumer_number": "C-1"}, 409, "conflict"),
        ("/v1/connections", {**CONNECTION, "category": "palace"}, 422, "tariff_error"),
        ("/v1/connections", {**CONNECTION, "sanctioned_load_kw": "0"}, 422, "invalid"),
        ("/v1/connections", {**CONNECTION, "sanctioned_load_kw": 2.5}, 422, "invalid"),
        ("/v1/connections", {**OURS, "meter": {**METER, "serial_number": "M-C-1"}}, 409, "conflict"),
        ("/v1/connections", {**OURS, "meter": {**METER, "shows": "1000000"}}, 422, "metering_error"),
        ("/v1/connections", {**OURS, "meter": {**METER, "registers": METER["registers"] * 2}}, 422, "invalid"),
        ("/v1/connections", {**CONNECTION, "meter": {**METER, "registers": []}}, 422, "invalid"),
        ("/v1/connections/C-1/phone", {**PHONE, "consent": False}, 422, "invalid"),
        ("/v1/connections/C-1/phone", {**PHONE, "phone": "12345678"}, 422, "invalid"),
        ("/v1/connections/C-9/phone", PHONE, 404, "not_found"),
        ("/v1/connections/C-9/phone/request", PHONE, 404, "not_found"),
        ("/v1/connections/C-9/phone/confirm", {"code": "123456"}, 404, "not_found"),
        ("/v1/connections/C-1/phone/confirm", {"code": "12345"}, 422, "invalid"),
    ],
)  # fmt: skip
def test_what_is_refused(desk: Desk, path: str, body: Any, status: int, code: str) -> None:
    failure = check_failure(desk.post(path, body), status, code)
    assert "12345678" not in str(failure).replace("98123 45678", "")
    if status != 404:  # nothing was half done
        with desk.office.store.read() as uow:
            assert uow.book.numbers("", "", 9) == ["C-1"]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 9999, b"\xff", b"null", b'{"name": "\\ud800"}', b'{"name": NaN}'])
def test_what_is_no_form(desk: Desk, body: bytes) -> None:
    got = desk.post("/v1/consumers", content=body, headers={"content-type": "application/json"})
    assert got.json()["error"]["code"] in {"bad_request", "invalid"}


def test_a_phone_at_the_door(desk: Desk) -> None:
    got = desk.post("/v1/connections/C-1/phone", PHONE)
    assert (got.status_code, got.json()) == (201, {"consumer_number": "C-1", "phone": "+91********78", "live": True})
    with desk.office.store.read() as uow:
        entry = uow.phones.live("C-1")
    assert entry is not None
    assert (entry.registration.phone, entry.registration.how.value) == (E164, "urja_mitra")
    assert entry.registration.registered_by.startswith("key:")


def test_a_phone_from_home_with_its_code(desk: Desk) -> None:
    assert desk.post("/v1/connections/C-1/phone/request", PHONE).json()["live"] is False
    with desk.office.store.read() as uow:
        (row,) = uow.outbox.waiting(9)
    assert isinstance(row.payload, dict)
    code = str(row.payload["code"])
    wrong = {"code": "000000" if code != "000000" else "000001"}
    assert desk.post("/v1/connections/C-1/phone/confirm", wrong).json()["code"] == "wrong"
    assert desk.post("/v1/connections/C-1/phone/confirm", {"code": code}).json()["code"] == "confirmed"
    assert desk.post("/v1/connections/C-1/phone/confirm", {"code": code}).json()["code"] == "expired"
    assert desk.post("/v1/phones/opt-out", {"phone": E164}).json()["connections"] == ["C-1"]
    assert desk.post("/v1/phones/opt-out", {"phone": E164}).json()["connections"] == []


def test_guessing_codes_ends(desk: Desk) -> None:
    desk.post("/v1/connections/C-1/phone/request", PHONE)
    found = [desk.post("/v1/connections/C-1/phone/confirm", {"code": f"{n:06}"}).json()["code"] for n in range(7)]
    assert found[5:] == ["expired", "expired"]


def test_codes_cannot_be_asked_for_without_end(desk: Desk) -> None:
    statuses = [desk.post("/v1/connections/C-1/phone/request", PHONE).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    assert desk.post("/v1/connections/C-1/phone/request", {**PHONE, "phone": "+919812345679"}).status_code == 201


def test_erased_but_for_what_was_billed(desk: Desk) -> None:
    billed, loose = photo(), photo("")
    assert desk.submit(billed).json()["verdict"] == "accepted"
    assert desk.submit(loose).json()["verdict"] == "retake"
    bill = desk.get("/v1/connections/C-1").json()["bills"][-1]["number"]
    desk.post("/v1/connections/C-1/phone", PHONE)
    desk.post("/v1/visits", {"consumer_number": "C-1", "finding": "locked"})
    before = desk.get(f"/v1/bills/{bill}").json()
    for _ in range(2):
        got = desk.app.call("DELETE", "/v1/consumers/K-C-1/personal-data")
        assert got.status_code == 200
    check_failure(desk.app.call("DELETE", "/v1/consumers/K-9/personal-data"), 404, "not_found")
    assert desk.get("/v1/consumers/K-C-1").json()["name"] == ERASED
    assert desk.get(f"/v1/bills/{bill}").json() == before
    assert desk.get(f"/v1/audit/bills/{bill}").json()["proven"] is True
    with desk.office.store.read() as uow:
        assert uow.phones.live("C-1") is None
        assert uow.outbox.waiting(9) == []
        text = "".join(str(row) for row in uow.connection.exec_driver_sql("SELECT * FROM outbox"))
        sha256 = uow.submissions.get(2).submission.sha256
    assert "9812345678" not in text
    with pytest.raises(NotFoundError):
        desk.office.photos.get(sha256)


def test_nothing_but_bills_knows_the_erased(desk: Desk) -> None:
    desk.post("/v1/consumers", CONSUMER, key="consumer-7")
    desk.post("/v1/connections", CONNECTION)
    desk.post("/v1/connections/C-7/phone", PHONE, key="phone-0007")
    desk.post("/v1/connections/C-7/phone/request", {**PHONE, "phone": "+919812345679"})
    assert isinstance(desk.office.clock, Clock)
    desk.office.clock.now += timedelta(20)
    made = desk.submit(photo("001304"), "C-7").json()
    desk.post("/v1/visits", {"consumer_number": "C-7", "finding": "locked"})
    desk.get("/v1/consumers/K-7")
    assert desk.app.call("DELETE", "/v1/consumers/K-7/personal-data").status_code == 200
    own = (CONSUMER["name"], "Hirapur", "9812345678", "9812345679", "98123 45678")
    with desk.office.store.read() as uow:
        for table in schema.metadata.sorted_tables:
            columns = [column for column in table.columns if str(column) != "bills.content"]
            text = str(uow.connection.execute(select(*columns)).all())
            assert [word for word in own if word in text] == [], table.name
        digests = uow.connection.execute(select(schema.answers.c.digest).where(schema.answers.c.body == "")).all()
        bill = uow.bills.get(made["bill"]["number"]).bill
    assert {digest for (digest,) in digests} == {""}
    assert bill.connection.consumer.name == CONSUMER["name"]
    for path, body, key in (("consumers", CONSUMER, "consumer-7"), ("connections/C-7/phone", PHONE, "phone-0007")):
        check_failure(desk.post(f"/v1/{path}", body, key=key), 422, "idempotency_key_reused")
    with desk.office.store.read() as uow:
        assert uow.phones.live("C-7") is None


def test_only_an_admin_erases(desk: Desk) -> None:
    key = key_of(desk.office, *(scope for scope in Scope if scope is not Scope.ADMIN))
    got = desk.app.call("DELETE", "/v1/consumers/K-C-1/personal-data", headers={"authorization": f"Bearer {key}"})
    check_failure(got, 403, "forbidden")
