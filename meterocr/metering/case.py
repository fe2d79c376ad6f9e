"""What a verification judges: a readout, how its photo came, and the connection it is meant for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterocr.metering.history import History
from meterocr.metering.meter import Meter, Supply
from meterocr.metering.reading import Reading, Source, Standing
from meterocr.readout import Quantity, Readout

_HASHES = range(2**64)


@dataclass(frozen=True, slots=True)
class SeenPhoto:
    """A photo that came earlier, for any connection.

    Attributes:
        sha256: hex digest of its bytes, as :attr:`Readout.sha256`.
        perceptual_hash: 64 bits that are alike for photos that look alike.
        received: when it came, timezone-aware.
    """

    connection: str
    sha256: str
    perceptual_hash: int
    received: datetime

    def __post_init__(self) -> None:
        _check_hash(self.perceptual_hash)
        _check_zone("received", self.received)


@dataclass(frozen=True, slots=True)
class Capture:
    """How and when the photo came.

    Attributes:
        received: when it came, timezone-aware.
        opens, closes: between which times a photo is wanted, timezone-aware, both inclusive.
        visited: somebody of the utility took it, and not the consumer.
        taken: when it was taken, going by its EXIF data, timezone-aware; ``None`` where it does not say: WhatsApp
            takes the EXIF data out.
        perceptual_hash: 64 bits that are alike for photos that look alike.
        serial_numbers: what was read on the plate, in barcodes or as text; may be empty.
        seen: earlier photos of the same SHA-256 or of a similar perceptual hash, without this very submission.
    """

    received: datetime
    opens: datetime
    closes: datetime
    perceptual_hash: int
    visited: bool = False
    taken: datetime | None = None
    serial_numbers: tuple[str, ...] = ()
    seen: tuple[SeenPhoto, ...] = ()

    def __post_init__(self) -> None:
        for name in ("received", "opens", "closes", "taken"):
            if (time := getattr(self, name)) is not None:
                _check_zone(name, time)
        if not self.opens < self.closes:
            raise ValueError(f"expected a window that opens before it closes, got {self.opens} to {self.closes}")
        _check_hash(self.perceptual_hash)

    @property
    def at(self) -> datetime:
        """When the meter showed what the photo shows; a camera's clock cannot be ahead of ours."""
        return self.received if self.taken is None else min(self.taken, self.received)


@dataclass(frozen=True, slots=True)
class Case:
    """One photo for one connection.

    Attributes:
        connection: number of the service connection.
        history: its earlier readings of ``quantity``, whatever their standing.
        quantity: what is to be read.

    Raises:
        MeteringError: the meter on the wall has no register for ``quantity``.
    """

    connection: str
    readout: Readout
    capture: Capture
    supply: Supply
    history: History
    quantity: Quantity = Quantity.KWH

    def __post_init__(self) -> None:
        for reading in self.history.readings:
            if reading.quantity is not self.quantity:
                raise ValueError(f"expected a history of {self.quantity}, got a reading of {reading.quantity}")
        self.history.register(self.meter.serial_number, self.quantity)

    @property
    def meter(self) -> Meter:
        """The meter that is on the wall."""
        return self.history.meters[-1]

    def reading(self, value: Decimal) -> Reading:
        """``value`` as the reading that it becomes when it is accepted: billed, and not yet trusted."""
        capture = self.capture
        return Reading(
            self.meter.serial_number,
            self.quantity,
            value,
            capture.at,
            Source.PHOTO,
            Standing.QUARANTINED,
            visited=capture.visited,
        )


def hamming(first: int, second: int) -> int:
    """In how many of their 64 bits two perceptual hashes differ."""
    return (first ^ second).bit_count()


def _check_hash(value: int) -> None:
    if value not in _HASHES:
        raise ValueError(f"expected a perceptual hash of 64 bits (0 to 2**64 - 1), got {value!r}")


def _check_zone(name: str, time: datetime) -> None:
    if time.tzinfo is None:
        raise ValueError(f"expected {name} with a timezone, got {time!r}")
