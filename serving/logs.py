"""JSON logs, one object a line. A phone number, a photo or a key never stands in them.

What a request asked for is logged by its route, such as ``/v1/consumers/{number}``, never by its path, query or body.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

_REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
_FIELDS = "meterocr"
_PRIVATE = re.compile(r"mo_[0-9a-f]{12}_[0-9a-f]+|\+?\d(?:[ -]?\d){9,}")  # keys; phone numbers, and what looks so

log = logging.getLogger("meterocr.serving")


def request_id() -> str:
    """Of the request that is being answered; empty outside of one."""
    return _REQUEST_ID.get()


def set_request_id(value: str) -> None:
    """From here on, in this task."""
    _REQUEST_ID.set(value)


def fields(**values: object) -> dict[str, object]:
    """What :mod:`logging` takes as ``extra``."""
    return {_FIELDS: values}


def redacted(text: str) -> str:
    """Without keys and what may be phone numbers."""
    return _PRIVATE.sub("[private]", text)


class JsonFormatter(logging.Formatter):
    """One line of JSON a record. Of an exception its kind and the way through the code, never its message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redacted(record.getMessage()),
            "request_id": request_id(),
        }
        line |= getattr(record, _FIELDS, {})
        if record.exc_info and record.exc_info[0] is not None:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=False, default=str)


def log_as_json() -> None:
    """All logs of this process go to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.root.handlers = [handler]
    for name in ("bentoml", "circus", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)  # it would log paths
    log.setLevel(logging.INFO)
