"""``meterocr export-training``: what the data scientists get, and what they do not."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.cli.books import DOUBTFUL, NOW, open_books, prepare, submit, told
from tests.cli.conftest import run
from training.manifest import load_records, load_scenes

TODAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """One photo that somebody corrected, with a place and a time in it."""
    prepare(monkeypatch)
    open_books("36388", "kwh:5:0:1")
    exif = Image.Exif()
    exif[0x010E] = "House 1, Example Nagar"
    image = opened(DOUBTFUL.read_bytes())
    file = BytesIO()
    image.save(file, "JPEG", quality=95, exif=exif)
    (place / "photo.jpg").write_bytes(file.getvalue())
    came = submit(place / "photo.jpg", code=3)
    told("review", "correct", str(came["submission"]), "36622")
    (place / "agreed.txt").write_text("\nC-1\n\n")
    (place / "nobody.txt").write_text("C-2\n")
    (place / "marked.txt").write_text("C-1\n", encoding="utf-8-sig")


def export(folder: str, *options: str, agreed: str = "agreed.txt", since: str = TODAY) -> str:
    result = run("export-training", folder, "--since", since, "--agreed", agreed, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.usefixtures("decided")
def test_what_the_training_reads(place: Path) -> None:
    assert export("out") == "1 photos in out\n"
    (scene,) = load_scenes(place / "out")
    assert len(load_records(place / "out")) == 1
    assert (scene.reading, scene.decimals, scene.quality, scene.read_by) == ("36622", 0, "hard", "eye")
    assert (scene.kind.value, scene.source, scene.split in ("train", "val")) == ("lcd", "office", True)
    content = (place / "out" / scene.image).read_bytes()
    image = opened(content)
    assert image.size == (scene.width, scene.height) == opened(DOUBTFUL.read_bytes()).size
    assert dict(image.getexif()) == {}
    assert b"Example Nagar" not in content
    written = (place / "out" / "scenes.jsonl").read_text() + scene.image
    for private in ("C-1", "M-1", "Anil", "photo.jpg"):
        assert private not in written
    stored = b"".join(path.read_bytes() for path in (place / "meterocr-data").glob("meterocr.db*"))
    assert b"export_training" in stored  # who took it is written down


@pytest.mark.usefixtures("decided")
def test_who_did_not_agree_and_what_was_decided_before_is_left_out() -> None:
    assert export("out", agreed="nobody.txt") == "0 photos in out\n"
    assert export("later", since="2099-01-01") == "0 photos in later\n"


@pytest.mark.usefixtures("decided")
def test_the_first_number_counts_behind_a_byte_order_mark() -> None:
    assert export("out", agreed="marked.txt") == "1 photos in out\n"


@pytest.mark.usefixtures("decided")
def test_an_example_is_of_the_meter_in_the_photo_though_another_one_hangs_there_now(place: Path) -> None:
    export("before")
    told("consumer", "exchange", "C-1", "--showed", "36622", "--serial", "M-77", "--shows", "0", "--digits", "8")
    export("after")
    assert load_scenes(place / "after") == load_scenes(place / "before")


@pytest.mark.usefixtures("decided")
def test_what_a_person_misread_is_no_example() -> None:
    (bill,) = told("consumer", "show", "C-1")["bills"]
    told("bill", "reverse", bill["number"], "--reason", "misread")
    told("review", "reopen", "1", "--reason", "misread")
    assert export("out") == "0 photos in out\n"


@pytest.mark.usefixtures("decided")
def test_who_was_erased_does_not_agree_any_more_though_a_bill_keeps_the_photo(place: Path) -> None:
    told("consumer", "erase", "K-1", "--yes")
    assert list((place / "meterocr-data" / "photos").glob("*/*/*"))
    assert export("out") == "0 photos in out\n"


@pytest.mark.usefixtures("decided")
def test_a_photo_that_is_gone_is_left_out(place: Path) -> None:
    (photo,) = (path for path in (place / "meterocr-data" / "photos").glob("*/*/*"))
    photo.unlink()
    assert export("out") == "0 photos in out\nLeft out, as they are not kept any more: 1\n"


@pytest.mark.usefixtures("decided")
def test_only_the_display_can_be_seen(place: Path) -> None:
    export("sharp")
    export("blurred", "--blur")
    (scene,) = load_scenes(place / "sharp")
    sharp, blurred = (opened((place / name / scene.image).read_bytes()).convert("L") for name in ("sharp", "blurred"))
    x0, y0, x1, y1 = map(round, scene.display)
    assert difference(sharp.crop((x0, y0, x1, y1)), blurred.crop((x0, y0, x1, y1))) < 3
    assert difference(sharp, blurred) > 5


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean, of 0 to 255."""
    return float(ImageStat.Stat(ImageChops.difference(first, second)).mean[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("out",), "Missing option '--since'"),
        (("out", "--since", TODAY), "Missing option '--agreed'"),
        (("out", "--since", "yesterday", "--agreed", "agreed.txt"), "does not match the format"),
        ((".", "--since", TODAY, "--agreed", "agreed.txt"), "expected a new or empty folder"),
        (("agreed.txt/out", "--since", TODAY, "--agreed", "agreed.txt"), "expected a folder that can be made"),
        (("x" * 300, "--since", TODAY, "--agreed", "agreed.txt"), "expected a folder that can be made"),
        (("out", "--since", TODAY, "--agreed", "other.txt"), "expected text in UTF-8, got 'other.txt'"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], message: str, place: Path) -> None:
    (place / "agreed.txt").touch()
    (place / "other.txt").write_text("C-1\n", encoding="utf-16")
    result = run("export-training", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
