"""How much of the reading can be left to the machine: what a recogniser is certified for.

A certificate says: of all photos, this share is accepted (read without a person), and of the accepted ones at most so
many are wrong, with 95 % confidence. It was measured by ``training.certify`` on photos of meters that the models had
never seen, one photo a meter; it holds for photos like those, and :mod:`meterocr.drift` says when they no longer are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meterocr import chance
from meterocr.errors import SettingError
from meterocr.readout import DisplayKind

_COUNTS = ("total", "accepted", "wrong")
_ROUNDED = 1e-6  # the bound as written may differ from the bound as computed here by so much


@dataclass(frozen=True, slots=True)
class KindCount:
    """Photos of one kind of display: all, those accepted, and those accepted wrongly."""

    kind: DisplayKind
    total: int
    accepted: int
    wrong: int

    def __post_init__(self) -> None:
        if not 0 <= self.wrong <= self.accepted <= self.total:
            counts = {name: getattr(self, name) for name in _COUNTS}
            raise ValueError(f"expected 0 <= wrong <= accepted <= total of {self.kind}, got {counts}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was found on one set of photos for one target risk.

    Attributes:
        target_risk: the share of accepted photos that may be wrong.
        threshold: a photo is accepted if it need not be taken again, every digit is read, and the confidence is at
            least this.
        kinds: the counts, by the kind of display that a person saw.
        data_hash: of the photos and labels it was measured on.
        detector: id of the display detector it was measured with.
    """

    target_risk: float
    threshold: float
    kinds: tuple[KindCount, ...]
    data_hash: str
    detector: str

    def __post_init__(self) -> None:
        for name in ("target_risk", "threshold"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"expected {name} between 0 and 1, got {getattr(self, name)!r}")
        for name in ("data_hash", "detector"):
            if not getattr(self, name):
                raise ValueError(f"expected {name} as text, got {getattr(self, name)!r}")
        if len({count.kind for count in self.kinds}) != len(self.kinds):
            raise ValueError(f"expected every kind once, got {[count.kind.value for count in self.kinds]}")
        if self.upper_bound > self.target_risk:
            raise ValueError(
                f"expected a risk of at most {self.target_risk}, got {self.wrong} wrong of {self.accepted}, "
                f"which bounds it at {self.upper_bound:.4f}"
            )

    @property
    def total(self) -> int:
        """Photos looked at, one a meter."""
        return sum(count.total for count in self.kinds)

    @property
    def accepted(self) -> int:
        """Photos that no person would have been asked about."""
        return sum(count.accepted for count in self.kinds)

    @property
    def wrong(self) -> int:
        """Accepted photos with any digit or the point wrong, or of a display that nobody can read."""
        return sum(count.wrong for count in self.kinds)

    @property
    def coverage(self) -> float:
        """The share of photos that is accepted."""
        return self.accepted / self.total

    @property
    def upper_bound(self) -> float:
        """What the share of wrong ones among the accepted is at most, with 95 % confidence (Clopper-Pearson)."""
        return chance.upper_bound(self.wrong, self.accepted)

    def __str__(self) -> str:
        return (
            f"of {self.total} photos {100 * self.coverage:.1f} % accepted, {self.wrong} of {self.accepted} wrong: "
            f"at most {100 * self.upper_bound:.2f} % with {100 * chance.LEVEL:g} % confidence "
            f"(target {percent(self.target_risk)}, confidence at least {self.threshold:g}, data {self.data_hash})"
        )

    def to_dict(self) -> dict[str, object]:
        """JSON-ready values; the sums and the bound are there for whoever reads them without this library."""
        return {
            "target_risk": self.target_risk,
            "threshold": self.threshold,
            **{name: getattr(self, name) for name in _COUNTS},
            "upper_bound": round(self.upper_bound, 8),
            "kinds": {c.kind.value: {name: getattr(c, name) for name in _COUNTS} for c in self.kinds},
            "data_hash": self.data_hash,
            "detector": self.detector,
        }

    @classmethod
    def from_dict(cls, value: object) -> Certificate:
        """A certificate from what :meth:`to_dict` gives.

        Raises:
            ValueError: a value is missing, makes no sense, or does not follow from the counts.
        """
        if not isinstance(value, dict) or not value:
            raise ValueError(f"expected a certificate as an object, got {value!r}")
        kinds = value.get("kinds")
        if not isinstance(kinds, dict) or not kinds:
            raise ValueError(f"expected counts by kind, got {kinds!r}")
        made = cls(
            target_risk=_number(value, "target_risk"),
            threshold=_number(value, "threshold"),
            kinds=tuple(_kind_count(kind, counts) for kind, counts in kinds.items()),
            data_hash=str(value.get("data_hash") or ""),
            detector=str(value.get("detector") or ""),
        )
        told, follows = {name: value.get(name) for name in _COUNTS}, {name: getattr(made, name) for name in _COUNTS}
        if told != follows:
            raise ValueError(f"expected the sums {follows} over the kinds, got {told}")
        if not math.isclose(_number(value, "upper_bound"), made.upper_bound, abs_tol=_ROUNDED):
            raise ValueError(f"expected upper_bound {made.upper_bound:.6f}, got {value['upper_bound']!r}")
        return made


def certified(certificates: Sequence[Certificate], max_risk: float, *, models: str) -> Certificate:
    """The certificate to go by where at most ``max_risk`` of the accepted readings may be wrong.

    It is the one with the largest target risk that is not above ``max_risk``: of all that are safe enough, the one
    that leaves most to the machine. Its bound is not looked at: a bound that turns out below its target by chance
    does not certify that lower risk.

    Args:
        models: what the certificates are for, in words.

    Raises:
        SettingError: there is none for so small a risk; says what there is and how many photos it would take.
    """
    if not 0 < max_risk < 1:
        raise SettingError(f"expected max_risk between 0 and 1, got {max_risk!r}")
    fitting = [c for c in certificates if c.target_risk <= max_risk]
    if fitting:
        return max(fitting, key=lambda c: c.target_risk)
    there = ", ".join(percent(c.target_risk) for c in sorted(certificates, key=lambda c: -c.target_risk))
    raise SettingError(
        f"expected a max_risk that {models} is certified for ({there or 'it has no certificate'}), "
        f"got {percent(max_risk)}: that would take at least {chance.error_free(max_risk)} photos of different meters, "
        f"all accepted and none read wrong"
    )


def percent(share: float) -> str:
    """``0.02`` as ``2 %``."""
    return f"{100 * share:.6g} %"


def _kind_count(kind: str, counts: object) -> KindCount:
    if not isinstance(counts, dict) or any(type(counts.get(name)) is not int for name in _COUNTS):
        raise ValueError(f"expected {', '.join(_COUNTS)} of {kind} as whole numbers, got {counts!r}")
    return KindCount(DisplayKind(kind), **{name: counts[name] for name in _COUNTS})


def _number(value: Mapping[str, object], key: str) -> float:
    number = value.get(key)
    if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
        raise ValueError(f"expected {key} as a number, got {number!r}")
    return float(number)
