"""Enter exported models into their folder's index: ``python -m training.release models/ID.onnx --sources A B``.

The row says what the file says of itself, and its SHA-256. A new id becomes the default of its role; an id that is
there already keeps its place. The card ``ID.md`` has to be there.

``training.calibrate`` and ``training.certify`` add to what an entered file says of itself: :func:`change_metadata`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import helper

from meterocr.vision.session import METADATA_KEY
from meterocr.vision.zoo import INDEX, ModelFile, verified_bytes
from training.onnx_file import told_by

Row = dict[str, object]

_HEAD = "# The released models: what for, how to know them, what they learned from. Written by training.release.\n"


def row_of(file: Path, sources: Sequence[str]) -> Row:
    """The index row of an exported model.

    Raises:
        ValueError: the file does not describe itself, is not called after its id, or has no card beside it.
    """
    told = told_by(onnx.load(str(file)), file)
    if file.stem != told["id"]:
        raise ValueError(f"expected {told['id']}.onnx, as the model calls itself, got {file.name}")
    if not file.with_suffix(".md").is_file():
        raise ValueError(f"expected the model's card at {file.with_suffix('.md')}")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "id": told["id"],
        "role": told["role"],
        "file": file.name,
        "sha256": digest,
        "default": True,
        "licence": told["licence"],
        "sources": list(sources),
    }


def entered(rows: Sequence[Row], new: Row) -> list[Row]:
    """The rows with ``new`` in the place of its id, else at the end; of its role it is the only default."""
    kept = [{**row, "default": False} if row["role"] == new["role"] else row for row in rows]
    ids = [row["id"] for row in rows]
    if new["id"] not in ids:
        return [*kept, new]
    return [new if row["id"] == new["id"] else row for row in kept]


def to_toml(rows: Sequence[Row]) -> str:
    """The index file; JSON's texts, lists and booleans are TOML's."""
    tables = ["".join(f"{key} = {json.dumps(value)}\n" for key, value in row.items()) for row in rows]
    return _HEAD + "".join(f"\n[[model]]\n{table}" for table in tables)


def change_metadata(model: ModelFile, changes: Mapping[str, object]) -> None:
    """Change what a model of the index says of itself, and its SHA-256 in the index. Its weights stay as they are.

    Raises:
        ModelError: the file is not the one that the index means.
        ValueError: the file does not describe itself.
    """
    net = onnx.load_from_string(verified_bytes(model))
    told = told_by(net, model.path)
    helper.set_model_props(net, {METADATA_KEY: json.dumps(told | dict(changes))})
    index = model.path.parent / INDEX
    rows = tomllib.loads(index.read_text(encoding="utf-8"))["model"]
    onnx.save(net, str(model.path))
    digest = hashlib.sha256(model.path.read_bytes()).hexdigest()
    fresh = [{**row, "sha256": digest} if row["id"] == model.id else row for row in rows]
    index.write_text(to_toml(fresh), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the exported model, in the models' folder")
    parser.add_argument("--sources", nargs="+", required=True, help="names of the data it was trained on")
    args = parser.parse_args()
    index = args.file.parent / INDEX
    rows = tomllib.loads(index.read_text(encoding="utf-8"))["model"] if index.exists() else []
    index.write_text(to_toml(entered(rows, row_of(args.file, args.sources))), encoding="utf-8")
    print(f"{args.file.stem} is in {index}")


if __name__ == "__main__":
    main()
