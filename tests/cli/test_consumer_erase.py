"""``meterocr consumer erase``."""

from __future__ import annotations

import pytest

from meterocr.composition import Settings, open_office
from meterocr.workflow.values.connections import ERASED
from tests.cli.books import open_books, told
from tests.cli.conftest import run


@pytest.fixture(autouse=True)
def books() -> None:
    open_books()


def name_of(consumer_id: str) -> str:
    office = open_office(Settings())
    with office.store.read() as uow:
        consumer, _ = uow.book.consumer(consumer_id)
    office.close()
    return consumer.name


@pytest.mark.parametrize(("answer", "code", "name"), [(b"n\n", 1, "Anil Example"), (b"y\n", 0, ERASED)])
def test_it_asks_first(answer: bytes, code: int, name: str) -> None:
    done = run("consumer", "erase", "K-1", stdin=answer)
    assert (done.exit_code, name_of("K-1")) == (code, name)
    assert "Erase K-1 with C-1?" in done.stderr


def test_without_asking() -> None:
    assert told("consumer", "erase", "K-1", "--yes") == {
        "schema": 1,
        "consumer_id": "K-1",
        "connections": ["C-1"],
        "photos": 0,
    }
    assert (name_of("K-1"), name_of("K-2")) == (ERASED, "सरिता देवी")


def test_a_program_is_not_asked() -> None:
    error = told("consumer", "erase", "K-1", code=2)["error"]
    assert error == {"code": "usage_error", "message": "expected --yes beside --json, as a program is not asked"}
    assert name_of("K-1") == "Anil Example"


def test_nobody_of_that_name() -> None:
    assert told("consumer", "erase", "K-9", "--yes", code=1)["error"]["code"] == "not_found_error"
