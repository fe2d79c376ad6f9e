"""The released models: unaltered, described by themselves and by a card, small enough to travel in the wheel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import onnx
import pytest

from meterocr.certificate import percent
from meterocr.vision.session import METADATA_KEY, Session, detector_info, recognizer_info
from meterocr.vision.zoo import ModelFile, Role, find_model, list_models, verified_bytes

ROOT = Path(__file__).parents[1]
MOST_BYTES = 15_000_000
MODELS = list_models()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_model_is_what_the_index_says(model: ModelFile) -> None:
    data = verified_bytes(model)
    session = Session(data, model.role, threads=1)
    info = {Role.DETECTOR: detector_info, Role.RECOGNIZER: recognizer_info}[model.role](session.metadata)
    assert info.id == model.id
    assert info.licence == model.licence
    assert model.path.name == f"{model.id}.onnx"
    assert re.fullmatch(r"[0-9a-f]{16,64}", info.data_hash)
    assert model.sources


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_model_carries_nothing_but_itself(model: ModelFile) -> None:
    loaded = onnx.load(model.path)
    assert [p.key for p in loaded.metadata_props] == [METADATA_KEY]
    assert json.loads(loaded.metadata_props[0].value)["id"] == model.id
    assert not any(weight.external_data for weight in loaded.graph.initializer)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_model_has_a_card(model: ModelFile) -> None:
    card = model.path.with_suffix(".md").read_text(encoding="utf-8")
    assert model.id in card
    assert model.licence in card
    for source in model.sources:
        assert source in card, f"the card of {model.id} does not name the source {source}"


@pytest.mark.parametrize("model", [m for m in MODELS if m.role is Role.RECOGNIZER], ids=lambda model: model.id)
def test_a_card_shows_the_certificates_and_their_detector_is_there(model: ModelFile) -> None:
    card = model.path.with_suffix(".md").read_text(encoding="utf-8")
    for certificate in recognizer_info(Session(verified_bytes(model), model.role, threads=1).metadata).certificates:
        assert f"| {percent(certificate.target_risk)} | {certificate.threshold:g} |" in card
        assert find_model(Role.DETECTOR, certificate.detector)


def linked(model: ModelFile) -> set[str]:
    """Names of the pictures that a model's card shows."""
    return set(re.findall(r"!\[[^\]]*\]\(([^)]+)\)", model.path.with_suffix(".md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_pictures_of_a_card_are_there_and_small(model: ModelFile) -> None:
    for name in linked(model):
        picture = model.path.with_name(name)
        assert name.startswith(model.id)
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 40_000


def test_the_default_recogniser_shows_how_far_it_can_be_trusted() -> None:
    model = find_model(Role.RECOGNIZER)
    assert f"{model.id}.reliability.png" in linked(model)


def test_there_is_one_default_of_each_role_and_together_they_are_small() -> None:
    defaults = [model for model in MODELS if model.default]
    assert sorted(model.role for model in defaults) == sorted(Role)
    assert {find_model(role) for role in Role} == set(defaults)
    assert sum(model.path.stat().st_size for model in defaults) <= MOST_BYTES


def test_the_folder_holds_nothing_else() -> None:
    listed = {name for model in MODELS for name in (model.path.name, f"{model.id}.md")}
    pictures = {name for model in MODELS for name in linked(model)}
    assert {path.name for path in (ROOT / "models").iterdir()} == listed | pictures | {"index.toml"}
