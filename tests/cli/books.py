"""An office with two connections, and drawn photos of the first one's meter, for the tests of its commands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import meterocr
from tests.cli.conftest import objects, run

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "meterocr" / "cli" / "demo" / "photos"
OPERATOR = ROOT / "tests" / "golden" / "operator.toml"
SURE, SURE_SHOWS = PHOTOS / "mechanical-202.jpg", "63541.3"
DOUBTFUL, BLURRED = PHOTOS / "lcd-105.jpg", PHOTOS / "lcd-102.jpg"
NOW = datetime.now(UTC)
HISTORY = "consumer_number,serial_number,quantity,value,at,source,standing,visited,billed"


def prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real reader, and local rates for the days that the JBVNL pack does not know."""
    monkeypatch.delitem(vars(meterocr), "MeterReader")
    monkeypatch.setenv("METEROCR_TARIFFS", str(OPERATOR))
    monkeypatch.setenv("METEROCR_UPI_ID", "example@example")
    monkeypatch.setenv("METEROCR_UPI_NAME", "Example")


def files(last: str, register: str) -> dict[str, str]:
    """Two connections; C-1 used 268 units a month up to a month ago."""
    months = [
        f"C-1,M-1,kwh,{Decimal(last) - 268 * back},{NOW - timedelta(30 * (back + 1)):%Y-%m-%dT%H:%M:%S+00:00},"
        f"meter_reader,trusted,yes,yes"
        for back in range(5, -1, -1)
    ]
    return {
        "consumers": "consumer_id,name,address\nK-1,Anil Example,Dhanbad\nK-2,सरिता देवी,Dhanbad\n",
        "connections": "consumer_number,consumer_id,category,area,book,load_kw,phase\n"
        "C-1,K-1,domestic,urban,B-1,2,single\nC-2,K-2,domestic,rural,B-2,2,single\n",
        "meters": "consumer_number,serial_number,phase,registers,installed_at,removed_at\n"
        f"C-1,M-1,single,{register},2024-01-01,\nC-2,M-2,single,kwh:6:0:1,2024-01-01,\n",
        "history": "\n".join([HISTORY, *months]) + "\n",
    }


def open_books(last: str = "63273.3", register: str = "kwh:5:1:1") -> None:
    """An office, and everything of :func:`files` in it."""
    assert run("init").exit_code == 0
    for kind, text in files(last, register).items():
        Path(f"{kind}.csv").write_text(text, encoding="utf-8")
        result = run("consumer", "import", kind, f"{kind}.csv", "--by", "asha")
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        assert result.stdout == f"{kind}.csv: {len(text.splitlines()) - 1} rows kept, 0 refused\n"


def told(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    (one,) = objects(result)
    assert one["schema"] == 1
    return one


def submit(photo: Path, *more: str, number: str = "C-1", code: int = 0) -> dict[str, Any]:
    return told("submit", str(photo), "--connection", number, *more, code=code)
