"""Who saw what about a person: a line in the audit log before it is shown."""

from __future__ import annotations

from fastapi import Request

from meterocr.billing.canonical import Json
from serving.access import act_of
from serving.place import place_of


def note_seen(request: Request, what: str, subject: str, detail: Json = None) -> None:
    """Write down that whoever asks with a key, or has a session by one, sees something.

    Raises:
        StoreError: it cannot be written, and so must not be shown.
    """
    with place_of(request).office.store.write() as uow:
        uow.log.write(act_of(request), f"see_{what}", subject, detail)
