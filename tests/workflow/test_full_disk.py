"""A disk that is really full: clear errors, nothing lost, and on it goes once there is space.

A small tmpfs in a mount namespace of its own, which not every machine permits.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOUNT = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs -o size=6m tmpfs "$0" && exec "$@"']
CHILD = """
import sys
from pathlib import Path
from meterocr.errors import StoreError
from meterocr.store.database import migrate
from meterocr.workflow.bills import issue_bill
from meterocr.workflow.intake import submit
from meterocr.workflow.sending import send_outbox
from tests.store.book import RATING, UNTIL, at, put_connection, put_reading
from tests.workflow.letters import Hands, Moved, office, put_rows, rows
from tests.workflow.test_intake import incoming
from tests.workflow.test_killed import a_book, content, desk_of, importing, store_of

home, hands = Path(sys.argv[1]), Hands()
migrate(f"sqlite:///{home}/meterocr.db")
store = store_of(home)
a_book(store, home)
with store.write() as uow:
    put_connection(uow, "C-2")
    put_reading(uow, "C-2", 1201, 1)
put_rows(store, rows(3))

def submitting():
    submit(desk_of(store, home, "001350"), incoming(photo=b"a photo" * 20_000), at(2))

def issuing():
    with store.write() as uow:
        issue_bill(uow, "C-2", UNTIL, RATING, at(1))

def delivering():
    list(send_outbox(office(store, hands, moved=Moved())))

def bring_in():
    importing(store, home)

WORK = [submitting, issuing, delivering, bring_in]
before = content(home)
filler = (home / "filler").open("wb", buffering=0)
size = 2**16
while size:
    try:
        filler.write(b"x" * size)
    except OSError:
        size //= 2
for work in WORK:
    try:
        work()
    except StoreError as error:
        print(work.__name__, "StoreError", error)
    else:
        print(work.__name__, "went through")
assert content(home) == before, "something was lost, or half done"
assert hands.tried == [], "sent without a claim"
filler.close()
(home / "filler").unlink()
for work in WORK:
    work()
after = content(home)
assert len(after["submissions"]) == len(after["bills"]) == len(after["photos"]) == 1
assert sorted(hands.tried) == ["k-0", "k-1", "k-2"]
assert len(after["consumers"]) == len(before["consumers"]) + 40
print("done")
"""


def permitted(folder: Path) -> bool:
    try:
        return subprocess.run([*MOUNT, str(folder), "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_everything_fails_clearly_and_goes_on(tmp_path: Path) -> None:
    if not permitted(tmp_path):
        pytest.skip("a mount namespace of its own is not permitted here")
    command = [*MOUNT, str(tmp_path), sys.executable, "-c", CHILD, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()
    assert [line.split()[:2] for line in told[:-1]] == [
        [name, "StoreError"] for name in ("submitting", "issuing", "delivering", "bring_in")
    ]
    assert all("expected" in line and "got" in line for line in told[:-1])
    assert told[-1] == "done"
