import hashlib
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from meterocr.errors import ModelError, PhotoError, SettingError
from meterocr.issue import Issue
from meterocr.readout import DisplayKind, Quantity, Readout
from meterocr.vision.reader import MeterReader
from meterocr.vision.recognize import Recognition, Recognizer
from meterocr.vision.zoo import VARIABLE

from .conftest import ILLEGIBLE, WHEELS, detector_bytes, paint, recognizer_bytes, write_models

Image = NDArray[np.uint8]
BOX = (150, 200, 450, 260)
SOFT = 3.2  # the temperature at which a toy reading has a confidence of about 0.73


def png(image: Image) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def untimed(readout: Readout) -> Readout:
    return replace(readout, timings_ms={})


def test_reads_a_photo(reader: MeterReader) -> None:
    readout = reader.read(png(paint("00482.1")), name="meter.png")
    assert (readout.photo, readout.width, readout.height) == ("meter.png", 600, 450)
    assert (readout.text, readout.kind, readout.shows) == ("00482.1", DisplayKind.LCD, Quantity.KWH)
    assert (readout.issues, readout.retake) == ((), False)
    assert readout.confidence > 0.99
    assert readout.candidates[0].text == "00482.1"
    assert readout.models == reader.models
    assert (reader.models.detector, reader.models.recognizer) == ("display-toy.v1", "counter-toy.v1")
    assert set(readout.timings_ms) == {"decode", "detect", "recognize"}
    assert readout.quad is not None
    assert np.abs(np.subtract(readout.quad.bounds, BOX)).max() < 1.5


def test_says_which_files_read_it(toy_models: Path) -> None:
    names = ("display-toy.v1.onnx", "counter-toy.v1.onnx")
    reader = MeterReader(detector=toy_models / names[0], recognizer=toy_models / names[1])
    digests = [hashlib.sha256((toy_models / name).read_bytes()).hexdigest() for name in names]
    assert [reader.models.detector_sha256, reader.models.recognizer_sha256] == digests
    assert reader.read(png(paint("00482.1"))).to_dict()["models"] == {
        "detector": "display-toy.v1",
        "recognizer": "counter-toy.v1",
    }


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_reads_in_any_direction(reader: MeterReader, quarters: int) -> None:
    readout = reader.read(np.ascontiguousarray(np.rot90(paint("00482.1"), -quarters)))
    assert readout.text == "00482.1"
    assert readout.quad is not None
    assert readout.quad.angle == pytest.approx({0: 0, 1: 90, 2: 180, 3: -90}[quarters])
    assert len(readout.displays) == 1
    first, last = readout.digits[0].quad, readout.digits[-1].quad
    assert first.angle == pytest.approx(readout.quad.angle)
    along = np.subtract(last.points[0], first.points[0])
    assert along @ np.subtract(readout.quad.points[1], readout.quad.points[0]) > 0


def test_digits_lie_where_they_are(reader: MeterReader) -> None:
    readout = reader.read(paint("482"))
    for i, digit in enumerate(readout.digits):
        x0, y0, x1, y1 = digit.quad.bounds
        assert (x0 + x1) / 2 == pytest.approx(150 + 100 * (i + 0.5), abs=6)
        assert x1 - x0 == pytest.approx(100, abs=6)
        assert (y0, y1) == (pytest.approx(200, abs=1.5), pytest.approx(260, abs=1.5))


@pytest.mark.parametrize(("blue", "rolls"), [(WHEELS, True), (250, False)], ids=["wheels", "lcd"])
def test_only_wheels_roll(reader: MeterReader, blue: int, rolls: bool) -> None:
    readout = reader.read(paint("00482", blue=blue, rolling="2"))
    assert [digit.in_transition for digit in readout.digits] == [False] * 4 + [rolls]


