"""What counts as a reading in a line of text that another reader found."""

from __future__ import annotations

import pytest

from benchmarks.others import number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00482.1", "00482.1"),
        ("kWh 004 82,1", "00482.1"),
        ("12345", "12345"),
        ("1.234.56", "1234.56"),
        ("0042?", "0042?"),
        ("No. 12: 007512 kWh", "007512"),
        ("230V", "230"),
        ("50", ""),  # too short to be a counter
        ("kWh", ""),
        ("", ""),
    ],
)
def test_number(text: str, expected: str) -> None:
    assert number(text) == expected
