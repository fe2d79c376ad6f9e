"""``meterocr demo``: the whole way, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

import meterocr
from meterocr.cli.demo.cast import CAST
from tests.cli.conftest import objects, run

PHOTOS = Path(__file__).parents[2] / "meterocr" / "cli" / "demo" / "photos"


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(meterocr), "MeterReader")


def test_the_whole_way(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METEROCR_DATABASE", "postgresql+psycopg://nowhere/x")  # does not matter
    result = run("demo")
    assert (result.exit_code, result.stderr) == (0, "")
    told = result.stdout
    for part in ("The book", "Before", "Photos", "A person looks", "Locked", "Paper", "Messages", "Proof"):
        assert f"\n{part}. " in told
    photos = told.partition("\nPhotos. ")[2].partition("\nA person looks. ")[0]
    assert (photos.count(": accepted"), photos.count(": a person must look")) == (5, 3)
    assert "EX-08 lcd-102.jpg: no reading: a new photo" in photos
    assert "EX-09: rejected, the photo is of another connection's meter" in told
    assert "the same, byte for byte" in told
    papers = sorted((place / "meterocr-demo" / "bills").iterdir())
    assert len(papers) == 22
    assert all(path.read_bytes().startswith(b"%PDF-") for path in papers)
    assert all(str(path.relative_to(place)) in told for path in papers if "a4" in path.name)

    monkeypatch.delenv("METEROCR_DATABASE")
    monkeypatch.setenv("METEROCR_HOME", "meterocr-demo/office")
    (shown,) = objects(run("consumer", "show", "EX-10", "--json"))
    bills = shown["bills"]
    assert isinstance(bills, list)
    assert [bill["provisional"] for bill in bills] == [False, True]
    (shown,) = objects(run("consumer", "show", "EX-05", "--json"))
    bills = shown["bills"]
    assert isinstance(bills, list)
    assert [bill["replaced"] for bill in bills] == [False, True, False]


def test_a_folder_with_something_in_it_is_left_alone(place: Path) -> None:
    (place / "meterocr-demo").mkdir()
    (place / "meterocr-demo" / "mine.txt").touch()
    result = run("demo")
    assert result.exit_code == 2
    assert "expected a new or empty folder, got 'meterocr-demo', which is not" in " ".join(result.stderr.split())
    assert [path.name for path in (place / "meterocr-demo").iterdir()] == ["mine.txt"]


def test_its_photos_are_small_and_all_used() -> None:
    photos = {path.name: path.stat().st_size for path in PHOTOS.iterdir()}
    assert photos.keys() == {player.photo for player in CAST if player.photo}
    assert sum(photos.values()) < 600_000


def test_its_phones_are_nobodys() -> None:
    from meterocr.delivery.phone import e164

    for player in CAST:
        with pytest.raises(ValueError, match="expected a phone number"):
            e164(player.phone)
