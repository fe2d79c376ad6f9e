"""A policy from a file: what is said holds, what is not said stays, and what is wrong is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from meterocr.errors import SettingError
from meterocr.issue import Issue
from meterocr.metering.policy import DEFAULT_POLICY, Band, Policy
from meterocr.metering.policy_file import load_policy
from meterocr.metering.verify import verify
from tests.metering.conftest import case, readout, subsidised

FILE = """
schema = 1
sure_from = 0.95
max_risk_paise = 0
unknown_quantity_doubtful = true
clock_slack_minutes = 90
review_issues = ["no_display"]
max_self_readings = 3
[[bands]]
below = 100
low = 0.1
high = 3
[[bands]]
low = 0.5
high = 2
"""


def load(folder: Path, text: str) -> Policy:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def test_what_is_said_holds_and_the_rest_stays(tmp_path: Path) -> None:
    assert load(tmp_path, "schema = 1") == DEFAULT_POLICY
    assert load(tmp_path, FILE) == replace(
        DEFAULT_POLICY,
        sure_from=Decimal("0.95"),
        max_risk_paise=0,
        unknown_quantity_doubtful=True,
        clock_slack=timedelta(minutes=90),
        review_issues=frozenset({Issue.NO_DISPLAY}),
        max_self_readings=3,
        bands=(
            Band(Decimal(100), Decimal("0.1"), Decimal(3)),
            Band(Decimal("Infinity"), Decimal("0.5"), Decimal(2)),
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"policy\.toml: expected schema = 1, got None"),
        ("schema = 2", "expected schema = 1, got 2"),
        ("schema = ", r"policy\.toml: Invalid value"),
        ("schema = 1\nmax_risk = 1", "expected keys of bands, .*, got max_risk"),
        ("schema = 1\nmax_risk_paise = 20.5", r"max_risk_paise: expected a whole number, got Decimal\('20.5'\)"),
        ("schema = 1\nmax_risk_paise = true", "max_risk_paise: expected a whole number, got True"),
        ("schema = 1\nmax_risk_paise = -1", "expected max_risk_paise of at least 0, got -1"),
        ("schema = 1\nsure_from = 1.2", "expected sure_from from 0 to 1, got 1.2"),
        ("schema = 1\nsure_from = nan", "sure_from: expected a number, got"),
        ("schema = 1\nsure_from = '0.9'", "sure_from: expected a number, got '0.9'"),
        ("schema = 1\nunknown_quantity_doubtful = 1", "unknown_quantity_doubtful: expected true or false, got 1"),
        ("schema = 1\nclock_slack_minutes = -5", "clock_slack_minutes: expected a whole number, got -5"),
        ("schema = 1\nreview_issues = ['dark']", "review_issues: expected a list of .*, got"),
        ("schema = 1\nbands = []", r"bands: expected \[\[bands\]\] with low, high and below, got \[\]"),
        ("schema = 1\n[[bands]]\nbelow = 5\nlow = 0\nhigh = 2", "band 1: expected high, low, got below, high, low"),
        ("schema = 1\n[[bands]]\nlow = 2\nhigh = 3", "expected factors with 0 <= low < 1 < high, got 2 and 3"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        load(tmp_path, text)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="expected a policy file that can be read"):
        load_policy(tmp_path / "none.toml")


def test_the_digest_is_of_the_values(tmp_path: Path) -> None:
    digests = {load(tmp_path, text).digest for text in ("schema = 1", FILE, FILE.replace("below = 100", "below = 200"))}
    assert len(digests) == 3
    assert load(tmp_path, FILE.replace("0.95", "0.950")).digest == load(tmp_path, FILE).digest


def test_the_evidence_says_by_which_policy(tmp_path: Path) -> None:
    policy = load(tmp_path, FILE)
    judged = case(readout("11050"))
    assert verify(judged, subsidised, policy=policy).to_dict()["policy_sha256"] == policy.digest
    assert verify(judged, subsidised).to_dict()["policy_sha256"] == DEFAULT_POLICY.digest
