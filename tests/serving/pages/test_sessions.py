"""Signed sessions: what was signed here is known again, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving.pages.sessions import LASTS, Kind, Seal, _read, begin, seal_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEAL = Seal(b"s" * 32)


@pytest.mark.parametrize("kind", Kind)
def test_a_session_comes_back_until_it_is_over(kind: Kind) -> None:
    session = begin(kind, "+919812345678", NOW)
    value = SEAL.close(session)
    assert SEAL.open(value, NOW) == session
    assert SEAL.open(value, NOW + LASTS[kind] - timedelta(seconds=1)) == session
    assert SEAL.open(value, NOW + LASTS[kind]) is None
    assert "+919812345678" not in repr(session)


def test_every_changed_character_is_noticed() -> None:
    value = SEAL.close(begin(Kind.STAFF, "k", NOW))
    for i, character in enumerate(value):
        changed = value[:i] + ("A" if character != "A" else "B") + value[i + 1 :]
        assert SEAL.open(changed, NOW) is None, i
    assert Seal(b"t" * 32).open(value, NOW) is None


def test_tokens_are_of_one_session() -> None:
    first, second = begin(Kind.NOBODY, "", NOW), begin(Kind.NOBODY, "", NOW)
    assert SEAL.token(first) == SEAL.token(first) != SEAL.token(second)


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    value = seal_of(tmp_path).close(begin(Kind.STAFF, "k", NOW))
    _read.cache_clear()
    assert seal_of(tmp_path).open(value, NOW) is not None
    assert seal_of(tmp_path) is seal_of(tmp_path)  # read once
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32


def test_without_its_secret_a_running_server_knows_nobody_any_more(tmp_path: Path) -> None:
    value = seal_of(tmp_path).close(begin(Kind.STAFF, "k", NOW))
    (tmp_path / "pages.key").unlink()
    assert seal_of(tmp_path).open(value, NOW) is None  # and there is a new one
    again = seal_of(tmp_path).close(begin(Kind.STAFF, "k", NOW))
    assert seal_of(tmp_path).open(again, NOW) is not None


def test_a_secret_that_was_put_back_counts_again(tmp_path: Path) -> None:
    """As after a restore: other processes of the server see the file, too."""
    value, path = seal_of(tmp_path).close(begin(Kind.STAFF, "k", NOW)), tmp_path / "pages.key"
    path.rename(tmp_path / "kept")
    assert seal_of(tmp_path).open(value, NOW) is None
    (tmp_path / "kept").replace(path)
    assert seal_of(tmp_path).open(value, NOW) is not None
