"""Submissions, visits and reviews over HTTP: each photo once, and its bill."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from meterocr.errors import BillError
from meterocr.workflow import taking
from meterocr.workflow.keys import Scope
from tests.serving.conftest import key_of
from tests.serving.office import Desk, photo
from tests.serving.test_errors import check_failure

LOCKED = {"consumer_number": "C-1", "finding": "locked"}


def test_a_photo_becomes_a_bill(desk: Desk) -> None:
    got = desk.submit(photo())
    told = got.json()
    assert (got.status_code, told["verdict"], told["text"], told["waiting"]) == (201, "accepted", "001350", False)
    assert (told["bill"]["units"], told["bill"]["consumer_number"], told["no_bill"]) == ("350", "C-1", "")
    shown = desk.get(f"/v1/submissions/{told['submission']}").json()
    assert shown == {name: told[name] for name in shown}


def test_the_same_again_is_the_same(desk: Desk) -> None:
    content = photo()
    first = desk.submit(content, key="app-00000001")
    again = desk.submit(content, key="app-00000001")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for other in (desk.submit(photo(), key="app-00000001"), desk.submit(content, "C-2", key="app-00000001")):
        check_failure(other, 422, "idempotency_key_reused")
    with desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 3


def test_a_key_of_another_program_is_another_key(desk: Desk) -> None:
    desk.submit(photo(), key="app-00000001")
    headers = {"authorization": f"Bearer {key_of(desk.office, Scope.SUBMIT)}"}
    options: Any = {"files": {"photo": photo("001351")}, "data": {"consumer_number": "C-1"}, "headers": headers}
    assert desk.post("/v1/submissions", key="app-00000001", **options).status_code == 201
    check_failure(desk.get("/v1/submissions/1", headers=headers), 404, "not_found")
    assert desk.get("/v1/submissions/2", headers=headers).status_code == 200


def test_killed_between_reading_and_bill(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    content, real = photo(), taking.bill_submission

    def killed(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(taking, "bill_submission", killed)
    check_failure(desk.submit(content, key="app-00000001"), 500, "internal_error")
    monkeypatch.setattr(taking, "bill_submission", real)
    told = desk.submit(content, key="app-00000001").json()
    assert told["bill"]["units"] == "350"
    with desk.office.store.read() as uow:
        assert len(uow.readings.of("C-1")) == 3


def test_the_reading_stands_without_a_bill(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise BillError("no rate")

    monkeypatch.setattr(taking, "bill_submission", refused)
    told = desk.submit(photo()).json()
    assert (told["verdict"], told["bill"], told["no_bill"]) == ("accepted", None, "no rate")


def test_the_sender_is_not_told_what_is_for_the_office(desk: Desk) -> None:
    told = desk.submit(photo("009350")).json()
    (office,) = desk.get("/v1/reviews").json()["reviews"]
    assert "8200 units" in office["reasons"]["en"][0]
    assert "units" not in str(told["reasons"])
    assert desk.get(f"/v1/submissions/{told['submission']}").json()["reasons"] == told["reasons"]


def test_another_photo_is_needed(desk: Desk) -> None:
    told = desk.submit(photo("")).json()
    assert (told["verdict"], told["bill"], told["waiting"]) == ("retake", None, False)
    assert all(told["reasons"][language] for language in ("en", "hi"))


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"files": {"photo": b"no photo"}, "data": {"consumer_number": "C-1"}}, 422, "photo_error"),
        ({"files": {"photo": photo()}, "data": {"consumer_number": "C-9"}}, 404, "not_found"),
        ({"files": {"photo": photo()}, "data": {"consumer_number": "C-1\n"}}, 422, "invalid"),
        ({"files": {"photo": photo()}, "data": {"consumer_number": "../C-1"}}, 422, "invalid"),
        ({"files": {"photo": photo()}, "data": {"consumer_number": "C-1", "more": "1"}}, 422, "too_many_parts"),
        ({"files": {"photo": photo()}, "data": {"consumer_number": ["C-1", "C-1"]}}, 422, "too_many_parts"),
        ({"files": {"photo": photo()}}, 422, "invalid"),
        ({"files": {"photo": photo(), "consumer_number": b"C-1"}}, 422, "too_many_parts"),
        ({"data": {"consumer_number": "C-1"}}, 415, "unsupported_media_type"),
        ({"json": {"photo": "http://127.0.0.1/x", "consumer_number": "C-1"}}, 415, "unsupported_media_type"),
        ({"files": {"photo": (None, "http://127.0.0.1/x")}, "data": {}}, 422, "no_photo"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/submissions", "/v1/visits/read"])
def test_what_is_no_submission(desk: Desk, path: str, options: dict[str, Any], status: int, code: str) -> None:
    check_failure(desk.post(path, **options), status, code)


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "a b c d e f", "ключ-ключ"])
def test_a_key_is_needed(desk: Desk, key: str) -> None:
    headers = {"idempotency-key": key.encode()} if key else {}
    got = desk.app.call("POST", "/v1/visits", json=LOCKED, headers=headers)
    check_failure(got, 422, "invalid")


def test_read_at_the_door(desk: Desk) -> None:
    told = desk.submit(photo(), at="visits/read").json()
    assert (told["verdict"], told["bill"]["units"]) == ("accepted", "350")
    with desk.office.store.read() as uow:
        assert uow.readings.of("C-1")[-1].reading.visited


@pytest.mark.parametrize(
    ("finding", "asked", "outcome"),
    [("locked", True, ""), ("refused", False, "refused"), ("meter_faulty", False, "meter_faulty")],
)
def test_not_read(desk: Desk, finding: str, asked: bool, outcome: str) -> None:
    desk.post("/v1/connections/C-1/phone", {"phone": "+919812345678", "consent": True})
    form = {"consumer_number": "C-1", "finding": finding, "note": "nobody home"}
    got = desk.post("/v1/visits", form, key="visit-0001")
    assert (got.status_code, got.json()["asked"]) == (201, asked)
    assert desk.post("/v1/visits", form, key="visit-0001").content == got.content
    (visit,) = desk.get("/v1/connections/C-1/visits").json()["visits"]
    assert visit["outcome"] == outcome
    with desk.office.store.read() as uow:
        assert len(uow.outbox.waiting(9)) == int(asked)
        assert len(uow.visits.closed(desk.office.clock() + timedelta(9), 9)) == int(asked)


def test_a_person_decides(desk: Desk) -> None:
    doubtful = desk.submit(photo("009350")).json()
    assert (doubtful["verdict"], doubtful["bill"]) == ("review", None)
    (waiting,) = desk.get("/v1/reviews").json()["reviews"]
    number = waiting["submission"]
    told = desk.get(f"/v1/reviews/{number}").json()
    assert (told["readout"]["text"], told["verification"]["verdict"]) == ("009350", "review")
    assert [reading["value"] for reading in told["before"]] == ["1000", "1150"]
    shown = desk.get(f"/v1/reviews/{number}/photo")
    assert (shown.headers["content-type"], shown.headers["x-content-type-options"]) == ("image/png", "nosniff")
    form = {"value": "1350", "note": "3 not 9"}
    got = desk.post(f"/v1/reviews/{number}/correct", form, key="review-0001")
    assert (got.status_code, got.json()["bill"]["units"], got.json()["waiting"]) == (200, "350", False)
    assert desk.post(f"/v1/reviews/{number}/correct", form, key="review-0001").content == got.content
    check_failure(desk.post(f"/v1/reviews/{number}/accept", {}), 409, "conflict")
    assert desk.get("/v1/reviews").json()["reviews"] == []
    lines = desk.get("/v1/audit/log?subject=C-1").json()["lines"]
    assert {"see_photo", "see_submission", "submit"} <= {line["what"] for line in lines}


def test_killed_after_the_decision(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.submit(photo("009350"))
    real = taking.bill_submission

    def killed(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(taking, "bill_submission", killed)
    form = {"value": "1350"}
    check_failure(desk.post("/v1/reviews/1/correct", form, key="review-0001"), 500, "internal_error")
    monkeypatch.setattr(taking, "bill_submission", real)
    assert desk.post("/v1/reviews/1/correct", form, key="review-0001").json()["bill"]["units"] == "350"


def test_accepted_and_rejected(desk: Desk) -> None:
    desk.submit(photo("009350"))
    got = desk.post("/v1/reviews/1/reject", {"note": "a neighbour's"})
    assert got.json() == {"submission": 1, "waiting": False}
    desk.submit(photo("009351"))
    assert desk.post("/v1/reviews/2/accept", {}).json()["bill"]["units"] == "8351"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/reviews/9/accept", {}, 404, "not_found"),
        ("/v1/reviews/0/accept", {}, 422, "invalid"),
        (f"/v1/reviews/{2**64}/accept", {}, 422, "invalid"),
        ("/v1/reviews/1/correct", {"value": "1350000"}, 422, "metering_error"),
        ("/v1/reviews/1/correct", {"value": "-1"}, 422, "invalid"),
        ("/v1/reviews/1/correct", {"value": 1350}, 422, "invalid"),
        ("/v1/reviews/1/reject", {}, 422, "invalid"),
    ],
)
def test_what_is_no_decision(desk: Desk, path: str, body: Any, status: int, code: str) -> None:
    desk.submit(photo("009350"))
    check_failure(desk.post(path, body), status, code)
    assert len(desk.get("/v1/reviews").json()["reviews"]) == 1
