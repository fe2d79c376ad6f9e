"""Every threshold of the verification, with its unit: what a utility may set for itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal

from meterocr.issue import Issue

MONTH_DAYS = Decimal(30)
"""Days of the month in which classes of consumption are stated."""


@dataclass(frozen=True, slots=True)
class Band:
    """How far a consumption class may be from what is typical before somebody looks.

    Attributes:
        below: the class is of connections that typically use fewer units than this in 30 days.
        low, high: factors of the typical consumption; ``0 <= low < 1 < high``.
    """

    below: Decimal
    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.low < 1 < self.high:
            raise ValueError(f"expected factors with 0 <= low < 1 < high, got {self.low} and {self.high}")


# The more is used, the steadier it is and the more a mistake costs: so the bands become narrower.
_BANDS = (
    Band(Decimal(50), Decimal(0), Decimal(5)),
    Band(Decimal(200), Decimal("0.2"), Decimal(3)),
    Band(Decimal(500), Decimal("0.3"), Decimal("2.5")),
    Band(Decimal("Infinity"), Decimal("0.4"), Decimal(2)),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """When a person has to look. The defaults are a start of the house, to be fitted on a utility's own history.

    Attributes:
        sure_from: a smaller confidence of the whole reading goes to review.
        review_issues: issues of the photo that go to review even where a reading was made out.
        unknown_quantity_doubtful: a display whose unit cannot be seen goes to review.
        bands: classes of consumption in rising order, the last one without end.
        slack_units: units by which any consumption may miss its band.
        recent_advances: how many advances make the typical consumption (their median).
        shortest_days: readings closer together than this make no advance to judge by, days.
        first_load_factor: share of the sanctioned load that a connection without history may use on average.
        overload: physical limit as a factor of sanctioned load x 24 h x days: connections overdraw, clocks err.
        zero_doubtful_from: zero consumption goes to review where at least this many units are typical in 30 days.
        same_photo_bits: perceptual hashes that differ in at most so many of 64 bits are of the same photo.
        clock_slack: how far the camera's clock may be wrong.
        max_self_readings: photos by the consumer since somebody of the utility last stood at the meter.
        max_provisional: provisional readings in a row.
        max_risk_paise: expected error of the bill, in paise, up to which no person looks.
    """

    sure_from: Decimal = Decimal("0.8")
    review_issues: frozenset[Issue] = frozenset(
        {Issue.NO_DISPLAY, Issue.DISPLAY_OFF, Issue.CUT_OFF, Issue.SEVERAL_DISPLAYS, Issue.UNREAD_DIGITS}
    )
    unknown_quantity_doubtful: bool = False
    bands: tuple[Band, ...] = _BANDS
    slack_units: Decimal = Decimal(30)
    recent_advances: int = 6
    shortest_days: int = 20
    first_load_factor: Decimal = Decimal("0.3")
    overload: Decimal = Decimal("1.5")
    zero_doubtful_from: Decimal = Decimal(15)
    same_photo_bits: int = 4
    clock_slack: timedelta = timedelta(hours=1)
    max_self_readings: int = 6
    max_provisional: int = 2
    max_risk_paise: int = 2000

    def __post_init__(self) -> None:
        limits = [band.below for band in self.bands]
        if limits != sorted(set(limits)) or not limits or limits[-1] != Decimal("Infinity"):
            raise ValueError(f"expected bands in rising order, the last below Infinity, got {[str(x) for x in limits]}")
        for name, low, high in (("sure_from", 0, 1), ("first_load_factor", 0, 1), ("same_photo_bits", 0, 63)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"expected {name} from {low} to {high}, got {getattr(self, name)}")
        for name in ("slack_units", "zero_doubtful_from", "max_self_readings", "max_provisional", "max_risk_paise"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"expected {name} of at least 0, got {getattr(self, name)}")
        for name in ("recent_advances", "shortest_days", "overload"):
            if not getattr(self, name) >= 1:
                raise ValueError(f"expected {name} of at least 1, got {getattr(self, name)}")

    @property
    def digest(self) -> str:
        """SHA-256 over all thresholds, 64 hex digits: equal policies have the same one."""
        values = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def band(self, typical: Decimal) -> Band:
        """The class of a connection that typically uses ``typical`` units in 30 days."""
        return next(band for band in self.bands if typical < band.below)


DEFAULT_POLICY = Policy()
"""The house's start."""


def _plain(value: object) -> object:
    """Numbers in their shortest form, so that 0.8 and 0.80 are the same."""
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [[_plain(band.below), _plain(band.low), _plain(band.high)] for band in value]
    return value
