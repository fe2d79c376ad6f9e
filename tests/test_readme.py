"""What the pages for readers say is so: links, make targets, commands and code are really tried."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "docs" / "sample.jpg"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/README.md")])
README = ROOT / "README.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
_PHOTO = re.compile(r"[\w./*-]+\.(?:jpe?g|png|heic|webp)\b", re.IGNORECASE)


def blocks(page: Path, *languages: str) -> list[str]:
    return [code for language, code in _BLOCK.findall(page.read_text(encoding="utf-8")) if language in languages]


def command_lines(page: Path) -> list[list[str]]:
    """The commands of the page's shell blocks, without prompts and comments."""
    lines = "\n".join(blocks(page, "bash", "console", "sh", "shell")).replace("\\\n", " ").splitlines()
    commands = (shlex.split(line.removeprefix("$ "), comments=True) for line in lines)
    return [command for command in commands if command]


def starting_with(pages: list[Path], *words: str) -> list[list[str]]:
    commands = (command for page in pages for command in command_lines(page))
    return [command for command in commands if command[: len(words)] == list(words)]


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def place_photos(text: str, folder: Path) -> None:
    """Put the sample photo wherever ``text`` names a photo, a folder of photos or a pattern for photos."""
    for named in _PHOTO.findall(text) + [f"{name}/*" for name in re.findall(r"(?<= )[\w-]+(?=/(?: |$))", text)]:
        photo = folder / named.replace("*", "sample.jpg" if named.endswith("*") else "sample")
        photo.parent.mkdir(parents=True, exist_ok=True)
        photo.write_bytes(SAMPLE.read_bytes())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = [first or second for first, second in _LINK.findall(page.read_text(encoding="utf-8"))]
    files = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [name for name in files if not (page.parent / name).exists()] == []


def test_readme_shows_the_two_commands() -> None:
    assert {"demo", "test"} <= {command[1] for command in starting_with([README], "make")}


def test_make_targets_exist() -> None:
    for command in starting_with(PAGES, "make"):
        done = run(*command, "--dry-run", cwd=ROOT)
        assert done.returncode == 0, done.stderr
        assert f"\n{command[1]} " in "\n" + run("make", "help", cwd=ROOT).stdout


def test_readme_python_runs(tmp_path: Path) -> None:
    codes = blocks(README, "python")
    assert codes
    for code in codes:
        place_photos(code, tmp_path)
        done = run(sys.executable, "-W", "error", "-c", code, cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_readme_commands_run(tmp_path: Path) -> None:
    commands = starting_with([README], "meterocr")
    assert commands
    for command in commands:
        place_photos(shlex.join(command), tmp_path)
        done = run(sys.executable, "-W", "error", "-m", *command, cwd=tmp_path)
        assert done.returncode in {0, 3}, f"{command}: {done.stdout}{done.stderr}"


def test_modules_that_are_run_exist() -> None:
    for _, _, module, *_ in starting_with(PAGES, "python", "-m"):
        assert importlib.util.find_spec(module), module
