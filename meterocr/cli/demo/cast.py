"""Ten consumers who do not exist, and the CSV files that bring them into the book."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from meterocr.metering.consumption import IST

DAY = datetime(2025, 8, 31, 17, tzinfo=IST)
"""When the demonstration plays: JBVNL's rates of that day are known. Readings are of the first of each month."""

BOOK = "EXAMPLE-1"
_YEAR = (108, 92, 84, 71, 66, 78, 97, 112, 124, 118, 109)  # per cent of what is used in August, from September on


@dataclass(frozen=True, slots=True)
class Player:
    """One consumer.

    Attributes:
        shows: what the meter shows on the day, as the photo has it: leading zeros, decimals.
        units: used since the reading of 1 August.
        photo: among the photos that travel with meterocr; empty: none comes.
        billed_to: month (1 to 8) of the last reading that was billed before; later ones are billed in the story.
    """

    number: str
    name: str
    area: str
    shows: str
    units: Decimal
    photo: str
    billed_to: int = 8

    @property
    def serial_number(self) -> str:
        """Of the meter."""
        return f"EX{self.number[-2:]}4711"

    @property
    def phone(self) -> str:
        """Beginning with zeros, which nobody's number does: nothing can be sent to it by mistake."""
        return f"+9100000000{self.number[-2:]}"


CAST = (
    Player("EX-01", "Asha Devi (example)", "urban", "00626.3", Decimal(55), "mechanical-348.jpg"),
    Player("EX-02", "Birsa Munda (example)", "urban", "63541.3", Decimal(268), "mechanical-202.jpg"),
    Player("EX-03", "चंदा कुमारी (उदाहरण)", "rural", "03436.42", Decimal(140), "mechanical-332.jpg"),
    Player("EX-04", "Dilip Mahto (example)", "urban", "09352.1", Decimal(455), "mechanical-324.jpg"),
    Player("EX-05", "Etwari Oraon (example)", "rural", "23502.529", Decimal(224), "mechanical-280.jpg", billed_to=6),
    Player("EX-06", "Firoz Ansari (example)", "urban", "93486", Decimal(201), "lcd-116.jpg"),
    Player("EX-07", "गीता देवी (उदाहरण)", "urban", "36621", Decimal(233), "lcd-105.jpg"),
    Player("EX-08", "Hari Prasad (example)", "rural", "74750", Decimal(140), "lcd-102.jpg"),
    Player("EX-09", "Ishwar Soren (example)", "urban", "14820.5", Decimal(210), "mechanical-202.jpg"),
    Player("EX-10", "Jyoti Kujur (example)", "urban", "31207", Decimal(180), "", billed_to=7),
)


def write_files(folder: Path) -> dict[str, Path]:
    """The CSV files of the cast, by kind, in the order in which they are taken in."""
    made: dict[str, tuple[str, list[Sequence[str]]]] = {
        "consumers": (
            "consumer_id name address",
            [(f"K-{p.number}", p.name, f"House {int(p.number[-2:])}, Example Nagar, Dhanbad") for p in CAST],
        ),
        "connections": (
            "consumer_number consumer_id category area book load_kw phase",
            [(p.number, f"K-{p.number}", "domestic", p.area, BOOK, "2", "single") for p in CAST],
        ),
        "meters": (
            "consumer_number serial_number phase registers installed_at removed_at",
            [(p.number, p.serial_number, "single", _register(p), "2024-01-01", "") for p in CAST],
        ),
        "history": (
            "consumer_number serial_number quantity value at source standing visited billed",
            [row for p in CAST for row in _history(p)],
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return {kind: _write(folder / f"{kind}.csv", columns.split(), rows) for kind, (columns, rows) in made.items()}


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    return path


def _register(player: Player) -> str:
    whole, _, fraction = player.shows.partition(".")
    return f"kwh:{len(whole)}:{len(fraction)}:1"


def _history(player: Player) -> Iterator[Sequence[str]]:
    """Readings of a year, counted back from what the meter shows; without those that locked premises left out."""
    value = Decimal(player.shows) - player.units
    rows: list[Sequence[str]] = []
    months = [(2025, month) for month in range(8, 0, -1)] + [(2024, month) for month in range(12, 8, -1)]
    for (year, month), percent in zip(months, (*_YEAR[::-1], 0), strict=True):
        billed = "yes" if year == 2024 or month <= player.billed_to else "no"
        at = f"{year}-{month:02}-01T10:00:00+05:30"
        key = player.number, player.serial_number, "kwh"
        if value >= 0 and (year == 2024 or month <= player.billed_to + 1):
            rows.append((*key, f"{value:f}", at, "meter_reader", "trusted", "yes", billed))
        value -= round(player.units * percent / 100)
    yield from reversed(rows)
