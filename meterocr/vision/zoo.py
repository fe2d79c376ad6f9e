"""The models that travel with the library: found, listed, and checked before use.

``index.toml`` in the models' folder names every file with its SHA-256::

    [[model]]
    id = "display-yolov8n.v2"
    role = "detector"              # or "recognizer"
    file = "display-yolov8n.v2.onnx"
    sha256 = "9f86d0..."
    default = true                 # the one that is used for its role when none is named
    licence = "AGPL-3.0-or-later"
    sources = ["jharkhand", "synthetic"]

The folder is ``$METEROCR_MODELS`` if that is set, else the one inside the installed package, else ``models/`` of
the checkout. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from meterocr.errors import ModelError

INDEX = "index.toml"
VARIABLE = "METEROCR_MODELS"


class Role(StrEnum):
    """What a model is for."""

    DETECTOR = "detector"
    RECOGNIZER = "recognizer"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One line of the index; ``sources`` are the names of the data it was trained on."""

    id: str
    role: Role
    path: Path
    sha256: str
    default: bool
    licence: str
    sources: tuple[str, ...]


def models_folder() -> Path:
    """The folder the models are read from.

    Raises:
        ModelError: none of the places has an index.
    """
    named = os.environ.get(VARIABLE)
    package = Path(__file__).resolve().parents[1]
    # A folder that was named is meant: if it has no index, another one must not quietly take its place.
    places = [Path(named)] if named else [package / "_models", package.parent / "models"]
    for place in places:
        if (place / INDEX).is_file():
            return place
    raise ModelError(f"expected {INDEX} in {' or '.join(str(p) for p in places)}, found none")


def list_models() -> tuple[ModelFile, ...]:
    """All models of the index, in its order.

    Raises:
        ModelError: there is no index, or it is not of the form shown above.
    """
    folder = models_folder()
    path = folder / INDEX
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
    except (OSError, ValueError) as error:
        raise ModelError(f"expected a TOML file at {path}: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ModelError(f"expected [[model]] tables in {path}")
    return tuple(_model_file(entry, folder) for entry in entries)


def find_model(role: Role, model_id: str | None = None) -> ModelFile:
    """The model of that id, or the default of its role.

    Raises:
        ModelError: there is no such model; the message lists those there are.
    """
    models = [model for model in list_models() if model.role is role]
    for model in models:
        if model.id == model_id or (model_id is None and model.default):
            return model
    wanted = f"a default {role}" if model_id is None else f"a {role} {model_id!r}"
    raise ModelError(f"expected {wanted} in {models_folder() / INDEX}, found {[m.id for m in models]}")


def verified_bytes(model: ModelFile) -> bytes:
    """The bytes of a model file, checked against its SHA-256.

    Raises:
        ModelError: the file is missing or altered.
    """
    try:
        data = model.path.read_bytes()
    except OSError as error:
        raise ModelError(f"expected model {model.id} at {model.path}: {error}") from error
    came = hashlib.sha256(data).hexdigest()
    if came != model.sha256:
        raise ModelError(f"expected {model.path} with SHA-256 {model.sha256}, got {came}: the file is altered")
    return data


def _model_file(entry: Mapping[str, object], folder: Path) -> ModelFile:
    sources = entry.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise ModelError(f"expected sources as a list of names in {folder / INDEX}, got {sources!r}")
    role, file = _text(entry, "role", folder), _text(entry, "file", folder)
    if role not in set(Role):
        raise ModelError(f"expected role {' or '.join(Role)} in {folder / INDEX}, got {role!r}")
    if Path(file).name != file:
        raise ModelError(f"expected the name of a file beside {folder / INDEX}, got {file!r}")
    return ModelFile(
        id=_text(entry, "id", folder),
        role=Role(role),
        path=folder / file,
        sha256=_text(entry, "sha256", folder).lower(),
        default=entry.get("default") is True,
        licence=_text(entry, "licence", folder),
        sources=tuple(sources),
    )


def _text(entry: Mapping[str, object], key: str, folder: Path) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise ModelError(f"expected {key} as text for every model in {folder / INDEX}, got {value!r} in {dict(entry)}")
    return value