@pytest.mark.parametrize(
    ("text", "read", "issues", "retake"),
    [
        ("4?2", "4?2", (Issue.UNREAD_DIGITS,), True),
        ("482.?", "482.?", (Issue.UNREAD_DIGITS,), False),
        ("", "", (Issue.DISPLAY_OFF, Issue.TOO_DARK), True),
        ("..", "", (Issue.UNREAD_DIGITS,), True),
        ("888888.8", "888888.8", (Issue.SEGMENT_TEST,), True),
        ("8888", "8888", (Issue.SEGMENT_TEST,), True),
        ("888", "888", (), False),
        ("888888.7", "888888.7", (), False),
    ],
    ids=[
        "unread in the integer part",
        "unread decimal",
        "empty display",
        "only points",
        "all segments lit",
        "all segments of few digits",
        "too few digits for a test",
        "nearly all 8",
    ],
)
def test_what_cannot_be_read_is_not_guessed(
    reader: MeterReader, text: str, read: str, issues: tuple[Issue, ...], retake: bool
) -> None:
    photo = paint(text)
    if not text:  # a dead display is even, but for the camera's noise
        x0, y0, x1, y1 = BOX
        noise = np.random.default_rng(0).integers(0, 4, (y1 - y0, x1 - x0, 1))
        photo[y0:y1, x0:x1] = (photo[y0:y1, x0:x1] * np.array([1, 0, 0.8]) + noise).astype(np.uint8)
    readout = reader.read(photo)
    assert (readout.text, readout.issues, readout.retake) == (read, issues, retake)


def test_a_strip_in_which_no_display_is_found_is_read_and_left_to_a_person(
    toy_models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(toy_models))
    (tmp_path / "blind.onnx").write_bytes(detector_bytes(threshold=0.95))
    reader = MeterReader(detector=tmp_path / "blind.onnx", threads=1)
    readout = reader.read(paint("00482.1", (0, 0, 300, 60), size=(300, 60)))
    assert readout.displays[0].confidence == 0
    assert (readout.text, readout.needs_person, readout.retake) == ("00482.1", True, False)
    assert Issue.LOW_CONFIDENCE in readout.issues


def test_wheels_have_no_segments_to_test(reader: MeterReader) -> None:
    readout = reader.read(paint("88888", blue=WHEELS))
    assert (readout.text, readout.issues, readout.retake) == ("88888", (), False)


def test_an_illegible_display_is_refused(reader: MeterReader) -> None:
    readout = reader.read(paint("00482.1", blue=ILLEGIBLE))
    assert (readout.text, readout.confidence, readout.retake) == ("", 0.0, True)
    assert Issue.UNREAD_DIGITS in readout.issues
    assert readout.kind is DisplayKind.LCD
    assert readout.candidates[0].text == "00482.1"


