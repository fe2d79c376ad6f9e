"""Which photos are meant, and where their drawings go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import HINDI, names, objects, photo, run


def test_folders_are_walked_for_photos() -> None:
    for name in ("f/b.JPG", "f/a.heic", "f/z/c.png", "f/notes.txt", "f/._a.jpg", "f/.thumbs/d.jpg", "f/a.read.jpg"):
        photo(name)
    assert names("f") == ["f/a.heic", "f/b.JPG", "f/z/c.png"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["f/*.jpg"], ["f/a.jpg", "f/b.jpg"]),
        (["f/**/*.jpg"], ["f/a.jpg", "f/b.jpg", "f/z/c.jpg"]),
        (["f/b.jpg", "f"], ["f/b.jpg", "f/a.jpg", "f/z/c.jpg"]),  # each once
        (["f/**"], ["f/a.jpg", "f/b.jpg", "f/z/c.jpg"]),
        (["m[1].jpg"], ["m[1].jpg"]),  # a name before it is a pattern
    ],
)
def test_patterns(arguments: list[str], expected: list[str]) -> None:
    for name in ("f/a.jpg", "f/b.jpg", "f/z/c.jpg", "m[1].jpg", "m1.jpg"):
        photo(name)
    assert names(*arguments) == expected


@pytest.mark.parametrize("argument", ["missing.jpg", "*.none", "empty", "loop.jpg"])
def test_what_is_not_there_stops_nobody(argument: str) -> None:
    Path("empty").mkdir()
    Path("loop.jpg").symlink_to("loop.jpg")
    result = run("read", "--json", argument, str(photo("a.jpg")))
    first, second = objects(result)
    assert result.exit_code == 1
    assert first["photo"] == argument
    error = first["error"]
    assert isinstance(error, dict)
    assert error["message"].startswith("expected ")
    assert str(Path.cwd()) not in result.output
    assert second["text"] == "00482.1"


def test_a_photo_from_stdin() -> None:
    result = run("read", "--json", "-", "-", "--draw", "out", stdin=b"photo")
    assert [entry["photo"] for entry in objects(result)] == ["-"]
    assert [file.name for file in Path("out").iterdir()] == ["stdin.read.jpg"]


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_names_in_hindi_and_of_no_encoding(form: list[str]) -> None:
    photo(HINDI)
    odd = os.fsdecode(b"m\xff\xfe.jpg")
    try:
        photo(odd)
    except OSError:
        pytest.skip("this file system has no such names")
    result = run("read", *form, HINDI, odd, "--draw", "out")
    assert result.exit_code == 0
    assert HINDI in result.stdout
    assert "m\ufffd\ufffd.jpg" in result.stdout
    assert {file.name for file in Path("out").iterdir()} == {"मीटर-फ़ोटो.read.jpg", os.fsdecode(b"m\xff\xfe.read.jpg")}


def test_drawings_do_not_collide() -> None:
    photos = [str(photo(name)) for name in ("x/a.jpg", "y/a.jpg", "y/a.png", "y/A.jpg")]
    result = run("read", *photos, "--draw", "out/new")
    drawn = ["a.read.jpg", "a-2.read.jpg", "a-3.read.jpg", "A-4.read.jpg"]
    assert {file.name for file in Path("out/new").iterdir()} == set(drawn)
    assert [line for line in result.stdout.splitlines() if "drawn" in line] == [
        f"  drawn in {Path('out/new', name)}" for name in drawn
    ]
    with Image.open("out/new/a.read.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (8, 8))


def test_a_second_run_draws_over_the_first() -> None:
    for _ in range(2):
        assert run("read", str(photo("f/a.jpg")), "--draw", "f").exit_code == 0
    assert sorted(file.name for file in Path("f").iterdir()) == ["a.jpg", "a.read.jpg"]


def test_a_photo_is_never_drawn_over() -> None:
    given = photo("f/a.jpg"), photo("f/a.read.jpg"), photo("f/linked.jpg"), photo("f/elsewhere.jpg")
    before = [file.read_bytes() for file in given]
    Path("f/linked.read.jpg").symlink_to("elsewhere.jpg")
    Path("again").symlink_to("f")
    result = run("read", *map(str, given[:3]), "--draw", "again")
    assert result.exit_code == 0
    assert [file.read_bytes() for file in given] == before
    assert not Path("f/linked.read.jpg").is_symlink()


def test_a_drawing_that_cannot_be_written_loses_no_reading() -> None:
    Path("out/a.read.jpg").mkdir(parents=True)
    result = run("read", "--json", str(photo("a.jpg")), str(photo("b.jpg")), "--draw", "out")
    assert result.exit_code == 1
    assert [entry["text"] for entry in objects(result)] == ["00482.1", "00482.1"]
    assert result.stderr.startswith("a.jpg: the drawing cannot be written: ")
    assert Path("out/b.read.jpg").is_file()
