"""``import meterocr``: what is promised is there, and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import meterocr
from meterocr import errors, issue, readout

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", meterocr.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(meterocr, name) is not None
    assert name in dir(meterocr)


def test_public_names_are_listed_in_order_and_once() -> None:
    assert meterocr.__all__ == sorted(set(meterocr.__all__))


@pytest.mark.parametrize("name", ["reader", "Meterreader", "_LAZYY", "numpy"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'meterocr' has no attribute '{name}'"):
        getattr(meterocr, name)


def test_every_error_is_public_and_in_the_tree() -> None:
    ours = {n: t for n, t in vars(errors).items() if isinstance(t, type) and issubclass(t, Exception)}
    assert ours.keys() <= set(meterocr.__all__)
    assert all(issubclass(error, meterocr.MeterOcrError) for error in ours.values())


def test_every_value_type_is_public() -> None:
    types = {n for home in (issue, readout) for n, t in vars(home).items() if isinstance(t, type)}
    ours = {n for n in types if getattr(readout, n).__module__ in {issue.__name__, readout.__name__}}
    assert ours <= set(meterocr.__all__)


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert meterocr.__version__ == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
