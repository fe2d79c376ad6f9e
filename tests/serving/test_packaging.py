"""What others start the server with: bento, container, compose, systemd."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from sqlalchemy.engine import make_url

from meterocr.composition import Settings
from serving.settings import ServeSettings
from tests.serving.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_a_bento_is_built_offline(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BENTOML_HOME": str(tmp_path), "BENTOML_DO_NOT_TRACK": "True"}
    unreachable = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "bentoml", "build", "--output", "tag"]
    done = subprocess.run(command, cwd=ROOT, env=environment | unreachable, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (source,) = tmp_path.glob("bentos/meterocr/*/src")
    for path in ("serving/service.py", "serving/routes/read.py", "meterocr/vision/reader.py", "models/index.toml"):
        assert (source / path).is_file()
    assert not list(source.rglob("tests"))


def test_a_bento_installs_what_the_extras_do() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {each for name in ("billing", "postgresql", "serve") for each in extras[name]}
    assert set(PROJECT["tool"]["bentoml"]["build"]["python"]["packages"]) == {
        each for each in wanted if not each.startswith(("meterocr[", "uv"))
    }


def test_settings_in_the_examples_are_taken() -> None:
    compose = yaml.safe_load((ROOT / "serving/compose.yaml").read_text())
    container = (ROOT / "serving/Dockerfile").read_text()
    unit = (ROOT / "serving/meterocr.service").read_text()
    given = dict(re.findall(r"(METEROCR_\w+)=(\S+)", container + unit.replace("METEROCR_SERVE_STOP_S and", "")))
    given |= compose["services"]["server"]["environment"]
    assert {"METEROCR_HOME", "METEROCR_DATABASE", "METEROCR_SERVE_HOST"} <= given.keys()
    Settings.from_environment(given)
    assert ServeSettings.from_environment(given).host == "0.0.0.0"  # noqa: S104 - in a container


def test_any_password_reaches_the_database() -> None:
    server = yaml.safe_load((ROOT / "serving/compose.yaml").read_text())["services"]["server"]["environment"]
    url = make_url(server["METEROCR_DATABASE"])
    assert (url.username, url.password, url.host, url.database) == ("meterocr", None, "db", "meterocr")
    assert "POSTGRES_PASSWORD" not in server["METEROCR_DATABASE"]
    assert server["PGPASSWORD"] == "${POSTGRES_PASSWORD}"


def test_only_what_is_copied_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "serving/Dockerfile").read_text(), re.MULTILINE)
    assert {line[1:] for line in lines if line.startswith("!")} == {name for line in copied for name in line.split()}
    assert "**/.env" in lines  # passwords, beside serving/compose.yaml


def test_what_is_copied_into_the_container_is_there() -> None:
    for line in re.findall(r"^COPY (.*) \S+$", (ROOT / "serving/Dockerfile").read_text(), re.MULTILINE):
        assert all((ROOT / name).exists() for name in line.split())
