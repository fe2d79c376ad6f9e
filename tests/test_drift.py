"""A certificate that holds is left alone; one that does not is noticed, by its errors or by what is accepted."""

from __future__ import annotations

import json
import random

import pytest

from meterocr.certificate import Certificate, KindCount
from meterocr.drift import Audit, check
from meterocr.readout import DisplayKind

CERTIFICATE = Certificate(0.05, 0.9, (KindCount(DisplayKind.LCD, 200, 160, 1),), "0123abcd", "display-a.v1")


def live(accepted: int, total: int) -> list[float]:
    return [0.9] * accepted + [0.8999] * (total - accepted)


@pytest.mark.parametrize(
    ("accepted", "total", "audit", "errors_hold", "coverage_holds"),
    [
        (800, 1000, Audit(100, 5), True, True),
        (800, 1000, Audit(100, 9), True, True),  # 6.3 % of such audits have as many at a risk of 5 %
        (800, 1000, Audit(100, 11), False, True),  # 1.1 %
        (800, 1000, Audit(5, 5), False, True),
        (700, 1000, Audit(100, 5), True, False),  # less is accepted
        (900, 1000, Audit(100, 5), True, False),  # so is more: these are other photos
        (760, 1000, Audit(100, 5), True, True),
        (0, 30, Audit(0, 0), True, False),
        (0, 0, Audit(0, 0), True, True),  # nothing speaks against it
    ],
)
def test_check(accepted: int, total: int, audit: Audit, errors_hold: bool, coverage_holds: bool) -> None:
    found = check(CERTIFICATE, live(accepted, total), audit)
    assert (found.live_accepted, found.live_total) == (accepted, total)
    assert (found.errors_hold, found.coverage_holds) == (errors_hold, coverage_holds)
    assert found.holds is (errors_hold and coverage_holds)
    assert json.loads(json.dumps(found.to_dict()))["holds"] is found.holds


def test_the_numbers_are_there() -> None:
    found = check(CERTIFICATE, iter(live(800, 1000)), Audit(100, 11)).to_dict()
    assert found["error_chance"] == pytest.approx(0.011472, abs=1e-6)
    assert found["coverage_chance"] == pytest.approx(1.0)
    assert found["upper_bound"] == pytest.approx(0.175503, abs=1e-6)
    assert (found["target_risk"], found["certified_coverage"]) == (0.05, 0.8)


def test_what_holds_is_rarely_said_not_to() -> None:
    """Where nothing has changed, both the certificate and the live photos are draws from the same."""
    rng = random.Random(5)
    alarms = 0
    for _ in range(300):
        accepted = sum(rng.random() < 0.8 for _ in range(200))
        certificate = Certificate(0.05, 0.9, (KindCount(DisplayKind.LCD, 200, accepted, 1),), "0", "display-a.v1")
        photos = [0.95 if rng.random() < 0.8 else 0.4 for _ in range(500)]
        audit = Audit(100, sum(rng.random() < 0.05 for _ in range(100)))
        alarms += not check(certificate, photos, audit).holds
    assert 0 < alarms <= 0.05 * 300


@pytest.mark.parametrize(("audited", "wrong"), [(3, 4), (3, -1)])
def test_refuses_an_audit_that_cannot_be(audited: int, wrong: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= wrong <= audited"):
        Audit(audited, wrong)
