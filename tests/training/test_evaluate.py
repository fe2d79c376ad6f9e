"""A small data folder of flat pictures, read by a reader that knows what it is to say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from meterocr import Display, DisplayKind, Models, Quad, Readout
from meterocr.readout import Candidate, Digit, Issue
from meterocr.vision.zoo import VARIABLE, ModelFile, Role
from tests.vision.conftest import detector_bytes, paint, recognizer_bytes, write_models
from training import evaluate, figures, samples
from training.cases import Case, failure
from training.evaluate import Photo
from training.figures import Origin
from training.manifest import load_scenes
from training.metrics import Count, Truth

WIDTH, HEIGHT = 640, 480
DISPLAY = (200, 100, 400, 150)
ORIGIN = Origin({"detector": "d.v1", "recognizer": "r.v1"}, "0123", "abc", "val")

Row = dict[str, object]


def scene(name: str, reading: str, **fields: object) -> Row:
    row: Row = {"image": f"scenes/{name}.jpg", "id": name, "source": "here", "kind": "lcd", "split": "val"}
    row |= {"group": f"meter-{name}", "width": WIDTH, "height": HEIGHT, "display": list(DISPLAY), "reading": reading}
    return row | {"decimals": 1, "quality": "ok", "shows": "kwh", "read_by": "eye"} | fields


SCENES = [
    scene("right", "004821"),
    scene("wrong", "004822", source="there"),
    scene("missed", "004823"),
    scene("off", "", decimals=0, quality="unreadable", shows="off"),
    scene("unread", "", decimals=None, quality="unread"),
    scene("train", "1234", split="train"),
]
STRIP: Row = {"image": "strips/strip.png", "id": "strip", "source": "strips", "kind": "lcd", "split": "val"}
STRIP |= {"group": "meter-strip", "reading": "0012", "decimals": 0, "read_by": "source"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    for name, rows in {"scenes": SCENES, "strips": [STRIP]}.items():
        (root / name).mkdir(parents=True)
        (root / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        for row in rows:
            size = (HEIGHT, WIDTH, 3) if name == "scenes" else (31, 200, 3)
            cv2.imwrite(str(root / str(row["image"])), np.full(size, 90, dtype=np.uint8))
    return root


def quad_of(x0: float, y0: float, x1: float, y1: float) -> Quad:
    return Quad(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))


def readout(text: str, confidence: float, box: tuple[int, int, int, int] = DISPLAY) -> Readout:
    display = Display(DisplayKind.LCD, quad_of(*box), 0.9)
    digits = tuple(Digit(c, confidence, turn=0.0, quad=display.quad) for c in text if c != ".")
    return Readout(
        "photo",
        "0" * 64,
        WIDTH,
        HEIGHT,
        Models("d.v1", "r.v1"),
        displays=(display,),
        text=text,
        digits=digits,
        confidence=confidence,
        candidates=(Candidate(text, confidence),),
        timings_ms={"decode": 1.0},
    )


NOTHING = Readout("p", "0" * 64, WIDTH, HEIGHT, Models("d.v1", "r.v1"), issues=(Issue.NO_DISPLAY,), retake=True)


SAYS = {
    "right.jpg": readout("00482.1", 0.98),
    "wrong.jpg": readout("00482.7", 0.6),
    "missed.jpg": readout("00482.3", 0.9, (0, 0, 50, 20)),
    "off.jpg": readout("88888", 0.95),
    "unread.jpg": readout("12345", 0.9),
}


class Knowing:
    """Says what each photo's name asks for; parts beside displays come as arrays and have none."""

    def read(self, photo: Photo) -> Readout:
        if isinstance(photo, Path):
            return SAYS[photo.name]
        return replace(NOTHING, height=photo.shape[0], width=photo.shape[1])

    def read_strip(self, strip: evaluate.Image) -> Readout:
        assert strip.shape == (31, 200, 3)
        return readout("0012", 0.97)

    def strip_of(self, photo: evaluate.Image, readout: Readout) -> evaluate.Image | None:
        return photo[:64, :320] if readout.displays else None


