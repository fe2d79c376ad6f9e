"""Notebooks define nothing and carry no outputs; `notebooks/conftest.py` has them run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def code_cells(path: Path) -> Iterator[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return (cell for cell in cells if cell["cell_type"] == "code")


def defined(source: str) -> list[int]:
    """Lines of a cell on which something is defined; lines for IPython itself are none of Python's."""
    python = "\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines())
    return [node.lineno for node in ast.walk(ast.parse(python)) if isinstance(node, DEFINITIONS)]


def test_all_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["01_read_a_photo", "02_look_at_errors", "03_train_and_export"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(path: Path) -> None:
    for cell in code_cells(path):
        source = "".join(cell["source"])
        assert not defined(source), f"expected definitions in training/ or meterocr/, got some in {source!r}"


@pytest.mark.parametrize(
    "source", ["def f(): pass", "%x\nclass A: pass", "y = map(lambda v: v, [])", "async def f(): 0"]
)
def test_definitions_are_seen(source: str) -> None:
    assert defined(source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_carries_no_outputs(path: Path) -> None:
    """Photos and paths of whoever ran it last stay out of the repository."""
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert cell["metadata"] == {}
