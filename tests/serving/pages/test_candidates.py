"""Which other readings the review page offers, without a browser."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from meterocr.workflow.evidence import Sight
from meterocr.workflow.intake import Incoming, submit
from meterocr.workflow.keys import Scope
from meterocr.workflow.taking import WANTED
from serving.desk import ReadingDesk
from serving.place import Place
from serving.settings import ServeSettings
from tests.metering.conftest import readout
from tests.serving.conftest import App, KnownReader
from tests.serving.office import make_office
from tests.serving.pages.visits import headers_of, staff


def test_a_display_that_may_show_nothing_offers_no_button_for_it(tmp_path: Path) -> None:
    def seen(content: bytes) -> Sight:
        others = ("", 0.2), ("008350", 0.1), ("00?350", 0.05)
        return Sight(readout("009350", *others, confidence=0.6, sha256=hashlib.sha256(content).hexdigest()), 7)

    office, desk = make_office(tmp_path), ReadingDesk(KnownReader(), threads=1, queue=4)
    act = office.act("test")
    submit(replace(office.desk, look=seen), Incoming("app:1", "C-1", b"photo", act.at - WANTED, act.at), act)
    app = App(Place(office, desk, ServeSettings()), "")
    got = app.call("GET", "/desk/1", headers=headers_of(app, staff(app, Scope.REVIEW)))
    assert re.findall(r'data-text="([^"]*)"', got.text) == ["008350"]
    desk.close()
    office.close()
