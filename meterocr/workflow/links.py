"""Links by which a consumer sees one bill of their own, for some days: signed, so that nothing has to be kept.

What is signed names the bill and the end, so that neither can be exchanged; a secret that is replaced ends all links.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from meterocr.errors import LinkError

LONGEST = timedelta(days=90)


def sign_link(secret: bytes, bill: str, expires: datetime) -> tuple[int, str]:
    """The end in seconds since 1970, and the signature (64 hex digits) over it and the bill's number."""
    until = int(expires.astimezone(UTC).timestamp())
    return until, _signature(secret, bill, until)


def check_link(secret: bytes, bill: str, until: int, signature: str, *, now: datetime) -> None:
    """Nothing, where the link opens this bill now.

    Raises:
        LinkError: it was not signed so, or is over.
    """
    if not hmac.compare_digest(_signature(secret, bill, until).encode(), signature.encode(errors="replace")):
        raise LinkError("expected a link as it was sent, got another one")
    if now.timestamp() >= until:
        raise LinkError("expected a link that is still good, got one that is over: ask for a new one")


def _signature(secret: bytes, bill: str, until: int) -> str:
    return hmac.new(secret, f"bill\n{bill}\n{until}".encode(), hashlib.sha256).hexdigest()
