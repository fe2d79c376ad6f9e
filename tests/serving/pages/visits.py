"""Pages asked for in this process, without a browser."""

from __future__ import annotations

from meterocr.workflow.keys import Scope
from serving.pages.sessions import COOKIE, Kind, Session, begin, seal_of
from tests.serving.conftest import App, key_of

PHONE = "+919812345678"


def headers_of(app: App, session: Session, **more: str) -> dict[str, str]:
    """What a browser with this session sends with a form of ours."""
    seal = seal_of(app.place.office.settings.home)
    cookie = f"{COOKIE}={seal.close(session)}"
    return {"cookie": cookie, "x-form-token": seal.token(session), "authorization": ""} | more


def send(app: App, session: Session, method: str, path: str) -> tuple[int, bool, bool]:
    """Status, whether it is a page, and whether it says when to come again."""
    got = app.call(method, path, headers=headers_of(app, session))
    page = got.headers.get("content-type", "").startswith("text/html")
    return got.status_code, page, int(got.headers.get("retry-after", 0)) > 0


def consumer(app: App, phone: str = PHONE) -> Session:
    return begin(Kind.CONSUMER, phone, app.place.office.clock())


def staff(app: App, *scopes: Scope) -> Session:
    return begin(Kind.STAFF, key_of(app.place.office, *scopes).split("_")[1], app.place.office.clock())
