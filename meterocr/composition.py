"""The composition root: from the environment to an office with everything that use cases need, put together once.

Commands and the server begin here. Databases and nets are loaded where they are first needed, so that ``--help`` and a
refused setting come at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING

from meterocr.billing.schedule import Tariff
from meterocr.billing.tariff_file import load_tariff
from meterocr.errors import SettingError, StoreError
from meterocr.metering.consumption import IST
from meterocr.metering.policy import DEFAULT_POLICY, Policy
from meterocr.metering.policy_file import load_policy
from meterocr.readout import Quad
from meterocr.workflow.evidence import Sight
from meterocr.workflow.intake import Desk
from meterocr.workflow.ports.photos import Look, Reader
from meterocr.workflow.printing import Stationery, sheet_of
from meterocr.workflow.sheet import Layout, Payee, Utility
from meterocr.workflow.values.act import Act
from meterocr.workflow.values.bills import Rating
from meterocr.workflow.wording import Language

if TYPE_CHECKING:
    from meterocr.store.database import SqlStore
    from meterocr.store.photos import PhotoFolder
    from meterocr.vision.reader import MeterReader

PREFIX = "METEROCR_"
HOME = Path("meterocr-data")
"""The folder of everything that is kept, where ``METEROCR_HOME`` names no other."""

JBVNL = Utility(
    "Jharkhand Bijli Vitran Nigam Limited",
    "झारखंड बिजली वितरण निगम लिमिटेड",
    "Engineering Building, HEC, Dhurwa, Ranchi 834004",
    "1912",
)
_DATABASES = ("sqlite:///", "postgresql+psycopg://")
_OURS = frozenset(
    {"HOME", "DATABASE", "POLICY", "TARIFFS", "UPI_ID", "UPI_NAME"}
    | {f"UTILITY_{name}" for name in ("NAME", "NAME_HI", "ADDRESS", "HELPLINE")}
)
_OF_OTHERS = ("MODELS", "SERVE_", "WHATSAPP_")  # refused, where they are wrong, by who reads them

Clock = Callable[[], datetime]
"""What time it is, timezone-aware."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an office keeps its things, and by what figures it bills.

    Attributes:
        home: folder of the SQLite file and the photos.
        database: URL, which may hold a password.
        tariffs: files of local rates, each laid over what comes before it; the JBVNL pack is below them all.
        payee: who is paid by the UPI code on a bill; ``None`` leaves the code out.
        policy: file of when a person has to look; ``None`` for the start of the house.
    """

    home: Path = HOME
    database: str = field(default="", repr=False)
    tariffs: tuple[Path, ...] = ()
    utility: Utility = JBVNL
    payee: Payee | None = None
    policy: Path | None = None

    def __post_init__(self) -> None:
        if "?" in str(self.home):  # what follows would be an option of the URL
            raise SettingError(f"{PREFIX}HOME: expected a folder without ? in its name, got {str(self.home)!r}")
        if not self.database:
            object.__setattr__(self, "database", f"sqlite:///{self.home / 'meterocr.db'}")
        if not self.database.startswith(_DATABASES):
            scheme = self.database.partition("://")[0] if "://" in self.database else "no URL"
            raise SettingError(f"{PREFIX}DATABASE: expected {' or '.join(_DATABASES)} and a name, got {scheme}")
        for path in self.tariffs:
            if not path.is_file():
                raise SettingError(f"{PREFIX}TARIFFS: expected files, got {str(path)!r}, where none is")

        if self.policy is not None and not self.policy.is_file():
            raise SettingError(f"{PREFIX}POLICY: expected a file, got {str(self.policy)!r}, where none is")

    @property
    def photos(self) -> Path:
        """Folder of the photos."""
        return self.home / "photos"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """From the variables that begin with ``METEROCR_``; all of them may be left out.

        ``HOME`` (folder), ``DATABASE`` (URL; without it an SQLite file in the home), ``TARIFFS`` (files, with
        :data:`os.pathsep` between them), ``POLICY`` (file), ``UPI_ID`` and ``UPI_NAME`` (both or none),
        ``UTILITY_NAME``, ``_NAME_HI``, ``_ADDRESS`` and ``_HELPLINE`` (as they stand on bills; without them,
        those of JBVNL).

        Raises:
            SettingError: names a variable that is wrong or not known.
        """
        given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
        for name in sorted(given):
            if name not in _OURS and not name.startswith(_OF_OTHERS):
                expected = ", ".join(PREFIX + known for known in sorted(_OURS))
                raise SettingError(f"expected one of {expected}, got {PREFIX}{name}")
        for name in sorted(_OURS & given.keys()):
            if not given[name].strip():
                raise SettingError(f"{PREFIX}{name}: expected a value, got none")
        return cls(
            Path(given.get("HOME", HOME)),
            given.get("DATABASE", ""),
            tuple(Path(part) for part in given.get("TARIFFS", "").split(os.pathsep) if part),
            Utility(
                given.get("UTILITY_NAME", JBVNL.name),
                given.get("UTILITY_NAME_HI", JBVNL.name_hi),
                given.get("UTILITY_ADDRESS", JBVNL.address),
                given.get("UTILITY_HELPLINE", JBVNL.helpline),
            ),
            _payee(given),
            Path(given["POLICY"]) if "POLICY" in given else None,
        )


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that use cases need. Safe from many threads; :meth:`close` it in the end.

    Attributes:
        store: its units of work.
        look: loads the nets when the first photo comes.
        clock: what time it is, UTC.
    """

    settings: Settings
    store: SqlStore
    photos: PhotoFolder
    look: Look
    tariff: Tariff
    policy: Policy
    clock: Clock

    @property
    def rating(self) -> Rating:
        """By what bills are made."""
        return Rating(self.tariff, policy=self.policy)

    @property
    def desk(self) -> Desk:
        """Where photos come in."""
        return Desk(self.store, self.photos, self.look, self.tariff, self.policy)

    @property
    def stationery(self) -> Stationery:
        """Where bills are printed."""
        return Stationery(self.photos, _cut, self.settings.utility, self.settings.payee)

    def printed(self, number: str, *, layout: Layout, language: Language) -> bytes:
        """A stored bill as PDF.

        Raises:
            NotFoundError, BillError, StoreError, PhotoError: as :func:`~meterocr.workflow.printing.sheet_of`.
        """
        from meterocr.delivery.pdf.bill import bill_pdf

        with self.store.read() as uow:
            sheet = sheet_of(uow, self.stationery, number)
        return bill_pdf(sheet, layout=layout, language=language)

    def press(self, number: str, language: Language) -> bytes:
        """A stored bill as it goes with a message: :data:`~meterocr.workflow.composing.Press`."""
        return self.printed(number, layout=Layout.A4, language=language)

    def marked(self, submission: int) -> bytes:
        """The photo of a submission with what was seen in it, as JPEG: :data:`~meterocr.workflow.composing.Mark`.

        Raises:
            NotFoundError: there is no such submission, or its photo was erased.
            PhotoError: the photo cannot be decoded any more.
        """
        from meterocr.readout_json import readout_of
        from meterocr.vision.draw import draw_jpeg

        with self.store.read() as uow:
            made = uow.submissions.get(submission).submission
        return draw_jpeg(self.photos.get(made.sha256), readout_of(json.loads(made.readout)))

    def act(self, by: str) -> Act:
        """``by`` does something now."""
        return Act(by, self.clock())

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def set_up(settings: Settings) -> None:
    """Make the home and the tables, or bring them up to date; what is there is kept.

    Raises:
        StoreError: the folder cannot be made, or the database cannot be opened.
        SettingError: what a database needs is not installed.
    """
    database = _database()
    try:
        settings.photos.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"expected to make the folder {settings.photos}, got: {error.strerror}") from error
    database.migrate(settings.database)


