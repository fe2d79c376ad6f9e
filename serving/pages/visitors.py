"""Who asks for a page, in which language, and what their browser remembers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import Depends, Request
from starlette.responses import Response

from meterocr.workflow.keys import KeyEntry, Scope
from meterocr.workflow.values.act import Act
from serving.errors import ApiError, too_often
from serving.pages.sessions import COOKIE, LASTS, Kind, Seal, Session, begin, seal_of
from serving.pages.words import LANGUAGES, text_of
from serving.place import Place, place_of

_LANGUAGE = "language"
A_MINUTE = 120
"""Pages and pictures of one phone; of a key, what it may do elsewhere too."""
PHOTOS_A_MINUTE = 10
"""Photos of one phone: each takes the reading threads for a while."""
ROUND_A_MINUTE = 60
"""Photos of one key: a round that was without network sends all of its doors at once."""


class Away(Exception):  # noqa: N818 - no error: the person is sent elsewhere
    """Go to another page."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks for a page.

    Attributes:
        session: the one the browser has, or a new one of nobody.
        new: the browser does not have it yet.
        token: for forms.
        secure: they came by HTTPS, at least as far as the proxy in front.
    """

    place: Place
    session: Session
    new: bool
    token: str
    language: str
    path: str
    secure: bool

    def act(self, by: str) -> Act:
        """``by`` does something now."""
        return self.place.office.act(by)

    def say(self, key: str, **values: object) -> str:
        """A text in the visitor's language."""
        return text_of(key, self.language, **values)


def visitor(request: Request) -> Visitor:
    """Whoever asks, logged in or not."""
    place = place_of(request)
    seal, now = _seal(place), place.office.clock()
    session = seal.open(request.cookies.get(COOKIE, ""), now)
    here = session or begin(Kind.NOBODY, "", now)
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    return Visitor(
        place,
        here,
        session is None,
        seal.token(here),
        _language(request),
        request.url.path if request.method == "GET" else "/",
        secure,
    )


def consumer(request: Request) -> Visitor:
    """Somebody who has shown to have a phone."""
    who = visitor(request)
    if who.session.kind is not Kind.CONSUMER:
        raise Away("/")
    _take(who, f"phone:{who.session.who}", A_MINUTE)
    return who


def sender(request: Request) -> Visitor:
    """A consumer who sends a photo; asked before it is received."""
    who = consumer(request)
    _take(who, f"photos:{who.session.who}", PHOTOS_A_MINUTE)
    return who


def _take(who: Visitor, bucket: str, per_minute: int) -> None:
    wait = who.place.limits.take(bucket, per_minute)
    if wait:
        raise too_often(who.say("error_often", seconds=wait), wait)


class Staff:
    """A dependency: somebody who logged in with a key that has ``scope`` and still opens something.

    ``photo``: they send one, of which a key may send fewer.
    """

    def __init__(self, scope: Scope, *, photo: bool = False) -> None:
        self.scope = scope
        self._photo = photo

    def __call__(self, request: Request) -> Visitor:
        """The visitor."""
        who = visitor(request)
        if who.session.kind is not Kind.STAFF:
            raise Away(f"/staff?to={request.url.path if request.method == 'GET' else '/'}")
        entry = key_of(who)
        if entry is None:
            raise Away("/staff")
        _take(who, entry.key_id, who.place.settings.per_minute)
        if self._photo:
            _take(who, f"photos:{entry.key_id}", ROUND_A_MINUTE)
        if self.scope not in entry.scopes:
            raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", who.say("error_scope", scope=self.scope))
        request.state.key = entry
        return who


def key_of(who: Visitor) -> KeyEntry | None:
    """The key that somebody of the staff logged in with, while it opens something."""
    with who.place.office.store.read() as uow:
        entry = uow.keys.find(who.session.who)
    return entry if entry is not None and entry.revoked_at is None else None


def remember(response: Response, who: Visitor, session: Session) -> None:
    """Give the browser a session."""
    response.set_cookie(
        COOKIE,
        _seal(who.place).close(session),
        max_age=int(LASTS[session.kind].total_seconds()),
        httponly=True,
        samesite="lax",
        secure=who.secure,
    )


def _language(request: Request) -> str:
    chosen = request.cookies.get(_LANGUAGE, "")
    if chosen in LANGUAGES:
        return chosen
    accepted = (part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(","))
    return next((language for language in accepted if language in LANGUAGES), "en")


def speak(response: Response, language: str) -> None:
    """From now on in this language."""
    response.set_cookie(_LANGUAGE, language, max_age=365 * 24 * 3600, httponly=True, samesite="lax")


def _seal(place: Place) -> Seal:
    return seal_of(place.office.settings.home)


Anybody = Depends(visitor)
Consumer = Depends(consumer)
Sender = Depends(sender)
