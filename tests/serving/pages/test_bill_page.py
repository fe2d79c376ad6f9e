"""What the page of a bill says that is to be paid, and the page of its connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterocr.billing.ledger import Credit
from meterocr.billing.money import Money
from meterocr.workflow.bills import issue_bill, reverse_bill
from meterocr.workflow.values.phones import PhoneEntry
from serving.desk import ReadingDesk
from serving.place import Place
from serving.settings import ServeSettings
from tests.serving.conftest import App, KnownReader
from tests.serving.office import make_office
from tests.serving.pages.visits import PHONE, consumer, headers_of
from tests.store.book import UNTIL, put_connection, put_reading
from tests.workflow.people import registration

DUE = {"en": "Due on", "hi": "देय तिथि"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    office, desk = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    yield App(Place(office, desk, ServeSettings()), "")
    desk.close()
    office.close()


def issued(app: App, credit: int = 0) -> str:
    """The number of a bill for 650 units, with so many paise of credit."""
    office = app.place.office
    with office.store.write() as uow:
        put_connection(uow, "C-9")
        put_reading(uow, "C-9", 1650, 1)
        uow.phones.add(PhoneEntry(registration("C-9", PHONE)))
        if credit:
            uow.bills.add_entry("C-9", "credit:1", Credit("paid twice", Money(credit)), office.act("office"))
        return issue_bill(uow, "C-9", UNTIL, office.rating, office.act("office")).number


def seen(app: App, path: str, language: str = "en") -> str:
    headers = headers_of(app, consumer(app))
    headers["cookie"] += f"; language={language}"
    got = app.call("GET", path, headers=headers)
    assert got.status_code == 200
    return got.text


@pytest.mark.parametrize(
    ("language", "told"), [("en", "was taken back. Do not pay it."), ("hi", "रद्द कर दिया गया है। इसका भुगतान न करें।")]
)
def test_a_reversed_bill_is_not_to_be_paid(app: App, language: str, told: str) -> None:
    number, office = issued(app), app.place.office
    before = seen(app, f"/c/C-9/bills/{number}", language)
    assert (told in before, DUE[language] in before, "/pdf" in before) == (False, True, True)
    with office.store.write() as uow:
        reverse_bill(uow, number, "another meter's photo", office.act("office"))
    for query in ("", "?new=1"):
        text = seen(app, f"/c/C-9/bills/{number}{query}", language)
        assert (told in text, DUE[language] in text, "/pdf" in text) == (True, False, False)
        assert f"<h1>{'Bill' if language == 'en' else 'बिल'} {number}</h1>" in text


@pytest.mark.parametrize(("language", "told"), [("en", "Credit for the next bill: ₹ "), ("hi", "अगले बिल में जमा: ₹ ")])
def test_more_credit_than_charges_is_nothing_to_pay(app: App, language: str, told: str) -> None:
    number = issued(app, credit=9_000_00)
    with app.place.office.store.read() as uow:
        total = uow.bills.get(number).bill.total
    assert total < Money(0)
    for path in (f"/c/C-9/bills/{number}", "/c/C-9"):
        text = seen(app, path, language)
        assert ('<p class="amount">₹ 0.00</p>' in text, f"{told}{-total}" in text) == (True, True)
        assert DUE[language] not in text


def test_what_comes_to_nothing_has_no_due_date(app: App) -> None:
    number = issued(app)
    with app.place.office.store.write() as uow:
        total = uow.bills.get(number).bill.total
        reverse_bill(uow, number, "to be made again", app.place.office.act("office"))
        entry = Credit("a gift", total)
        uow.bills.add_entry("C-9", "credit:2", entry, app.place.office.act("office"))
        again = issue_bill(uow, "C-9", UNTIL, app.place.office.rating, app.place.office.act("office")).number
    for path in (f"/c/C-9/bills/{again}", "/c/C-9"):
        text = seen(app, path)
        assert ("Nothing to pay for this bill." in text, DUE["en"] in text) == (True, False)