def open_office(settings: Settings) -> Office:
    """The office of ``settings``, which :func:`set_up` has made.

    Raises:
        StoreError: there is none, or it is of another version.
        TariffError: a tariff file is not of the expected form.
        SettingError: the policy file is not of the expected form, or what a database needs is not installed.
    """
    database = _database()
    from meterocr.store.photos import PhotoFolder

    tariff = load_tariff(overrides=settings.tariffs)
    policy = DEFAULT_POLICY if settings.policy is None else load_policy(settings.policy)
    if not settings.photos.is_dir():
        raise StoreError(f"expected the folder {settings.photos}, got none: set it up with `meterocr init`")
    store = database.open_store(settings.database)
    photos = PhotoFolder(settings.photos)
    return Office(settings, store, photos, _Camera(), tariff, policy, partial(datetime.now, UTC))


def see(reader: Reader, photo: bytes) -> Sight:
    """What a photo shows, how it looks, when it was taken, and what the barcodes say (with the extra ``barcode``).

    Raises:
        PhotoError: it is no photo.
    """
    from meterocr.vision.exif import exif_taken
    from meterocr.vision.fingerprint import perceptual_hash
    from meterocr.vision.image import load_photo

    loaded = load_photo(photo)
    seen, hashed, taken = reader.read(photo), perceptual_hash(loaded), exif_taken(loaded.exif, IST)
    if not find_spec("zxingcpp"):
        return Sight(seen, hashed, taken)
    from meterocr.vision.barcode import read_barcodes

    return Sight(seen, hashed, taken, tuple(code.text for code in read_barcodes(loaded)))


def _cut(photo: bytes, quad: Quad) -> bytes:
    from meterocr.vision.cut import cut_display

    return cut_display(photo, quad)


class _Camera:
    """A :data:`~meterocr.workflow.ports.photos.Look` whose nets are loaded when the first photo comes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reader: MeterReader | None = None

    def __call__(self, photo: bytes) -> Sight:
        with self._lock:
            if self._reader is None:
                from meterocr import MeterReader

                self._reader = MeterReader()
        return see(self._reader, photo)


def _payee(given: Mapping[str, str]) -> Payee | None:
    names = [name for name in ("UPI_ID", "UPI_NAME") if name in given]
    if not names:
        return None
    if len(names) == 1:
        raise SettingError(f"expected both {PREFIX}UPI_ID and {PREFIX}UPI_NAME, got only {PREFIX}{names[0]}")
    try:
        return Payee(given["UPI_ID"], given["UPI_NAME"])
    except ValueError as error:
        raise SettingError(f"{PREFIX}UPI_ID: {error}") from error


def _database() -> ModuleType:
    """What knows databases, which needs the extra for billing."""
    try:
        from meterocr.store import database
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        raise SettingError(f"expected what bills need, got no {missing}: pip install 'meterocr[billing]'") from error
    return database
