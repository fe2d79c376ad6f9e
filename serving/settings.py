"""What the server is told by the environment, read once."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from meterocr.errors import SettingError

PREFIX = "METEROCR_SERVE_"
LOOPBACK = "127.0.0.1"
_SECRET = 32  # characters
_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How the server runs. All sizes are of one worker process.

    Attributes:
        host: IP address to listen on; loopback unless told otherwise, because TLS is for a proxy in front.
        port: TCP.
        workers: processes; each loads the models and has its own queue and rate limits.
        threads: photos that are read at once; as many as there are cores is fastest.
        queue: photos that may wait for a thread; more are answered 503.
        requests: requests that are under way at once, uploads included; more are answered 503.
        photo_bytes: most bytes of one photo.
        photos: most photos of one batch.
        per_minute: requests of one key in a minute.
        upload_s: seconds a client may take to send its request.
        stop_s: seconds that work under way has to finish in when the server is stopped.
        max_risk: see :class:`meterocr.MeterReader`.
        proxies: addresses and networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
        deliver: whether this server sends what is in the outbox: over WhatsApp where that is set up, or else to
            standard error. Of several servers with one database, one should.
        link_secret: what links to bills are signed with; empty: there are none.
    """

    host: str = LOOPBACK
    port: int = 3000
    workers: int = 1
    threads: int = 0
    queue: int = 16
    requests: int = 64
    photo_bytes: int = 12 * 2**20
    photos: int = 8
    per_minute: int = 600
    upload_s: int = 60
    stop_s: int = 30
    max_risk: float | None = None
    link_secret: str = field(default="", repr=False)
    deliver: bool = True
    proxies: tuple[str, ...] = (f"{LOOPBACK}/32",)

    @property
    def reading_threads(self) -> int:
        """``threads``, or as many as this process may use cores."""
        return self.threads or len(os.sched_getaffinity(0))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServeSettings:
        """From variables such as ``METEROCR_SERVE_PORT``, named like the attributes; all may be left out.

        Raises:
            SettingError: names a variable that is wrong or not known.
        """
        given = {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}
        known = [*_WHOLE, "DELIVER", "HOST", "LINK_SECRET", "MAX_RISK", "PROXIES"]
        for name in sorted(given):
            if name not in known:
                raise SettingError(f"expected one of {', '.join(PREFIX + k for k in known)}, got {PREFIX}{name}")
        whole = {name.lower(): _number(name, given[name], int, _WHOLE[name]) for name in _WHOLE if name in given}
        risk = _number("MAX_RISK", given["MAX_RISK"], float, (0.0001, 0.5)) if "MAX_RISK" in given else None
        return cls(
            host=_host(given.get("HOST", LOOPBACK)),
            max_risk=risk,
            link_secret=_secret(given),
            deliver=_yes(given),
            proxies=tuple(map(_network, filter(None, given.get("PROXIES", LOOPBACK).split(",")))),
            **whole,
        )


_WHOLE = {
    "PORT": (1, 65535),
    "WORKERS": (1, 64),
    "THREADS": (1, 256),
    "QUEUE": (0, 10_000),
    "REQUESTS": (1, 10_000),
    "PHOTO_BYTES": (2**10, 256 * 2**20),
    "PHOTOS": (1, 64),
    "PER_MINUTE": (1, 1_000_000),
    "UPLOAD_S": (1, 3600),
    "STOP_S": (1, 3600),
}


def _number(name: str, text: str, kind: type[_N], limits: tuple[_N, _N]) -> _N:
    least, most = limits
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        word = "a whole number" if kind is int else "a number"
        raise SettingError(f"{PREFIX}{name}: expected {word} from {least} to {most}, got {text!r}")
    return value


def _yes(given: Mapping[str, str]) -> bool:
    text = given.get("DELIVER", "1")
    if text not in {"0", "1"}:
        raise SettingError(f"{PREFIX}DELIVER: expected 0 or 1, got {text!r}")
    return text == "1"


def _secret(given: Mapping[str, str]) -> str:
    secret = given.get("LINK_SECRET", "")
    if "LINK_SECRET" in given and len(secret) < _SECRET:
        expected = f"expected at least {_SECRET} characters, such as of `openssl rand -hex 32`"
        raise SettingError(f"{PREFIX}LINK_SECRET: {expected}, got {len(secret)}")
    return secret


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError as error:
        expected = "addresses or networks such as 127.0.0.1,10.0.0.0/8"
        raise SettingError(f"{PREFIX}PROXIES: expected {expected}, got {text!r}") from error


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise SettingError(f"{PREFIX}HOST: expected an IP address such as 127.0.0.1, got {text!r}") from error
