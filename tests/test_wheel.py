"""The wheel, installed into a fresh environment from the registry, reads a photo with the models it carries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from meterocr import MeterReader

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "docs" / "sample.jpg"
TRAINING = ("torch", "torchvision", "ultralytics", "albumentations", "rapidocr", "nudenet")
_OURS = ("METEROCR_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")  # what could lead back to the checkout

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a fresh environment's commands, with the wheel and its dependencies installed."""
    folder = tmp_path_factory.mktemp("fresh")
    assert run(sys.executable, "-m", "venv", "env", cwd=folder).returncode == 0
    commands = folder / "env" / "bin"
    done = run(commands / "python", "-m", "pip", "install", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    return commands


def test_wheel_carries_the_library_its_models_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        index = tomllib.loads(archive.read("meterocr/_models/index.toml").decode())
    tops = {name.partition("/")[0].partition("-")[0] for name in names}
    assert tops == {"meterocr"}
    models = {f"meterocr/_models/{name}" for model in index["model"] for name in (model["file"], f"{model['id']}.md")}
    fonts = "meterocr/delivery/pdf/fonts"
    data = {"meterocr/billing/tariffs/jbvnl.toml", f"{fonts}/NotoSansDevanagari-Regular.ttf", f"{fonts}/OFL.txt"}
    data |= {f"meterocr/cli/demo/photos/{photo.name}" for photo in (ROOT / "meterocr/cli/demo/photos").iterdir()}
    assert {"meterocr/py.typed"} | data | models <= names
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)


def test_wheel_asks_for_the_training_stack_only_as_an_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert needed
    assert not [line for line in needed if line.startswith(TRAINING)]
    assert metadata["License-Expression"] == "AGPL-3.0-or-later"


def test_installed_wheel_reads_a_photo_away_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "meter.jpg").write_bytes(SAMPLE.read_bytes())
    verified = run(installed / "meterocr", "models", "verify", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    done = run(installed / "meterocr", "read", "meter.jpg", "--json", "--draw", "drawn", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    came, expected = json.loads(done.stdout), MeterReader().read(SAMPLE)
    assert came["text"] == expected.text != ""
    assert came["models"] == expected.to_dict()["models"]
    assert [drawn.is_file() for drawn in (tmp_path / "drawn").iterdir()] == [True]


def test_installed_wheel_stands_on_nothing_of_the_training_stack(installed: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u, sys; print([n for n in sys.argv[1:] if u.find_spec(n)])"
    assert run(installed / "python", "-c", code, *TRAINING, cwd=tmp_path).stdout.strip() == "[]"
    home = run(installed / "python", "-c", "import meterocr; print(meterocr.__file__)", cwd=tmp_path).stdout
    assert Path(home.strip()).is_relative_to(installed.parent)