@pytest.mark.parametrize("image", [np.zeros((50, 70, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)])
def test_a_photo_without_a_display_is_a_result(reader: MeterReader, image: Image) -> None:
    readout = reader.read(image)
    assert (readout.text, readout.displays, readout.issues) == ("", (), (Issue.NO_DISPLAY,))
    assert readout.retake
    assert reader.check(image) == (Issue.NO_DISPLAY,)


def test_doubt_is_said(toy_models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(toy_models))
    (tmp_path / "soft.onnx").write_bytes(recognizer_bytes(temperature=4.0))
    doubting = MeterReader(recognizer=tmp_path / "soft.onnx", threads=1)
    readout = doubting.read(paint("00482.1"))
    assert readout.text == "00482.1"
    assert readout.confidence < 0.8
    assert Issue.LOW_CONFIDENCE in readout.issues
    assert readout.retake is (readout.confidence < 0.5)
    assert len(readout.candidates) > 1


def test_an_unsure_reading_is_looked_at_more_than_once(
    toy_models: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(toy_models))
    (tmp_path / "soft.onnx").write_bytes(recognizer_bytes(temperature=3.0))
    doubting, seen = MeterReader(recognizer=tmp_path / "soft.onnx", threads=1), []
    recognize = Recognizer.recognize

    def counted(self: Recognizer, strips: Sequence[Image]) -> list[Recognition]:
        seen.append(len(strips))
        return recognize(self, strips)

    monkeypatch.setattr(Recognizer, "recognize", counted)
    assert doubting.read(paint("00482.1")).text == "00482.1"
    assert seen[-1] > 1
    sure = MeterReader(threads=1)
    seen.clear()
    assert sure.read(paint("00482.1")).text == "00482.1"
    assert sum(seen) == 1


def photos() -> list[Image]:
    texts = ["1", "22.5", "333", "4444.4", "00482.1"]
    images = [paint(text, (100 + 7 * i, 200, 460, 270)) for i, text in enumerate(texts)]
    images += [np.ascontiguousarray(np.rot90(image, 2)) for image in images[:2]]
    images += [paint("00731", (700, 500, 760, 512), size=(1000, 800)), np.zeros((40, 60, 3), np.uint8)]
    return images


@pytest.mark.parametrize("batch_size", [1, 4, 8, 50])
def test_read_many_gives_what_read_gives(reader: MeterReader, batch_size: int) -> None:
    many = [untimed(r) for r in reader.read_many(photos(), batch_size=batch_size)]
    assert many == [untimed(reader.read(photo)) for photo in photos()]


def test_read_many_takes_photos_as_it_needs_them(reader: MeterReader) -> None:
    taken = []

    def source() -> Iterator[Image]:
        for i, photo in enumerate(photos()):
            taken.append(i)
            yield photo

    readouts = reader.read_many(source(), batch_size=2)
    assert taken == []
    next(readouts)
    assert taken == [0, 1]
    assert list(reader.read_many([])) == []


def test_before_a_bad_photo_nothing_is_lost_and_after_it_one_can_go_on(reader: MeterReader) -> None:
    source = iter([paint("11"), paint("22"), b"not a photo", paint("33")])
    readouts = reader.read_many(source)
    assert [next(readouts).text, next(readouts).text] == ["11", "22"]
    with pytest.raises(PhotoError):
        next(readouts)
    assert [readout.text for readout in reader.read_many(source)] == ["33"]


def test_large_photos_make_small_batches(reader: MeterReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterocr.vision.reader._BATCH_PX", 600 * 450)
    source = iter(photos())
    next(reader.read_many(source))
    assert len(list(source)) == len(photos()) - 1


def test_many_threads_read_what_one_reads(reader: MeterReader) -> None:
    expected = [untimed(reader.read(photo)) for photo in photos()]
    with ThreadPoolExecutor(8) as pool:
        for readout, wanted in zip(pool.map(reader.read, photos() * 4), expected * 4, strict=True):
            assert untimed(readout) == wanted


def test_nothing_is_kept_and_nothing_is_changed(reader: MeterReader) -> None:
    photo = paint("00482.1")
    photo.setflags(write=False)
    before = dict(vars(reader))
    assert untimed(reader.read(photo)) == untimed(reader.read(photo))
    assert vars(reader) == before


@pytest.mark.parametrize(
    ("photo", "issues"),
    [
        (paint("00482.1"), ()),
        (paint("00482.1", (0, 200, 300, 260)), (Issue.CUT_OFF,)),
        (paint("00482.1", (250, 200, 390, 214)), (Issue.TOO_SMALL,)),
    ],
    ids=["good", "cut off", "small"],
)
def test_check_says_what_is_wrong_with_the_photo(reader: MeterReader, photo: Image, issues: tuple[Issue, ...]) -> None:
    assert tuple(i for i in reader.check(photo) if i is not Issue.BLURRED) == issues


@pytest.mark.parametrize("photo", [b"", b"text", "no/such/file.jpg", np.zeros((4, 4), np.uint8), 3])
def test_what_is_no_photo_is_an_error(reader: MeterReader, photo: object) -> None:
    with pytest.raises(PhotoError):
        reader.read(photo)  # type: ignore[arg-type]
    with pytest.raises(PhotoError):
        reader.check(photo)  # type: ignore[arg-type]
    with pytest.raises(PhotoError):
        list(reader.read_many([photo]))  # type: ignore[list-item]


@pytest.mark.parametrize(("option", "value"), [("threads", -1), ("beams", 0)])
def test_refuses_options_that_make_no_sense(option: str, value: int) -> None:
    with pytest.raises(SettingError, match=f"expected {option}"):
        MeterReader(**{option: value})


def test_refuses_a_batch_size_at_once(reader: MeterReader) -> None:
    with pytest.raises(SettingError, match="expected batch_size"):
        reader.read_many([], batch_size=0)


@pytest.mark.parametrize("option", ["detector", "recognizer"])
@pytest.mark.parametrize("value", ["no-such.v1", Path("no/such/file.onnx")], ids=["id", "path"])
def test_refuses_a_model_that_is_not_there(
    toy_models: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str | Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(toy_models))
    with pytest.raises(ModelError, match=f"expected a {option}"):
        MeterReader(**{option: value})  # type: ignore[arg-type]


def test_refuses_an_altered_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_models(tmp_path, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (tmp_path / "counter-toy.v1.onnx").write_bytes(recognizer_bytes(temperature=2.0))
    with pytest.raises(ModelError, match="altered"):
        MeterReader()
