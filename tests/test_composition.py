"""The composition root: what the environment may say, and the office that is made of it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from meterocr.billing.tariff import Table
from meterocr.composition import HOME, JBVNL, Settings, open_office, set_up
from meterocr.errors import SettingError, StoreError, TariffError
from meterocr.workflow.sheet import Payee

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_has_to_be_said() -> None:
    settings = Settings.from_environment({"PATH": "/bin"})
    assert settings == Settings(HOME, "sqlite:///meterocr-data/meterocr.db", (), JBVNL, None)
    assert settings.photos == HOME / "photos"


def test_everything_may_be_said(place: Path) -> None:
    (place / "a.toml").touch()
    (place / "b.toml").touch()
    settings = Settings.from_environment(
        {
            "METEROCR_HOME": "/srv/meterocr",
            "METEROCR_DATABASE": "postgresql+psycopg://me:secret@db/meterocr",
            "METEROCR_TARIFFS": f"a.toml{os.pathsep}b.toml",
            "METEROCR_UPI_ID": "jbvnl@sbi",
            "METEROCR_UPI_NAME": "JBVNL",
            "METEROCR_UTILITY_NAME": "Another",
            "METEROCR_MODELS": "elsewhere",
            "METEROCR_WHATSAPP_TOKEN": "theirs",
        }
    )
    assert settings.photos == Path("/srv/meterocr/photos")
    assert settings.database.endswith("@db/meterocr")
    assert settings.tariffs == (Path("a.toml"), Path("b.toml"))
    assert settings.payee == Payee("jbvnl@sbi", "JBVNL")
    assert (settings.utility.name, settings.utility.helpline) == ("Another", "1912")
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("HOMES", "x", "expected one of METEROCR_DATABASE, .*METEROCR_UTILITY_NAME_HI, got METEROCR_HOMES"),
        ("SMS_URL", "https://sms.example", "expected one of METEROCR_DATABASE, .*, got METEROCR_SMS_URL"),
        ("HOME", " ", "METEROCR_HOME: expected a value, got none"),
        ("HOME", "a?b", "METEROCR_HOME: expected a folder without . in its name, got 'a.b'"),
        ("DATABASE", "meterocr.db", "METEROCR_DATABASE: expected sqlite:/// or .*, got no URL"),
        ("DATABASE", "mysql://me:secret@db/x", "METEROCR_DATABASE: expected .*, got mysql$"),
        ("TARIFFS", "none.toml", "METEROCR_TARIFFS: expected files, got 'none.toml', where none is"),
        ("POLICY", "none.toml", "METEROCR_POLICY: expected a file, got 'none.toml', where none is"),
        ("UPI_ID", "jbvnl@sbi", "expected both METEROCR_UPI_ID and METEROCR_UPI_NAME, got only METEROCR_UPI_ID"),
        ("UPI_NAME", "JBVNL", "expected both METEROCR_UPI_ID and METEROCR_UPI_NAME, got only METEROCR_UPI_NAME"),
    ],
)
def test_what_is_wrong_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Settings.from_environment({f"METEROCR_{name}": value})


def test_the_policy_of_the_office_is_that_of_the_file(place: Path) -> None:
    file = place / "policy.toml"
    file.write_text("schema = 1\nmax_risk_paise = 7\n")
    settings = Settings.from_environment({"METEROCR_POLICY": str(file)})
    set_up(settings)
    with closing(open_office(settings)) as office:
        assert (office.policy.max_risk_paise, office.desk.policy) == (7, office.policy)
    file.write_text("schema = 1\nmax_risk = 7\n")
    with pytest.raises(SettingError, match=r"policy\.toml: expected keys of"):
        open_office(settings)


def test_a_wrong_payee_is_refused() -> None:
    with pytest.raises(SettingError, match=r"METEROCR_UPI_ID: expected a UPI address .* got 'jbvnl'"):
        Settings.from_environment({"METEROCR_UPI_ID": "jbvnl", "METEROCR_UPI_NAME": "JBVNL"})


def test_an_office(place: Path) -> None:
    settings = Settings(place / "office", tariffs=(GOLDEN / "operator.toml",))
    set_up(settings)
    set_up(settings)  # what is there is kept
    assert (place / "office" / "meterocr.db").is_file()
    with closing(open_office(settings)) as office:
        act = office.act("me")
        assert (act.by, act.at.tzinfo) == ("me", UTC)
        assert abs((datetime.now(UTC) - act.at).total_seconds()) < 60
        assert office.desk.tariff == office.rating.tariff == office.tariff
        assert {entry.table for entry in office.tariff.entries} > {Table.DUTY, Table.LATE_PAYMENT}
        with office.store.write() as uow:
            assert uow.book.numbers("", "", 10) == []


def test_what_is_not_set_up_is_refused(place: Path) -> None:
    with pytest.raises(StoreError, match=r"expected the folder .*photos, got none: set it up with `meterocr init`"):
        open_office(Settings(place))
    (place / "photos").mkdir()
    with pytest.raises(StoreError, match=r"expected a database of revision .*, got an empty one"):
        open_office(Settings(place))
    (place / "file").touch()
    with pytest.raises(StoreError, match=r"expected to make the folder .*file/photos, got: Not a directory"):
        set_up(Settings(place / "file"))


def test_a_wrong_tariff_is_refused(place: Path) -> None:
    (place / "a.toml").write_text("schema = 9")
    settings = Settings(place, tariffs=(place / "a.toml",))
    set_up(settings)
    with pytest.raises(TariffError, match=r"a\.toml: top level: schema: expected 1, got 9"):
        open_office(settings)


def test_look_reads_hashes_and_dates_a_photo(place: Path) -> None:
    set_up(Settings(place))
    with closing(open_office(Settings(place))) as office:
        sight = office.look((GOLDEN / "lcd-29.jpg").read_bytes())
    assert (sight.readout.text, sight.taken, sight.serial_numbers) == ("637651", None, ())
    assert 0 < sight.perceptual_hash < 2**64


def test_look_reads_what_barcodes_say(place: Path) -> None:
    zxing = pytest.importorskip("zxingcpp")
    code = zxing.create_barcode("HPL1234567", zxing.BarcodeFormat.Code128)
    drawn = Image.fromarray(np.array(zxing.write_barcode_to_image(code, scale=3)))
    with Image.open(GOLDEN / "lcd-29.jpg") as photo:
        plate = Image.new("RGB", (photo.width, photo.height + drawn.height + 80), "white")
        plate.paste(photo, (0, 0))
    plate.paste(drawn, (40, photo.height + 40))
    plate.save(place / "plate.png")
    set_up(Settings(place))
    with closing(open_office(Settings(place))) as office:
        sight = office.look((place / "plate.png").read_bytes())
    assert sight.serial_numbers == ("HPL1234567",)


def test_without_the_extra_it_says_what_to_install(place: Path) -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from meterocr.composition import Settings, set_up\n"
        "set_up(Settings.from_environment({}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SettingError: expected what bills need, got no sqlalchemy: pip install 'meterocr[billing]'" in done.stderr
    assert list(place.iterdir()) == []
