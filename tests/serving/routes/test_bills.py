"""Bills, links, deliveries, areas and the audit over HTTP."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from meterocr.errors import LinkError, RefusedError
from meterocr.workflow.keys import Scope
from meterocr.workflow.links import check_link, sign_link
from meterocr.workflow.sending import send_outbox
from serving.routes import links
from tests.delivery.conftest import message
from tests.serving.conftest import key_of
from tests.serving.office import Clock, Desk, photo
from tests.serving.routes.conftest import SECRET
from tests.serving.test_errors import check_failure
from tests.store.book import at
from tests.workflow import letters
from tests.workflow.letters import Hands, Moved


def test_issued_shown_and_reversed(desk: Desk) -> None:
    got = desk.post("/v1/bills", {"consumer_number": "C-1"}, key="bill-000001")
    assert (got.status_code, got.json()["units"]) == (201, "150")
    assert desk.post("/v1/bills", {"consumer_number": "C-1"}, key="bill-000001").content == got.content
    check_failure(desk.post("/v1/bills", {"consumer_number": "C-1"}), 422, "bill_error")
    number = got.json()["number"]
    shown = desk.get(f"/v1/bills/{number}").json()
    assert {name: shown[name] for name in got.json()} == got.json()
    assert [step["state"] for step in shown["history"]] == ["issued"]
    back = desk.post(f"/v1/bills/{number}/reverse", {"reason": "a neighbour's meter"})
    assert (back.status_code, back.json()["state"]) == (200, "reversed")
    check_failure(desk.post(f"/v1/bills/{number}/reverse", {"reason": "again"}), 422, "bill_error")
    check_failure(desk.get(f"/v1/bills/{number}/pdf"), 422, "bill_error")


def test_payments_that_are_refused(desk: Desk) -> None:
    path, form = f"/v1/bills/{desk.issued()}/payments", {"amount_paise": 100, "reference": "R-1"}
    for wrong in ({"amount_paise": 0}, {"amount_paise": 1.5}, {"reference": " "}, {"on": "2024-02-31"}, {"more": 1}):
        check_failure(desk.post(path, form | wrong), 422, "invalid")
    check_failure(desk.post(path, form | {"on": "2999-01-01"}), 422, "bill_error")
    check_failure(desk.post(path, form), 422, "bill_error")  # the bill comes to nothing
    check_failure(desk.post("/v1/bills/2024-0000009/payments", form), 404, "not_found")


@pytest.mark.parametrize("query", ["", "?layout=receipt", "?language=en", "?layout=a4&language=hi"])
def test_printed(desk: Desk, query: str) -> None:
    number = desk.issued()
    got = desk.get(f"/v1/bills/{number}/pdf{query}")
    assert (got.status_code, got.headers["content-type"], got.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert got.headers["content-disposition"] == f'inline; filename="bill-{number}.pdf"'


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("GET /v1/bills/2024-0000009", 404, "not_found"),
        ("GET /v1/bills/..%2F..%2Fetc%2Fpasswd", 404, "not_found"),
        ("GET /v1/bills/%00", 422, "invalid"),
        ("GET /v1/bills/2024-0000001/pdf?layout=a0", 422, "invalid"),
        ("GET /v1/audit/bills/2024-0000009", 404, "not_found"),
        ("GET /v1/deliveries", 422, "invalid"),
        ("GET /v1/deliveries?state=lost", 422, "invalid"),
        ("GET /v1/deliveries?consumer_number=C-1&most=501", 422, "invalid"),
        ("GET /v1/areas?since=2024-02-31", 422, "invalid"),
        ("GET /v1/areas?since=yesterday", 422, "invalid"),
        ("GET /v1/connections/C-9", 404, "not_found"),
        ("GET /v1/connections/C-1/bills", 404, "not_found"),
        ("GET /v1/reviews/1/photo/../../..", 404, "not_found"),
    ],
)
def test_what_is_not_there(desk: Desk, call: str, status: int, code: str) -> None:
    check_failure(desk.app.call(*call.split()), status, code)


def test_until_a_day(desk: Desk) -> None:
    check_failure(desk.post("/v1/bills", {"consumer_number": "C-1", "until": "2024-02-31"}), 422, "invalid")
    check_failure(desk.post("/v1/bills", {"consumer_number": "C-1", "until": "2024-07-02"}), 422, "bill_error")
    assert desk.post("/v1/bills", {"consumer_number": "C-1", "until": "2024-08-01"}).status_code == 201


def link_of(desk: Desk, number: str, days: int = 30) -> str:
    got = desk.post(f"/v1/bills/{number}/link", {"days": days})
    assert got.status_code == 200
    return str(got.json()["path"])


def test_a_link_opens_one_bill_for_a_while(desk: Desk) -> None:
    number = desk.issued()
    path = link_of(desk, number, 2)
    got = desk.get(path, headers={"authorization": ""})
    assert (got.status_code, got.content[:5]) == (200, b"%PDF-")
    assert desk.get(f"{path}&language=en", headers={"authorization": ""}).status_code == 200
    assert desk.get(f"/v1/audit/log?subject={number}").json()["lines"][0]["by"] == "link"
    assert isinstance(desk.office.clock, Clock)
    desk.office.clock.now = at(3).at
    check_failure(desk.get(path, headers={"authorization": ""}), 403, "link_not_good")


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (r"2024-0000001", "2024-0000002"),
        (r"until=\d", "until=9"),
        (r"signature=.", "signature=x"),
        (r"(?<=e=)\w{64}", "0" * 64),
    ],
)
def test_a_link_cannot_be_changed(desk: Desk, part: str, other: str) -> None:
    path = link_of(desk, desk.issued())
    changed = re.sub(part, other, path, count=1)
    assert changed != path
    got = desk.get(changed, headers={"authorization": ""})
    assert got.status_code in {403, 422}
    assert got.json()["error"]["code"] in {"link_not_good", "invalid"}


def test_a_link_is_opened_so_often(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "A_MINUTE", 2)
    path = link_of(desk, desk.issued())
    guessed = path.rpartition("=")[0] + "=" + "0" * 64
    for _ in range(3):  # does not count
        check_failure(desk.get(guessed), 403, "link_not_good")
    assert [desk.get(path).status_code for _ in range(2)] == [200, 200]
    check_failure(desk.get(path), 429, "too_many_requests")


def test_links_need_a_secret(desk: Desk) -> None:
    number = desk.issued()
    bare = desk.app.with_settings(link_secret="")
    check_failure(bare.call("POST", f"/v1/bills/{number}/link", json={}), 409, "not_set_up")
    until, signature = sign_link(b"", number, at(9).at)
    check_failure(bare.call("GET", f"/v1/links/bills/{number}?until={until}&signature={signature}"), 409, "not_set_up")


@pytest.mark.parametrize("secret", [b"", b"x" * 32])
def test_a_signature_of_another_secret(secret: bytes) -> None:
    until, signature = sign_link(secret, "2024-0000001", at(2).at)
    check_link(secret, "2024-0000001", until, signature, now=at(1).at)
    with pytest.raises(LinkError, match="expected a link as it was sent"):
        check_link(SECRET.encode(), "2024-0000001", until, signature, now=at(1).at)
    with pytest.raises(LinkError, match="one that is over"):
        check_link(secret, "2024-0000001", until, signature, now=at(2).at)


def test_proven_and_not(desk: Desk) -> None:
    number = desk.issued()
    told = desk.get(f"/v1/audit/bills/{number}").json()
    assert (told["proven"], told["differences"], len(told["proof"])) == (True, [], 64)
    with desk.office.store.read() as uow:
        desk.office.photos.remove(uow.submissions.get(1).submission.sha256)
    told = desk.get(f"/v1/audit/bills/{number}").json()
    assert told["proven"] is False
    assert "expected a photo" in told["differences"][0]


def test_deliveries(desk: Desk) -> None:
    desk.post("/v1/connections/C-1/phone", {"phone": "+919812345678", "consent": True})
    number = desk.issued()
    (told,) = desk.get("/v1/deliveries?consumer_number=C-1").json()["deliveries"]
    assert (told["key"], told["state"], told["recipient"]) == (f"bill:{number}", "waiting", "+91********78")
    assert desk.get("/v1/deliveries/counts").json() == {
        "waiting": 1,
        "claimed": 0,
        "sent": 0,
        "failed": 0,
        "dropped": 0,
    }


def test_what_was_given_up_is_listed_and_sent_again(desk: Desk) -> None:
    desk.post("/v1/connections/C-1/phone", {"phone": "+919812345678", "consent": True})
    key = f"bill:{desk.issued()}"
    hands = Hands(answers={key: [RefusedError("no template for +919812345678", code=132001)]})
    post = letters.office(desk.office.store, hands, moved=Moved(at(3).at))
    list(send_outbox(replace(post, compose=lambda row: message(key=row.key, to=row.recipient))))
    for question in ("state=failed", "state=failed&consumer_number=C-1"):
        (told,) = desk.get(f"/v1/deliveries?{question}").json()["deliveries"]
        assert (told["key"], told["consumer_number"], told["state"]) == (key, "C-1", "failed")
        assert told["attempts"][0]["failure_text"] == "no template for +91********78"
    assert desk.get("/v1/deliveries?state=failed&consumer_number=C-2").json()["deliveries"] == []
    again = desk.post(f"/v1/deliveries/{key}/retry", key="again-01")
    assert (again.status_code, again.json()["state"], len(again.json()["attempts"])) == (200, "waiting", 1)
    assert desk.post(f"/v1/deliveries/{key}/retry", key="again-01").json() == again.json()
    check_failure(desk.post(f"/v1/deliveries/{key}/retry"), 409, "conflict")
    check_failure(desk.post("/v1/deliveries/bill:none/retry"), 404, "not_found")
    check_failure(desk.post("/v1/deliveries/a%20b/retry"), 422, "invalid")


def test_areas(desk: Desk) -> None:
    empty = {"book": "B-1", "connections": 1, "phones": 0, "billed": 0, "provisional": 0}
    assert desk.get("/v1/areas").json() == {"since": "2024-08-01", "areas": [empty]}
    desk.post("/v1/connections/C-1/phone", {"phone": "+919812345678", "consent": True})
    number = desk.issued()
    done = empty | {"phones": 1, "billed": 1}
    assert desk.get("/v1/areas").json()["areas"] == [done]
    assert desk.get("/v1/areas?since=2024-08-31").json()["areas"] == [done | {"billed": 0}]
    desk.post(f"/v1/bills/{number}/reverse", {"reason": "wrong"})
    assert desk.get("/v1/areas").json()["areas"] == [empty | {"phones": 1}]


def test_the_log_is_for_admins(desk: Desk) -> None:
    desk.submit(photo())
    headers: Any = {"authorization": f"Bearer {key_of(desk.office, Scope.BILL)}"}
    check_failure(desk.get("/v1/audit/log", headers=headers), 403, "forbidden")
    assert len(desk.get("/v1/audit/log?most=1").json()["lines"]) == 1
