"""Does a certificate still hold? Live readings and an audit of some of them against what was certified.

A certificate is about photos like those it was measured on. When the photos change (another phone, another make of
meter, the rainy season), the share of accepted photos moves at once, and the share of wrong ones shows in an audit:
a person reads a random sample of accepted photos again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from meterocr import chance
from meterocr.certificate import Certificate

ALARM = 0.05
"""How often a check says that a certificate that does hold does not; half of it for each of the two tests."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A random sample of accepted photos that a person read again, and how many of them were wrong.

    Photos that were picked because they looked doubtful are no sample.
    """

    audited: int
    wrong: int

    def __post_init__(self) -> None:
        if not 0 <= self.wrong <= self.audited:
            raise ValueError(f"expected 0 <= wrong <= audited, got {self.wrong} of {self.audited}")


@dataclass(frozen=True, slots=True)
class Drift:
    """What was compared, and how likely so large a difference is while the certificate holds.

    Attributes:
        audit: the photos read again, and the wrong ones.
        live_total, live_accepted: the live photos, and those that reach the threshold.
        error_chance: of at least so many wrong ones in the audit, if just the certified risk is wrong.
        coverage_chance: of accepted shares that lie so far apart in either direction, if nothing has changed.
    """

    certificate: Certificate
    audit: Audit
    live_total: int
    live_accepted: int
    error_chance: float
    coverage_chance: float

    @property
    def errors_hold(self) -> bool:
        """The audit does not show more errors than certified. A small audit shows little: see :attr:`upper_bound`."""
        return self.error_chance >= ALARM / 2

    @property
    def coverage_holds(self) -> bool:
        """As large a part of the photos is accepted as was certified, as far as the numbers show."""
        return self.coverage_chance >= ALARM / 2

    @property
    def holds(self) -> bool:
        """Nothing speaks against the certificate; where nothing was read and audited, nothing could."""
        return self.errors_hold and self.coverage_holds

    @property
    def upper_bound(self) -> float:
        """What the audit alone says of the share of wrong ones: at most this, with 95 % confidence."""
        return chance.upper_bound(self.audit.wrong, self.audit.audited)

    def to_dict(self) -> dict[str, object]:
        """JSON-ready values."""
        return {
            "holds": self.holds,
            "errors_hold": self.errors_hold,
            "coverage_holds": self.coverage_holds,
            "target_risk": self.certificate.target_risk,
            "audited": self.audit.audited,
            "wrong": self.audit.wrong,
            "error_chance": self.error_chance,
            "upper_bound": self.upper_bound,
            "certified_coverage": self.certificate.coverage,
            "live_total": self.live_total,
            "live_accepted": self.live_accepted,
            "coverage_chance": self.coverage_chance,
        }


def check(certificate: Certificate, confidences: Iterable[float], audit: Audit) -> Drift:
    """Compare live readings with the certificate they were accepted by.

    Args:
        confidences: one for every live photo, refused ones too; 0 for a photo that has to be taken again or has a
            digit that was not read, because no threshold accepts those.
        audit: of accepted photos.
    """
    accepted = [confidence >= certificate.threshold for confidence in confidences]
    live = sum(accepted), len(accepted)
    return Drift(
        certificate=certificate,
        audit=audit,
        live_total=live[1],
        live_accepted=live[0],
        error_chance=chance.at_least(audit.wrong, audit.audited, certificate.target_risk),
        coverage_chance=chance.same_share((certificate.accepted, certificate.total), live),
    )
