"""The tables. Natural keys where there are some; money in paise, decimals as text, times in UTC, JSON as text.

What is history is append-only, by trigger (see the migrations): ``APPEND_ONLY``. What changes as things go on, the
place where each connection stands, is in tables of its own that can be made anew from it.

All tables are gathered here, as ``metadata`` is complete only once every module has been loaded.
"""

from __future__ import annotations

from meterocr.store.schema.access import answers, api_keys, audit, login_codes
from meterocr.store.schema.base import metadata
from meterocr.store.schema.billing import (
    bill_events,
    bills,
    entries,
    entry_uses,
    live_bills,
    payments,
    refusals,
    runs,
    sequences,
    tariffs,
)
from meterocr.store.schema.evidence import claims, readings, reviews, second_readings, submissions
from meterocr.store.schema.messages import INBOX_OPEN, OPEN, deliveries, heard, inbox, outbox, phones
from meterocr.store.schema.supply import connections, consumers, installations, meters, registers, visits

__all__ = [
    "APPEND_ONLY",
    "INBOX_OPEN",
    "OPEN",
    "answers",
    "api_keys",
    "audit",
    "bill_events",
    "bills",
    "claims",
    "connections",
    "consumers",
    "deliveries",
    "entries",
    "entry_uses",
    "heard",
    "inbox",
    "installations",
    "live_bills",
    "login_codes",
    "metadata",
    "meters",
    "outbox",
    "payments",
    "phones",
    "readings",
    "refusals",
    "registers",
    "reviews",
    "runs",
    "second_readings",
    "sequences",
    "submissions",
    "tariffs",
    "visits",
]

APPEND_ONLY = tuple("audit bill_events bills claims entries payments reviews second_readings tariffs".split())
