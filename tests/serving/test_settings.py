"""What the environment may say, and what is refused at start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meterocr.errors import SettingError
from serving.__main__ import main
from serving.settings import ServeSettings
from tests.serving.conftest import ROOT


def test_nothing_has_to_be_said() -> None:
    assert ServeSettings.from_environment({"METEROCR_HOME": "x"}) == ServeSettings()
    assert ServeSettings().host == "127.0.0.1"
    assert ServeSettings().reading_threads == len(os.sched_getaffinity(0))


def test_all_that_can_be_said() -> None:
    given = {
        "HOST": "::", "PORT": "80", "WORKERS": "2", "THREADS": "3", "QUEUE": "0", "REQUESTS": "5",
        "PHOTO_BYTES": "4096", "PHOTOS": "2", "PER_MINUTE": "7", "UPLOAD_S": "8", "STOP_S": "9", "MAX_RISK": "0.02",
        "DELIVER": "0", "PROXIES": "10.0.0.0/8, ::1",
    }  # fmt: skip
    got = ServeSettings.from_environment({f"METEROCR_SERVE_{name}": value for name, value in given.items()})
    assert got == ServeSettings(
        "::", 80, 2, 3, 0, 5, 4096, 2, 7, 8, 9, 0.02, deliver=False, proxies=("10.0.0.0/8", "::1/128")
    )
    assert got.reading_threads == 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "http", "METEROCR_SERVE_PORT: expected a whole number from 1 to 65535, got 'http'"),
        ("PORT", "0", "from 1 to 65535, got '0'"),
        ("PORT", "", "from 1 to 65535, got ''"),
        ("THREADS", "1.5", "expected a whole number"),
        ("MAX_RISK", "nan", "expected a number from 0.0001 to 0.5, got 'nan'"),
        ("HOST", "localhost", "expected an IP address such as 127.0.0.1, got 'localhost'"),
        ("DELIVER", "yes", "METEROCR_SERVE_DELIVER: expected 0 or 1, got 'yes'"),
        ("PROXIES", "*", "METEROCR_SERVE_PROXIES: expected addresses or networks such as .*, got '\\*'"),
        ("POTR", "3000", "expected one of METEROCR_SERVE_PORT, .*, got METEROCR_SERVE_POTR"),
    ],
)
def test_what_is_refused(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingError, match=expected):
        ServeSettings.from_environment({f"METEROCR_SERVE_{name}": value})


@pytest.mark.parametrize(("said", "expected"), [(None, "127.0.0.1/32"), ("172.16.0.0/12", "172.16.0.0/12"), ("", "")])
def test_only_named_proxies_are_believed(
    said: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: started.append(arguments))
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    monkeypatch.setenv("METEROCR_HOME", str(tmp_path))
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    if said is not None:
        monkeypatch.setenv("METEROCR_SERVE_PROXIES", said)
    main()
    assert len(started) == 1
    assert os.environ["FORWARDED_ALLOW_IPS"] == expected


def test_the_server_does_not_start_with_a_wrong_setting(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "METEROCR_SERVE_PORT": "x", "METEROCR_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "serving"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "Error: METEROCR_SERVE_PORT: expected a whole number from 1 to 65535, got 'x'\n"
    assert list(tmp_path.iterdir()) == []