def test_run_writes_ledger_and_gallery(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    gathered = evaluate.gather(data, "val", source=None, limit=None)
    cases = evaluate.run(Knowing(), gathered, ORIGIN, out)
    assert [c.id for c in cases if c.quality == "no_display"] == [f"{s['id']}-beside" for s in SCENES[:5]]
    ledger = json.loads((out / "ledger.json").read_text())
    rows = {(r["source"], r["quality"]): r["stages"] for r in ledger["ledger"]}
    assert rows["here", "ok"]["found"]["right"] == 1
    assert rows["here", "ok"]["whole"]["right"] == 2
    assert rows["there", "ok"]["integer"]["right"] == 1
    assert rows["there", "ok"]["whole"]["right"] == 0
    assert rows["here", "unread"]["whole"]["total"] == 0
    assert ledger["refusals"]["unreadable"]["confident"]["right"] == 1
    assert ledger["refusals"]["no_display"]["answered"] == Count(0, 5).to_dict()
    assert ledger["latency_ms"]["decode"]["p50"] == 1.0
    assert "| here | lcd | ok | 2 |" in (out / "ledger.md").read_text()
    assert len((out / "cases.jsonl").read_text().splitlines()) == len(cases)
    page = (out / "failures" / "index.html").read_text()
    assert page.index('id="here"') < page.index('id="there"')
    assert "display missed, yet read" in page
    assert "sure of nothing" in page
    for name in ("wrong-photo.jpg", "wrong-strip.png", "off-photo.jpg"):
        assert (out / "failures" / "images" / name).stat().st_size > 0
    assert "right-photo" not in page
    assert all((out / name).stat().st_size > 0 for name in ("risk_coverage.png", "reliability.png"))


def test_the_picture_for_the_card_is_small_and_named_after_the_model(tmp_path: Path) -> None:
    model = ModelFile("r.v1", Role.RECOGNIZER, tmp_path / "r.v1.onnx", "0" * 64, True, "AGPL-3.0-or-later", ())
    path = evaluate.write_card_picture([replace(CASE, confidence=i / 40) for i in range(40)], ORIGIN, model)
    assert path == tmp_path / "r.v1.reliability.png"
    assert 1000 < path.stat().st_size < 40_000


@pytest.mark.parametrize(("source", "limit", "expected"), [("there", None, 2), ("nowhere", None, 0), (None, 3, 3)])
def test_gather(data: Path, source: str | None, limit: int | None, expected: int) -> None:
    assert len(evaluate.gather(data, "val", source=source, limit=limit)) == expected


def test_beside_is_free_of_the_display(data: Path) -> None:
    parts = list(samples.beside_samples(data, load_scenes(data)[:1]))
    photo = parts[0].load()
    assert not isinstance(photo, Path)
    assert photo.shape == (480 - 175 - 1, 640, 3)  # what is below the display and its rim


CASE = Case("a", "s", "lcd", "ok", Truth(readings=("00482",), decimals=0), True, True, "00482", 0.9, retake=False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"retake": True}, "right, but to be retaken"),
        ({"found": False, "chosen": False}, "display missed, yet read"),
        ({"found": False, "chosen": False, "text": "12"}, "display missed"),
        ({"chosen": False, "text": "12"}, "another display chosen"),
        ({"text": ""}, "refused"),
        ({"text": "0048.2"}, "point"),
        ({"text": "0048?"}, "digit left unread"),
        ({"text": "00482.1"}, "decimals or leading zeros"),
        ({"text": "482"}, "decimals or leading zeros"),
        ({"text": "0048"}, "digit missing"),
        ({"text": "004822"}, "digit too many"),
        ({"text": "00483"}, "one digit"),
        ({"text": "00393"}, "several digits"),
        ({"truth": Truth(number=("482", "1")), "text": "00481.1"}, "integer part"),
        ({"quality": "unread", "truth": None}, None),
        ({"quality": "unreadable", "truth": None}, "sure of nothing"),
        ({"quality": "unreadable", "truth": None, "confidence": 0.6}, "answered, but unsure"),
        ({"quality": "unreadable", "truth": None, "retake": True}, None),
        ({"quality": "unreadable", "truth": None, "text": "0?482"}, None),
        ({"quality": "no_display", "truth": None, "found": None, "chosen": None, "text": ""}, None),
    ],
)
def test_failure(changes: dict[str, object], expected: str | None) -> None:
    assert failure(replace(CASE, **changes), threshold=0.8) == expected  # type: ignore[arg-type]


def test_goals_count_what_they_name() -> None:
    drum = replace(CASE, kind="mechanical", text="00483")
    blank = replace(CASE, quality="unreadable", truth=None, found=False, chosen=False)
    goals = {g.name: (g.count, g.reached) for g in figures.goals([CASE, CASE, drum, blank])}
    assert goals["LCD scenes: display found"] == (Count(2, 3), False)
    assert goals["LCD scenes, ok: integer part"] == (Count(2, 2), True)
    assert goals["mechanical scenes, ok: integer part"] == (Count(0, 1), False)
    assert goals["LCD strips: digits"] == (Count(0, 0), False)
    assert goals["unreadable or no display: confident reading"] == (Count(1, 1), False)
    assert goals["electricity meters, ok: integer part, nothing held back"] == (Count(2, 3), False)
    assert goals["hard: integer part, nothing held back"] == (Count(0, 0), False)


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [({}, 1), ({"retake": True}, 0), ({"text": "00482.?"}, 0), ({"issues": ("low_confidence",)}, 0), ({"text": ""}, 0)],
)
def test_an_unreadable_display_must_not_be_accepted(changes: dict[str, object], accepted: int) -> None:
    case = replace(CASE, quality="unreadable", truth=None, **changes)
    goal = next(g for g in figures.goals([case]) if g.name == "unreadable: accepted reading")
    assert (goal.count, goal.reached) == (Count(accepted, 1), accepted == 0)


def test_score_needs_a_truth() -> None:
    with pytest.raises(ValueError, match="been read"):
        _ = replace(CASE, truth=None, quality="unread").score


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> evaluate.Product:
    folder = tmp_path / "models"
    folder.mkdir()
    write_models(folder, {"detector": detector_bytes(), "recognizer": recognizer_bytes()})
    monkeypatch.setenv(VARIABLE, str(folder))
    return evaluate.Product()


def test_product_reads_photos_and_strips_alike(product: evaluate.Product, tmp_path: Path) -> None:
    photo = paint("00482.1", (150, 200, 450, 260))
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), photo[..., ::-1])
    seen = product.read(path)
    assert seen.text == "00482.1"
    assert product.read_strip(photo[200:260, 150:450]).text == "00482.1"
    strip = product.strip_of(photo, seen)
    assert strip is not None
    assert strip.shape == (64, 320, 3)
    assert product.strip_of(photo, replace(NOTHING, width=600, height=450)) is None
