"""``meterocr review``: what each photo waits for, also where its readout gave no reason, and what it may show."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from meterocr.composition import Settings, open_office
from meterocr.workflow import intake
from meterocr.workflow.claims import dispute
from meterocr.workflow.evidence import Claim, Sight
from meterocr.workflow.intake import Incoming
from meterocr.workflow.taking import WANTED
from tests.cli.books import SURE, SURE_SHOWS, open_books, prepare, submit, told
from tests.cli.conftest import run
from tests.metering.conftest import readout


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)


@pytest.fixture
def photo() -> str:
    """One that was accepted; its bill does not count any more."""
    open_books()
    came = submit(SURE)
    told("bill", "reverse", came["bill"]["number"], "--reason", "a try")
    return str(came["submission"])


def test_what_the_consumer_says_is_wrong_is_listed_with_what_they_say(photo: str, place: Path) -> None:
    office = open_office(Settings(place / "meterocr-data"))
    with office.store.write() as uow:
        dispute(uow, Claim(int(photo), "63531.3", office.act("web:C-1")))
    office.close()
    line = f"     1  C-1  {SURE_SHOWS}  The consumer says that it shows 63531.3.\n"
    assert (run("review", "list").exit_code, run("review", "list").stdout) == (0, line)
    assert told("review", "list")["reasons"] == {"en": [], "hi": []}


def test_what_was_opened_again_is_listed(photo: str) -> None:
    told("review", "reopen", photo, "--reason", "misread")
    line = f"     1  C-1  {SURE_SHOWS}  Opened again, because its reading was wrong.\n"
    assert (run("review", "list").exit_code, run("review", "list").stdout) == (0, line)


def test_what_may_show_nothing_is_told_so(place: Path) -> None:
    def seen(content: bytes) -> Sight:
        return Sight(readout("63531.3", ("", 0.25), confidence=0.6, sha256=hashlib.sha256(content).hexdigest()), 7)

    open_books()
    office = open_office(Settings(place / "meterocr-data"))
    act = office.act("test")
    intake.submit(replace(office.desk, look=seen), Incoming("app:1", "C-1", b"photo", act.at - WANTED, act.at), act)
    office.close()
    lines = run("review", "show", "1").stdout.splitlines()
    assert [line for line in lines if "may show" in line] == [
        "  the photo may show 63531.3: 60.0%",
        "  the photo may show nothing: 25.0%",
    ]
